// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.Actor;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Transfer;
import io.drover.schemas.WaveId;
import io.drover.schemas.wire.Json;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Commands, from the request to the answer, and their audit. */
class CommandRoutesTest extends ConsoleFixture {
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
  void aProposalIsTakenToTheLetterOrNotAtAll() throws Exception {
    var answers =
        Map.ofEntries(
            Map.entry("{\"wavesize\":3}", "no part of a proposal 'wavesize'; known are ["),
            Map.entry("{\"waveSize\":\"many\"}", "'waveSize', cannot be read"),
            Map.entry("{\"vcenters\":\"vc-1\"}", "'vcenters', cannot be read"),
            Map.entry("{\"select\":[null]}", "cannot be read"),
            Map.entry("[]", "cannot be read"),
            Map.entry("null", "cannot be read: it is null"),
            Map.entry(" ", "cannot be read: it is blank"),
            Map.entry("{\"settings\":[]}", "'settings', cannot be read"),
            Map.entry(
                "{\"settings\":{\"way\":\"HOT\"}}",
                "'way', cannot be read: expected one of [warm, cold], but got 'HOT'"),
            Map.entry(
                "{\"settings\":{\"maxInFlight\":0}}", "maxInFlight is 0: at least 1 VM must move"),
            Map.entry(
                "{\"settings\":{\"windowReserve\":95}}",
                "windowReserve is 95: it is a share of 0 to 90 percent"),
            Map.entry("{\"settings\":{\"bootBudget\":\"PT0S\"}}", "bootBudget is PT0S"),
            Map.entry("{\"settings\":{\"namespace\":\"Herd_X\"}}", "namespace is 'Herd_X'"),
            Map.entry(
                "{\"settings\":{\"overrides\":{\"a\":{\"namespace\":\"-x\"}}}}",
                "overrides.a.namespace is '-x': Kubernetes carries"),
            Map.entry("{\"settings\":{\"downtimeBudget\":\"PT0S\"}}", "downtimeBudget is PT0S"),
            Map.entry("{\"said\":{\"capacity\":{\"linkMiBs\":-1}}}", "linkMiBs is -1"),
            Map.entry(
                "{\"said\":{\"capacity\":{\"teams\":{\"dba\":0}}}}",
                "team 'dba' stands by at 0 cutovers"),
            Map.entry("{\"settings\":{\"soak\":\"-PT1S\"}}", "soak is PT-1S"));
    for (String wish : answers.keySet()) {
      HttpResponse<String> response = send("POST", "/api/v1/plans/p", wish, TOKEN);

      assertThat(response.statusCode()).as(wish).isEqualTo(400);
      assertThat(Json.mapper().readTree(response.body()).path("message").asText())
          .as(wish)
          .contains(answers.get(wish));
    }
    assertThat(told).isEmpty();
  }

  @Test
  void whatIsMisspeltDoesNotReplaceWhatStands() throws Exception {
    inventoried("shop-db");

    HttpResponse<String> nobody =
        send("POST", "/api/v1/plans/p", "{\"select\":[\"shop-bd\", \"tag:shop\"]}", TOKEN);
    HttpResponse<String> somebody =
        send("POST", "/api/v1/plans/p", "{\"select\":[\"shop-*\"]}", TOKEN);

    assertThat(nobody.statusCode()).isEqualTo(400);
    assertThat(nobody.body())
        .contains("of the 1 VMs that are inventoried so far none is in its scope", "is as it was");
    assertThat(somebody.statusCode()).isEqualTo(200);
    assertThat(told).hasSize(1);
  }

  private void inventoried(String name) {
    Inventory seen =
        Json.read(
            """
            {"type": "Vm", "vm": {"vcenter": "vc", "vm": "u-1"}, "placement": {"folder": "/dc/vm"},
             "name": "%s", "power": "ON", "disks": [], "nics": [], "snapshots": [],
             "otherDevices": [], "attributes": {}, "tags": []}
            """
                .formatted(name)
                .getBytes(StandardCharsets.UTF_8),
            Inventory.class);
    feed(Brain.INVENTORY, seen.key().toString(), new InventoryFact.EntityInventoried(seen), null);
  }

  @Test
  void wordsAreTakenAsTheConfigurationHasThem() throws Exception {
    send("POST", "/api/v1/plans/p", "{\"settings\":{\"transfer\":\"vddk\"}}", TOKEN);

    assertThat(told)
        .singleElement()
        .satisfies(command ->
            assertThat(((PlanMessage.ProposePlan) command).request().settings().transfer())
                .isEqualTo(Transfer.VDDK));
  }

  @Test
  void aSettingThatIsNullIsAsUsual() throws Exception {
    send("POST", "/api/v1/plans/p", "{\"settings\":{\"way\":null,\"soak\":\"PT2H\"}}", TOKEN);

    assertThat(told)
        .singleElement()
        .satisfies(command -> {
          var settings = ((PlanMessage.ProposePlan) command).request().settings();
          assertThat(settings.way()).isEqualTo(DEFAULTS.way());
          assertThat(settings.soak()).isEqualTo(Duration.ofHours(2));
        });
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
}
