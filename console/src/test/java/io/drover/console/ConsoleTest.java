// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.runtime.kafka.KafkaSetupException;
import io.drover.schemas.Actor;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Brain;
import io.drover.schemas.CopyId;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Fact;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.Message;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.Sink;
import io.drover.schemas.Topics;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.Way;
import io.drover.schemas.wire.Envelope;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.Json;
import io.vertx.core.Vertx;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private static final String TOKEN = Access.newToken();
  private static final PlanSettings DEFAULTS =
      new PlanSettings(
          Way.COLD,
          Transfer.STREAM,
          Sink.UPLOAD,
          "herd",
          Map.of(),
          Map.of("*", "pod"),
          false,
          true,
          false,
          5,
          Duration.ofMinutes(1),
          false,
          Duration.ofMinutes(1),
          Duration.ofHours(1),
          SoakEnd.HOLD,
          null,
          "app",
          "dependsOn",
          Map.of(),
          null);

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Herd herd = new Herd(5);
  private final JsonNode document = OpenApi.document();
  private final AtomicLong offsets = new AtomicLong();
  private final List<Message> told = new CopyOnWriteArrayList<>();
  private String deaf = "";
  private final List<AuditEntry> audit = new CopyOnWriteArrayList<>();
  private final List<String> released = new ArrayList<>();
  private boolean auditWell = true;
  private volatile boolean caughtUp = true;
  private volatile @Nullable String trouble;
  private Fact answer = new PlanFact.WaveApproved(new WaveId("p/1"), 1, Actor.person("ada"));
  private Console console;

  @BeforeEach
  void open() throws Exception {
    var commands =
        new Commands() {
          @Override
          public String send(Brain brain, String key, Message command, Actor by) {
            if (key.equals(deaf)) {
              throw new KafkaSetupException("Kafka did not take the record for " + key + ".");
            }
            told.add(command);
            String at = brain.inbox() + "-0-" + offsets.incrementAndGet();
            feed(brain, key, answer, at);
            return at;
          }

          @Override
          public void release(Brain brain, String key, boolean skip, Actor by) {
            released.add(brain.entity() + " " + key + (skip ? " skip" : " retry"));
          }
        };
    console =
        Console.start(
            vertx,
            new ConsoleSettings("127.0.0.1", 0, null, null, DEFAULTS),
            Access.single(TOKEN, "ada"),
            new Console.Model(herd, documents),
            new Answers(commands, herd, this::audited, "test-1"),
            new Console.Condition(() -> caughtUp, () -> true, () -> trouble),
            "not/built");
  }

  /** What the console asked for; the answers are checked where they are made. */
  private final PlanDocuments documents =
      new PlanDocuments() {
        @Override
        public String html(Asked plan) {
          return "<p>" + plan.id() + " " + plan.version() + "</p>";
        }

        @Override
        public byte[] xlsx(Asked plan) {
          return new byte[] {'P', 'K'};
        }

        @Override
        public String csv(Asked plan, String table) {
          if (!TABLES.contains(table)) {
            throw new IllegalArgumentException("There is no table '" + table + "'");
          }
          return "Id\r\n" + table + "\r\n";
        }

        @Override
        public List<String> why(Asked plan, String vm) {
          return List.of(vm + " of " + plan.request().waveSize() + " a wave");
        }

        @Override
        public Comparison whatIf(Asked plan, Circumstances other) {
          return new Comparison(
              Map.of("hosts", "0"), Map.of("hosts", "" + other.addHosts()), List.of());
        }
      };

  private void audited(AuditEntry line) {
    if (!auditWell) {
      throw new KafkaSetupException("The audit cannot be written, so nothing was done.");
    }
    audit.add(line);
  }

  @AfterEach
  void close() throws Exception {
    console.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void nobodyComesInWithoutAToken() throws Exception {
    assertThat(send("GET", "/api/v1/waves", null, null).statusCode()).isEqualTo(401);
    assertThat(send("GET", "/api/v1/waves", null, "wrong").statusCode()).isEqualTo(401);
    assertThat(send("GET", "/api/v1/waves", null, TOKEN).statusCode()).isEqualTo(200);
    assertThat(send("GET", "/livez", null, null).statusCode()).isEqualTo(200);
  }

  @Test
  void whereThePageWasNotBuiltItSaysHowToGetIt() throws Exception {
    HttpResponse<String> response = send("GET", "/", null, null);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
    assertThat(response.body()).contains("Node 20 or newer", "/api/v1/openapi.json");
  }

  @Test
  void untilAllWasReadItSaysSoInsteadOfShowingAPart() throws Exception {
    caughtUp = false;

    HttpResponse<String> response = send("GET", "/api/v1/waves", null, TOKEN);

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("still reads");
    assertThat(response.headers().firstValue("retry-after")).isPresent();
    assertThat(send("GET", "/readyz", null, null).statusCode()).isEqualTo(503);
    assertThat(send("GET", "/livez", null, null).statusCode()).isEqualTo(200);
    caughtUp = true;
    assertThat(send("GET", "/api/v1/waves", null, TOKEN).statusCode()).isEqualTo(200);
  }

  @Test
  void aCommandIsAnsweredWithTheFactThatItCaused() throws Exception {
    HttpResponse<String> response =
        send("POST", "/api/v1/waves/p/1/approve", "{\"planVersion\":1}", TOKEN);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Json.mapper().readTree(response.body()).get(0).path("type").asText())
        .isEqualTo("io.drover.plan.waveApproved.v1");
    assertThat(told).containsExactly(new PlanMessage.ApproveWave(new WaveId("p/1"), 1));
    assertThat(audit)
        .extracting(AuditEntry::act)
        .containsExactly(AuditEntry.Act.ASKED, AuditEntry.Act.ANSWERED);
    assertThat(audit.getLast().actor()).isEqualTo(Actor.person("ada"));
    assertThat(audit.getLast().command()).isEqualTo("ApproveWave");
    assertThat(audit.getLast().order()).contains("\"planVersion\":1");
    assertThat(audit.getLast().input()).startsWith("drover.plan.inbox-0-");
    assertThat(audit.getLast().facts()).containsExactly("io.drover.plan.waveApproved.v1");
  }

  @Test
  void theRowsOfAnEditedTableReachItsPlan() throws Exception {
    String table =
        """
        {"planVersion": 3, "rows": [
          {"row": 2, "id": "lab/vm-1", "name": "db", "wave": "1", "copy": "", "cutover": "PT1H"},
          {"row": 3, "id": "lab/vm-2", "name": "web", "wave": "x", "copy": "", "cutover": ""}]}
        """;

    HttpResponse<String> response = send("POST", "/api/v1/plans/p/edit", table, TOKEN);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(told)
        .containsExactly(
            new PlanMessage.EditPlan(
                new PlanId("p"),
                3,
                List.of(
                    new PlanMessage.EditedRow(2, "lab/vm-1", "db", "1", "", "PT1H"),
                    new PlanMessage.EditedRow(3, "lab/vm-2", "web", "x", "", ""))));
  }

  @Test
  void nothingIsDoneThatCannotBeAudited() throws Exception {
    auditWell = false;

    HttpResponse<String> response =
        send("POST", "/api/v1/waves/p/1/approve", "{\"planVersion\":1}", TOKEN);

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("so nothing was done");
    assertThat(told).isEmpty();
  }

  @Test
  void aRefusalIsAConflictInItsOwnWords() throws Exception {
    answer =
        new PlanFact.PlanCommandRefused(
            Actor.person("ada"), "approve wave", "approve wave p/1", "there is no such wave");

    HttpResponse<String> response =
        send("POST", "/api/v1/waves/p/1/approve", "{\"planVersion\":1}", TOKEN);

    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(response.body())
        .contains("Expected to approve wave p/1, but there is no such wave.");
    assertThat(audit.getLast().act()).isEqualTo(AuditEntry.Act.REFUSED);
    assertThat(audit.getLast().reason())
        .isEqualTo("Expected to approve wave p/1, but there is no such wave.");
  }

  @Test
  void badInputIsNamed() throws Exception {
    assertThat(send("POST", "/api/v1/waves/p/1/approve", "{", TOKEN).body())
        .contains("Expected JSON");
    assertThat(send("POST", "/api/v1/waves/p/1/approve", "{}", TOKEN).body())
        .contains("planVersion");
    assertThat(send("POST", "/api/v1/waves/p/1/rollback", "{}", TOKEN).body()).contains("reason");
    assertThat(send("POST", "/api/v1/plans/p", "{\"settings\":{\"waySize\":1}}", TOKEN).body())
        .contains("waySize");
    assertThat(send("POST", "/api/v1/plans/P_1", "{}", TOKEN).body()).contains("lower-case");
    assertThat(send("POST", "/api/v1/plans/p/edit", "{\"planVersion\":1}", TOKEN).body())
        .contains("rows");
    assertThat(told).isEmpty();
  }

  @Test
  void aKeyThatStandsStillIsListedAndLetOut() throws Exception {
    quarantined(Map.of("drover-offset", "7", "drover-reason", "NullPointerException"));
    quarantined(Map.of("drover-offset", "9", "drover-reason", "parked"));
    String body = "{\"brain\":\"migration\",\"key\":\"vc/vm\"}";

    HttpResponse<String> listed = send("GET", "/api/v1/quarantine", null, TOKEN);
    HttpResponse<String> skipped = send("POST", "/api/v1/quarantine/skip", body, TOKEN);
    quarantined(Map.of("drover-released", "skip-quarantined"));
    HttpResponse<String> again = send("POST", "/api/v1/quarantine/retry", body, TOKEN);

    JsonNode one = Json.mapper().readTree(listed.body()).path(0);
    assertThat(one.path("offset").asLong()).isEqualTo(7);
    assertThat(one.path("waiting").asInt()).isEqualTo(1);
    assertThat(one.path("reason").asText()).isEqualTo("NullPointerException");
    assertThat(skipped.statusCode()).isEqualTo(202);
    assertThat(released).containsExactly("migration vc/vm skip");
    assertThat(audit).extracting(AuditEntry::command).contains("SkipQuarantined");
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("is not in");
  }

  private void quarantined(Map<String, String> headers) {
    var all = new java.util.HashMap<>(headers);
    all.put("drover-brain", "migration");
    herd.apply(new Read("drover.quarantine", "vc/vm", all, new byte[0], 0, 0));
  }

  @Test
  void whatIsServedIsWhatIsDocumented() throws Exception {
    var documented = new TreeSet<String>();
    for (var path : document.path("paths").properties()) {
      for (var method : path.getValue().properties()) {
        documented.add(method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
      }
    }
    documented.removeAll(List.of("GET /livez", "GET /readyz"));

    assertThat(console.routes())
        .extracting(route -> route.replaceAll(":([a-z]+)", "{$1}"))
        .containsExactlyInAnyOrderElementsOf(documented);
    assertThat(send("GET", "/api/v1/openapi.json", null, null).body())
        .isEqualTo(new String(Json.write(document), StandardCharsets.UTF_8));
    assertThat(send("GET", "/api/v1/nonsense", null, TOKEN).statusCode()).isEqualTo(404);
  }

  @Test
  void everyReferenceOfTheDocumentLeadsSomewhere() {
    for (JsonNode reference : document.findValues("$ref")) {
      String to = reference.asText().substring(1);
      if (to.startsWith("/components/")) {
        assertThat(document.at(to).isMissingNode()).as(to).isFalse();
      }
    }
    assertThat(document.findValuesAsText("$ref")).contains("#/components/schemas/MigrationStatus");
    assertThat(document.at("/components/schemas/WaveStatus/properties/stage").isMissingNode())
        .isFalse();
    assertThat(
            document.at("/paths/~1api~1v1~1inventory/get/parameters/0/schema/enum").valueStream())
        .extracting(JsonNode::asText)
        .containsExactlyElementsOf(EntityKey.KINDS);
  }

  @Test
  void everyKindOfAnswerOfARouteIsDocumented() throws Exception {
    for (var path : document.path("paths").properties()) {
      if (path.getKey().endsWith("/stream")) {
        continue;
      }
      String real =
          path.getKey()
              .replace("{plan}", "p")
              .replace("{number}", "1")
              .replace("{vcenter}", "vc")
              .replace("{vm}", "vm");
      for (var method : path.getValue().properties()) {
        String verb = method.getKey().toUpperCase(Locale.ROOT);
        boolean post = verb.equals("POST");
        // What is not so is said by send.
        send(verb, real, post ? "{}" : null, TOKEN);
        send(verb, real, post ? "[" : null, TOKEN);
        send(verb, real, post ? "{}" : null, "wrong");
        trouble = "Kafka does not answer.";
        send(verb, real, post ? "{}" : null, TOKEN);
        trouble = null;
      }
    }
    String large = "{\"x\": \"" + "y".repeat(5 << 20) + "\"}";
    assertThat(send("POST", "/api/v1/plans/p", large, TOKEN).statusCode()).isEqualTo(413);
  }

  @Test
  void whileKafkaDoesNotAnswerThatIsSaidAndNoCommandIsBegun() throws Exception {
    trouble = "Kafka at k:9092 has not answered since noon: see that the brokers are up.";

    HttpResponse<String> read = send("GET", "/api/v1/waves", null, TOKEN);
    HttpResponse<String> command =
        send("POST", "/api/v1/waves/p/1/approve", "{\"planVersion\":1}", TOKEN);

    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.headers().firstValue("drover-trouble")).contains(trouble);
    assertThat(command.statusCode()).isEqualTo(503);
    assertThat(command.body()).contains("Kafka at k:9092", "see that the brokers are up");
    assertThat(told).isEmpty();
    assertThat(send("GET", "/readyz", null, null).body()).contains("Kafka at k:9092");
    try (Stream<String> lines = stream(null)) {
      assertThat(next(lines.iterator(), "data: {\"what")).contains("Kafka at k:9092");
    }
  }

  @Test
  void aStreamGoesOnWhereAListEndedAndLosesNoFact() throws Exception {
    fact(1);
    HttpResponse<String> list = send("GET", "/api/v1/facts", null, TOKEN);
    fact(2);
    fact(3);

    String last;
    try (Stream<String> lines = stream(list.headers().firstValue("last-event-id").orElseThrow())) {
      var read = lines.iterator();
      next(read, "event: fact");
      assertThat(next(read, "data: ")).contains("\"version\":2");
      last = next(read, "id: ").substring(4);
      assertThat(next(read, "data: ")).contains("\"version\":3");
    }
    fact(4);

    assertThat(list.body()).contains("\"version\":1").doesNotContain("\"version\":2");
    try (Stream<String> lines = stream(last)) {
      var read = lines.iterator();
      next(read, "event: fact");
      assertThat(next(read, "data: ")).contains("\"version\":4");
    }
  }

  @Test
  void whoComesFromAnotherConsoleGetsAllThatIsKeptAndHearsOfTheRest() throws Exception {
    for (int version = 1; version <= 7; version++) {
      fact(version);
    }

    try (Stream<String> lines = stream("another-1")) {
      var read = lines.iterator();
      next(read, "event: missed");
      assertThat(next(read, "data: ")).contains("\"facts\":2");
      for (int version = 3; version <= 7; version++) {
        next(read, "event: fact");
        assertThat(next(read, "data: ")).contains("\"version\":" + version);
      }
    }
  }

  private void fact(int version) {
    feed(
        Brain.PLAN,
        "p",
        new PlanFact.WaveApproved(new WaveId("p/1"), version, Actor.person("ada")),
        null);
  }

  private Stream<String> stream(@Nullable String lastId) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/stream"))
            .header("authorization", "Bearer " + TOKEN);
    if (lastId != null) {
      request.header("Last-Event-ID", lastId);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofLines()).body();
  }

  /** The next line that begins so. */
  private static String next(Iterator<String> lines, String beginning) {
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.startsWith(beginning)) {
        return line;
      }
    }
    throw new AssertionError("The stream ended before " + beginning);
  }

  @Test
  void theProgressOfADiskIsShownWithItsJourneyAndOnTheStream() throws Exception {
    for (long done : new long[] {10, 20}) {
      var report =
          new DiskProgress(
              new VmKey("vc", "vm"),
              new MigrationId("m-1"),
              new CopyId("m-1-final"),
              2000,
              "copying",
              done,
              100,
              Instant.EPOCH);
      herd.apply(
          new Read(Topics.PROGRESS, "vc/vm", Map.of(), Json.write(report), 0, offsets.get()));
    }

    assertThat(herd.progress("vc/vm")).extracting(DiskProgress::done).containsExactly(20L);
    try (Stream<String> lines = stream(null)) {
      var read = lines.iterator();
      next(read, "event: progress");
      assertThat(next(read, "data: ")).contains("\"diskKey\":2000", "\"done\":20");
    }
  }

  @Test
  void inventoryFactsBecomeTheInventoryAndGoAgain() throws Exception {
    Inventory store = new Inventory.Datastore("vc", "ds-1", "gold", "VMFS", 100, 5, true);
    feed(Brain.INVENTORY, store.key().toString(), new InventoryFact.EntityInventoried(store), null);
    assertThat(send("GET", "/api/v1/inventory?kind=datastore", null, TOKEN).body())
        .contains("gold");

    feed(
        Brain.INVENTORY,
        store.key().toString(),
        new InventoryFact.EntityRemoved(store.key()),
        null);

    assertThat(send("GET", "/api/v1/inventory?kind=datastore", null, TOKEN).body()).isEqualTo("[]");
  }

  @Test
  void theListOfPlansTellsHowLargeEachIsAndOnePlanIsWhole() throws Exception {
    var left =
        new Proposal.Left(new VmKey("vc-1", "u-1"), "db", List.of(), "its disks are encrypted");
    var proposal = new Proposal(List.of(), List.of(left), Map.of(), List.of(), null);
    feed(Brain.PLAN, "p", new PlanFact.PlanProposed(new PlanId("p"), 2, proposal), null);

    assertThat(send("GET", "/api/v1/plans", null, TOKEN).body())
        .contains("\"id\":\"p\"", "\"version\":2", "\"left\":1")
        .doesNotContain("encrypted");
    assertThat(send("GET", "/api/v1/plans/p", null, TOKEN).body()).contains("encrypted");
  }

  @Test
  void aPlanIsServedAsAPageTablesAndReasonsAndAsksWhatWouldBeIfWithoutAWordToAnyBrain()
      throws Exception {
    var id = new PlanId("p");
    var proposal = new Proposal(List.of(), List.of(), Map.of(), List.of(), null);
    assertThat(send("GET", "/api/v1/plans/p/report.html", null, TOKEN).statusCode()).isEqualTo(404);
    var request = new PlanMessage.PlanRequest(List.of(), List.of(), 7, DEFAULTS, 1);
    feed(Brain.PLAN, "p", new PlanFact.PlanAsked(id, request, Actor.person("ada"), 1, null), null);
    assertThat(send("GET", "/api/v1/plans/p/report.html", null, TOKEN).statusCode()).isEqualTo(409);
    feed(Brain.PLAN, "p", new PlanFact.PlanProposed(id, 1, proposal), null);

    HttpResponse<String> page = send("GET", "/api/v1/plans/p/report.html", null, TOKEN);

    assertThat(page.body()).isEqualTo("<p>p 1</p>");
    assertThat(page.headers().firstValue("content-type").orElse("")).startsWith("text/html");
    assertThat(send("GET", "/api/v1/plans/p/plan.xlsx", null, TOKEN).body()).isEqualTo("PK");
    assertThat(send("GET", "/api/v1/plans/p/table.csv?name=waves", null, TOKEN).body())
        .contains("waves");
    assertThat(send("GET", "/api/v1/plans/p/table.csv?name=x", null, TOKEN).statusCode())
        .isEqualTo(400);
    assertThat(send("GET", "/api/v1/plans/p/why?vm=db%201", null, TOKEN).body())
        .contains("db 1 of 7 a wave");
    assertThat(send("POST", "/api/v1/plans/p/what-if", "{\"addHosts\":[\"gold\"]}", TOKEN).body())
        .contains("[gold]");
    assertThat(send("POST", "/api/v1/plans/p/what-if", "{\"hosts\":1}", TOKEN).body())
        .contains("There is no circumstance 'hosts'");
    assertThat(told).isEmpty();
  }

  @Test
  void aConsoleThatOthersCanReachNeedsACertificate() {
    assertThatThrownBy(() -> new ConsoleSettings("0.0.0.0", 0, null, null, DEFAULTS))
        .hasMessageContaining("console.certificate");
  }

  @Test
  void aStopReachesEveryVCenterAndTellsWhichDidNotConfirmIt() throws Exception {
    for (String id : List.of("vc-1", "vc-2", "vc-3")) {
      Inventory seen = new Inventory.VCenter(id, id, "9.0");
      feed(Brain.INVENTORY, seen.key().toString(), new InventoryFact.EntityInventoried(seen), null);
    }
    answer = new DispatchFact.EverythingStopped(Actor.person("ada"), "smoke");
    deaf = "vc-1";

    HttpResponse<String> response = send("POST", "/api/v1/stop", "{\"reason\":\"smoke\"}", TOKEN);

    assertThat(response.statusCode()).isEqualTo(207);
    JsonNode stopped = Json.mapper().readTree(response.body());
    assertThat(stopped.findValuesAsText("vcenter")).containsExactly("vc-1", "vc-2", "vc-3");
    assertThat(stopped.findValuesAsText("confirmed")).containsExactly("false", "true", "true");
    assertThat(stopped.get(0).path("why").asText()).contains("did not take the record");
    assertThat(herd.stopped()).containsExactly("vc-2", "vc-3");
  }

  @Test
  void aLimitIsChangedAndTheOthersStay() throws Exception {
    Inventory seen = new Inventory.VCenter("vc-1", "vc", "9.0");
    feed(Brain.INVENTORY, seen.key().toString(), new InventoryFact.EntityInventoried(seen), null);
    answer = new DispatchFact.LimitsSet(new DispatchMessage.Limits(3, 16, 48, 32, 10, 0));

    HttpResponse<String> response =
        send("POST", "/api/v1/limits/vc-1", "{\"disksPerHost\":3}", TOKEN);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(told)
        .containsExactly(
            new DispatchMessage.SetLimits(new DispatchMessage.Limits(3, 16, 48, 32, 10, 0)));
    assertThat(send("GET", "/api/v1/limits", null, TOKEN).body()).contains("\"disksPerHost\":3");
    assertThat(send("POST", "/api/v1/limits/vc-1", "{\"disksPerHst\":3}", TOKEN).body())
        .contains("no limit 'disksPerHst'");
    assertThat(send("POST", "/api/v1/limits/vc-1", "{\"cutovers\":0}", TOKEN).statusCode())
        .isEqualTo(400);
    assertThat(send("POST", "/api/v1/limits/vc", "{\"disksPerHost\":3}", TOKEN).statusCode())
        .as("by its name")
        .isEqualTo(200);
    assertThat(send("POST", "/api/v1/limits/vc-2", "{}", TOKEN).body())
        .contains("known are vc (vc-1)");
    Inventory namesake = new Inventory.VCenter("vc-3", "vc", "9.0");
    feed(
        Brain.INVENTORY,
        namesake.key().toString(),
        new InventoryFact.EntityInventoried(namesake),
        null);
    HttpResponse<String> unclear = send("POST", "/api/v1/limits/vc", "{}", TOKEN);
    assertThat(unclear.statusCode()).isEqualTo(409);
    assertThat(unclear.body()).contains("vc (vc-1), vc (vc-3)");
  }

  @Test
  void aPageOfAnotherSiteIsRefused() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/stop"))
            .header("cookie", cookie())
            .header("origin", "https://evil.example")
            .POST(HttpRequest.BodyPublishers.ofString("{\"reason\":\"x\"}"))
            .build();

    assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(403);
  }

  @Test
  void aTokenBecomesACookieOfThisConsoleOnly() throws Exception {
    HttpResponse<String> session =
        send("POST", "/api/v1/session", "{\"token\":\"" + TOKEN + "\"}", null);
    HttpResponse<String> wrong = send("POST", "/api/v1/session", "{\"token\":\"x\"}", null);

    assertThat(session.headers().firstValue("set-cookie").orElse(""))
        .startsWith(cookie())
        .contains("HTTPOnly", "SameSite=Strict");
    assertThat(wrong.statusCode()).isEqualTo(401);
    HttpRequest byCookie =
        HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/session"))
            .header("cookie", cookie())
            .build();
    assertThat(http.send(byCookie, HttpResponse.BodyHandlers.ofString()).body())
        .isEqualTo("{\"actor\":\"ada\"}");
  }

  @Test
  void aNameThatSomebodyMakesPointHereIsNotAnswered() throws Exception {
    try (var socket = new Socket("127.0.0.1", URI.create(console.url()).getPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET /api/v1/waves HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer "
                      + TOKEN
                      + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 421 ")
          .contains("open it by http://127.0.0.1");
    }
  }

  private String cookie() {
    return "drover_token_" + URI.create(console.url()).getPort() + "=" + TOKEN;
  }

  private HttpResponse<String> send(String method, String path, String body, String token)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(console.url() + path)).timeout(Duration.ofSeconds(30));
    if (token != null) {
      request.header("authorization", "Bearer " + token);
    }
    request.method(
        method,
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    documented(method, path.replaceAll("\\?.*", ""), response);
    return response;
  }

  /** Whatever is answered has to be in the document: its status, and the kind of its content. */
  private void documented(String method, String path, HttpResponse<String> response) {
    for (var route : document.path("paths").properties()) {
      if (path.matches(route.getKey().replaceAll("\\{[a-z]+}", "[^/]+"))) {
        JsonNode answers = route.getValue().path(method.toLowerCase(Locale.ROOT)).path("responses");
        JsonNode answer = answers.path(Integer.toString(response.statusCode()));
        if (answer.has("$ref")) {
          answer = document.at(answer.path("$ref").asText().substring(1));
        }
        assertThat(answer.path("content").properties())
            .extracting(Map.Entry::getKey)
            .as(method + " " + path + " " + response.statusCode())
            .contains(
                response.headers().firstValue("content-type").orElse("").replaceAll(";.*", ""));
      }
    }
  }

  private void feed(Brain brain, String key, Fact fact, String causation) {
    var event =
        Events.encode(
            fact,
            new Envelope(
                brain,
                key,
                offsets.incrementAndGet(),
                Instant.EPOCH,
                "i",
                Actor.person("ada"),
                null,
                causation,
                null));
    Map<String, String> headers = new HashMap<>();
    event.attributes().forEach((name, value) -> headers.put("ce_" + name, value));
    herd.apply(new Read(brain.facts(), key, headers, event.data(), 0, 0));
  }
}
