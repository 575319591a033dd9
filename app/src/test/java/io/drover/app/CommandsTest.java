// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.drover.app.cli.ConsoleClient;
import io.drover.app.cli.Exit;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.AuditEntry.Act;
import io.drover.schemas.Problem;
import io.drover.schemas.Problem.Kind;
import io.drover.schemas.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people say to waves and VMs by commands, and what they hear: each test moves a VM of its
 * own, by the brains that ship, over a console that others can reach.
 */
class CommandsTest {
  /** Enough for a journey to soak. */
  private static final Duration JOURNEY = Duration.ofMinutes(1);

  private static final Map<String, Object> VERSION = Map.of("planVersion", 1);

  @TempDir private static Path folder;
  private static MemoryDrover drover;
  private static ConsoleClient ada;
  private static ConsoleClient grace;

  @BeforeAll
  static void start() throws Exception {
    drover =
        new MemoryDrover(
            folder, "erp-db", "erp-web", "shop", "fleet", "crm", "sick", "quick", "hasty", "gate");
    ada = drover.console("ada");
    grace = drover.console("grace");
  }

  @AfterAll
  static void stop() throws Exception {
    drover.close();
  }

  private static String ada(int expected, String... arguments) {
    return drover.as("ada", expected, arguments);
  }

  private static String grace(int expected, String... arguments) {
    return drover.as("grace", expected, arguments);
  }

  /** A plan of one wave with the VMs of that name, approved by somebody else. */
  private static void approved(String plan, Map<String, ?> settings) {
    ada.post("/api/v1/plans/" + plan, Map.of("select", List.of(plan + "*"), "settings", settings));
    grace.post("/api/v1/waves/" + plan + "/1/approve", VERSION);
  }

  private static void soaking(String plan) {
    approved(plan, Map.of());
    ada.post("/api/v1/waves/" + plan + "/1/start", VERSION);
    drover.pass(JOURNEY);
    assertThat(phase(plan)).isEqualTo("SOAKING");
  }

  private static String phase(String vm) {
    return ada.get("/api/v1/migrations/" + MemoryDrover.VCENTER + "/u-" + vm)
        .path("migration")
        .path("phase")
        .asText();
  }

  @Test
  void whoAskedForAPlanDoesNotApproveIt() throws Exception {
    ada.post("/api/v1/plans/erp", Map.of("select", List.of("erp-*")));

    String own = ada(Exit.REFUSED, "wave", "approve", "erp/1");
    String early = grace(Exit.REFUSED, "wave", "start", "erp/1");
    String other = grace(Exit.OK, "wave", "approve", "erp/1");

    assertThat(own)
        .contains("Expected to approve wave erp/1, but ada asked for the plan, and four eyes");
    assertThat(early).contains("it is not approved; 'drover wave approve erp/1' does that");
    assertThat(other).contains("Wave erp/1: approved.");
    assertThat(ada(Exit.OK, "wave", "show", "erp/1"))
        .contains("Wave erp/1  APPROVED")
        .contains("  approved by grace")
        .contains("None of them has begun; 'drover plan show erp' says which they are.");
    assertThat(ada.get("/api/v1/waves/erp/1").path("wave").path("approvedBy").path("name").asText())
        .isEqualTo("grace");
    assertThat(drover.audit())
        .filteredOn(line -> line.command().equals("ApproveWave") && line.key().equals("erp"))
        .extracting(line -> line.actor().name() + " " + line.act())
        .containsExactly(
            "ada " + Act.ASKED,
            "ada " + Act.REFUSED,
            "grace " + Act.ASKED,
            "grace " + Act.ANSWERED);
  }

  @Test
  void fourEyesCannotBeAskedAwayByWhoeverWantsAPlan() throws Exception {
    Path settings = Files.writeString(folder.resolve("alone.json"), "{\"fourEyes\": false}");

    String alone = ada(Exit.USAGE, "plan", "propose", "alone", "--settings", settings.toString());

    assertThat(alone).contains("fourEyes", "drover.yaml");
    assertThat(drover.audit()).extracting(AuditEntry::key).doesNotContain("alone");
  }

