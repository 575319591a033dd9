// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who comes in, and what is read. */
class ConsoleTest extends ConsoleFixture {
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
}