  @Test
  void aWaveIsStartedPausedResumedAndCommitted() throws Exception {
    approved("crm", Map.of());

    assertThat(ada(Exit.OK, "wave", "start", "crm/1")).contains("Wave crm/1: started.");
    assertThat(ada(Exit.OK, "wave", "pause", "crm/1", "--reason", "lunch"))
        .contains("Wave crm/1: paused.");
    drover.pass(JOURNEY);
    assertThat(phase("crm")).isNotEqualTo("SOAKING");
    assertThat(ada(Exit.OK, "wave", "list")).containsPattern("crm/1 .*PAUSED .*grace");
    assertThat(ada(Exit.OK, "wave", "resume", "crm/1")).contains("Wave crm/1: resumed.");
    drover.pass(JOURNEY);
    assertThat(ada(Exit.REFUSED, "wave", "start", "crm/1"))
        .contains("Expected to start wave crm/1, but it was started already.");
    assertThat(ada(Exit.OK, "vm", "show", "crm"))
        .contains("crm  SOAKING", "Health WELL", "GOING BACK LOSES", "up to 1.00 MiB written");
    assertThat(ada(Exit.OK, "wave", "commit", "crm/1")).contains("Wave crm/1: committing.");
    drover.pass(JOURNEY);

    assertThat(ada(Exit.OK, "wave", "watch", "crm/1"))
        .contains("1 of 1 VMs committed.")
        .doesNotContain("waiting for its start");
    assertThat(ada(Exit.OK, "vm", "show", "crm")).contains("committed: Drover cannot go back");
    assertThat(ada(Exit.OK, "report", "--wave", "crm/1"))
        .containsPattern("crm +COLD .* COMMITTED")
        .doesNotContain("quick");
    assertThat(ada(Exit.REFUSED, "vm", "rollback", "crm", "--reason", "too late"))
        .contains("Expected to ", ", but ");
  }

  @Test
  void aStartIsWatchedToItsEnd() throws Exception {
    approved("quick", Map.of("soak", "PT1M", "soakEnd", "COMMIT"));

    String watched;
    try (var ticking = drover.clock()) {
      watched = ada(Exit.OK, "wave", "start", "quick/1", "--watch");
    }

    assertThat(watched).contains("Wave quick/1: started.").containsPattern("quick .*committed");
  }

  @Test
  void aWaveIsBroughtBack() throws Exception {
    soaking("shop");

    String unsaid = ada(Exit.USAGE, "wave", "rollback", "shop/1");
    String said = ada(Exit.OK, "wave", "rollback", "shop/1", "--reason", "too slow");
    drover.pass(JOURNEY);

    assertThat(unsaid).contains("Missing required option", "--reason");
    assertThat(said).contains("Wave shop/1: rolling back.");
    assertThat(ada(Exit.NOT_WELL, "wave", "watch", "shop/1"))
        .contains("0 of 1 VMs committed; the others are as they were.");
    assertThat(ada(Exit.OK, "vm", "show", "shop")).contains("Rolled back: too slow", "source back");
    assertThat(ada(Exit.OK, "plan", "show", "shop"))
        .contains(
            "Version 1 is out of date; 'drover plan replan shop' plans again:",
            "- shop came back from wave shop/1",
            "whoever plans again cannot approve");
    assertThat(ada(Exit.OK, "plan", "list")).contains("out of date: 'drover plan show shop'");
    assertThat(ada(Exit.OK, "plan", "replan", "shop")).doesNotContain("out of date");
    assertThat(ada(Exit.OK, "wave", "show", "shop/2")).contains("shop is new in plan version 2");
  }

  @Test
  void aWaveIsCancelled() throws Exception {
    approved("fleet", Map.of());
    ada.post("/api/v1/waves/fleet/1/start", VERSION);

    String said = ada(Exit.OK, "wave", "cancel", "fleet/1", "--reason", "wrong week");
    drover.pass(JOURNEY);

    assertThat(said).contains("Wave fleet/1: cancelled.");
    assertThat(ada.get("/api/v1/waves/fleet/1").path("wave").path("stage").asText())
        .isEqualTo("ENDED");
    assertThat(ada(Exit.REFUSED, "wave", "commit", "fleet/1")).contains("Expected to ", ", but ");
  }

  @Test
  void aWaveThatIsNoneIsNamed() {
    assertThat(ada(Exit.USAGE, "wave", "approve", "erp"))
        .contains("a wave is PLAN/NUMBER, for example erp/1, but this is 'erp'");
    assertThat(ada(Exit.REFUSED, "wave", "approve", "nothing/1"))
        .contains("There is no wave nothing/1; see 'drover wave list'.");
    assertThat(ada(Exit.REFUSED, "wave", "watch", "nothing/1"))
        .contains("There is no wave nothing/1");
    assertThat(ada(Exit.REFUSED, "vm", "show", "nobody"))
        .contains("There is no journey of a VM called 'nobody'; see 'drover vm list'.");
  }

  @Test
  void aHoldIsShownWithItsWaysOutAndResolved() throws Exception {
    soaking("sick");
    assertThat(ada(Exit.REFUSED, "vm", "retry", "sick")).contains("Expected to ", ", but ");
    assertThat(ada(Exit.REFUSED, "vm", "resolve", "sick", "--exit", "retry", "--reason", "why"))
        .contains("Expected to resolve a journey that is held, but ");
    drover.trouble("sick", new Problem(Kind.UNAVAILABLE, "away", "It is away.", "Wait for it."));
    assertThat(ada(Exit.OK, "vm", "rollback", "sick", "--reason", "it is sick"))
        .contains("sick: rolling back.");
    // By then it tries but once a minute, so the command finds it between two of them.
    drover.pass(Duration.ofMinutes(5));
    String said = ada(Exit.OK, "vm", "retry", "sick");
    drover.trouble("sick", new Problem(Kind.UNKNOWN, "odd", "Nobody knows it.", "Look at it."));
    for (int minute = 0; minute < 10 && !phase("sick").equals("HELD"); minute++) {
      drover.pass(JOURNEY);
    }

    String held = ada(Exit.OK, "vm", "show", "sick");
    String wrong = ada(Exit.USAGE, "vm", "resolve", "sick", "--exit", "hope", "--reason", "why");
    drover.trouble("sick", null);
    String resolved =
        ada(Exit.OK, "vm", "resolve", "sick", "--exit", "retry", "--reason", "it is back");
    drover.pass(JOURNEY);

    assertThat(said).contains("sick: trying again.");
    assertThat(held)
        .contains(
            "sick  HELD", "Nobody knows it. Look at it.", "Ways out: retry, ", "vm resolve sick");
    assertThat(wrong).contains("Expected exit to be one of", "'hope'");
    assertThat(resolved).contains("sick: resolved.");
    assertThat(phase("sick")).isEqualTo("ROLLED_BACK");
  }

  @Test
  void aCutoverIsApprovedForThePlanAsItStands() throws Exception {
    approved("gate", Map.of("cutoverApproval", true));
    ada.post("/api/v1/waves/gate/1/start", VERSION);
    drover.pass(JOURNEY);
    assertThat(ada(Exit.OK, "vm", "show", "gate"))
        .contains("Waits for the approval of the cutover");

    String own = ada(Exit.REFUSED, "vm", "approve", "gate");
    String other = grace(Exit.OK, "vm", "approve", "gate");
    drover.pass(JOURNEY);

    assertThat(own).contains("four eyes");
    assertThat(other).contains("gate: approved.");
    assertThat(phase("gate")).isEqualTo("SOAKING");
  }

  @Test
  void everythingStopsAndGoesOn() {
    assertThat(ada(Exit.USAGE, "stop")).contains("drover stop --all --reason WHY");
    assertThat(ada(Exit.USAGE, "stop", "--all")).contains("Say why by --reason");

    String stopped = ada(Exit.OK, "stop", "--all", "--reason", "smoke");
    drover.deaf(true);
    String unheard = ada(Exit.NOT_WELL, "stop", "--lift");
    drover.deaf(false);
    String lifted = ada(Exit.OK, "stop", "--lift");

    assertThat(stopped).contains("vCenter vc-1: stops", "Everything stops.");
    assertThat(unheard)
        .contains("vCenter vc-1: NOT CONFIRMED. ", "Not every vCenter confirmed: say it again.");
    assertThat(lifted).contains("vCenter vc-1: goes on", "The stop is lifted.");
  }

  @Test
  void whatIsShownIsATableJsonOrYaml() throws Exception {
    soaking("hasty");

    String table = ada(Exit.OK, "vm", "list");
    JsonNode json = Json.mapper().readTree(ada(Exit.OK, "vm", "list", "-o", "json"));
    JsonNode yaml = new YAMLMapper().readTree(ada(Exit.OK, "vm", "list", "-o", "yaml"));
    String wrong = ada(Exit.USAGE, "vm", "list", "-o", "xml");

    assertThat(table.lines().findFirst().orElseThrow()).matches("VM +WAVE +WAY +PHASE .*");
    assertThat(table).containsPattern("hasty +hasty/1 +COLD +SOAKING +SOAK");
    assertThat(json.findValuesAsText("name")).contains("hasty");
    assertThat(yaml).isEqualTo(json);
    assertThat(wrong).contains("expected one of [table, json, yaml]");
    assertThat(json).isEqualTo(ada.get("/api/v1/migrations"));
  }

  @Test
  void factsAreFollowedAsTheyCome() throws Exception {
    ada.post("/api/v1/plans/known", Map.of("select", List.of("erp-*")));
    var asked = new AtomicBoolean();

    String followed =
        Terminal.follow(
            said -> said.contains("\"key\":\"late\""),
            said -> {
              if (said.contains("\"key\":\"known\"") && !asked.getAndSet(true)) {
                ada.post("/api/v1/plans/late", Map.of("select", List.of("erp-*")));
              }
            },
            drover.by("ada", "events", "-f", "--type", "planProposed", "-o", "json"));
    String once = ada(Exit.OK, "events", "--type", "planProposed", "--json");

    for (String line : once.lines().toList()) {
      assertThat(Json.mapper().readTree(line).path("type").asText())
          .isEqualTo("io.drover.plan.planProposed.v1");
    }
    assertThat(once.lines().toList()).containsAll(followed.lines().toList());
    assertThat(ada(Exit.OK, "events", "--type", "planProposed"))
        .containsPattern("Z  io.drover.plan.planProposed.v1  late  ");
    assertThat(ada(Exit.OK, "events", "--type", "nothingLikeThis")).isEmpty();
  }

  @Test
  void whatMayBeOldIsShownAndSaidToBe() throws Exception {
    drover.trouble("Kafka at k:9092 has not answered since noon: see that the brokers are up.");
    try {
      assertThat(ada(Exit.OK, "plan", "list"))
          .containsOnlyOnce("drover: Kafka at k:9092 has not answered since noon");
      assertThat(ada(Exit.UNREACHABLE, "stop", "--all", "--reason", "smoke"))
          .contains("Kafka at k:9092", "see that the brokers are up");
    } finally {
      drover.trouble(null);
    }
    assertThat(ada(Exit.OK, "plan", "list")).doesNotContain("Kafka at");
  }

  @Test
  void aConsoleWithACertificateOfAPrivateAuthority() throws Exception {
    Path empty = Files.writeString(folder.resolve("empty.pem"), "nothing\n");
    Path wrong = Files.writeString(folder.resolve("wrong.token"), "hunter2\n");
    String token = drover.token("ada").toString();

    String unknown =
        Terminal.run(
            Exit.UNREACHABLE, "vm", "list", "--server", drover.url(), "--token-file", token);
    String noCertificate =
        Terminal.run(Exit.CONFIGURATION, drover.by("ada", "vm", "list", "--ca", empty.toString()));
    String noFile =
        Terminal.run(
            Exit.CONFIGURATION,
            drover.by("ada", "vm", "list", "--ca", folder.resolve("none.pem").toString()));
    String plain =
        Terminal.run(
            Exit.UNREACHABLE,
            "vm",
            "list",
            "--server",
            drover.url().replace("https:", "http:"),
            "--token-file",
            token);
    String stranger =
        Terminal.run(
            Exit.CONFIGURATION,
            "vm",
            "list",
            "--server",
            drover.url(),
            "--ca",
            drover.ca().toString(),
            "--token-file",
            wrong.toString());

    assertThat(unknown).contains(drover.url(), "--ca or DROVER_CA");
    assertThat(noCertificate).contains(empty + " holds no certificate");
    assertThat(noFile).contains("none.pem cannot be read");
    assertThat(plain).contains("https://");
    assertThat(stranger).contains("Expected a known token, but got another.");
    assertThat(unknown + plain + stranger)
        .doesNotContain("hunter2", Files.readString(drover.token("ada")).strip())
        .doesNotContain("Exception in");
  }
}
