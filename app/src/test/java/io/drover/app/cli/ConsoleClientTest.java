// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever a person types, a command asks the console or says what is wrong. */
class ConsoleClientTest {
  private final List<String> asked = new ArrayList<>();
  private HttpServer server;

  @BeforeEach
  void open() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().toString());
          byte[] answer = "{\"message\":\"There is no such VM.\"}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(404, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private static int code(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    var code = new int[1];
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(Failure.class, failure -> code[0] = failure.code());
    return code[0];
  }

  @Test
  void aBlankInANameIsAskedForAsItIs() {
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    var console = new ConsoleClient(address, "token");

    String wave = "/api/v1/report?wave=" + ConsoleClient.value("erp/1 ü%");

    assertThat(code(() -> console.get("/api/v1/migrations/my vm ü%"))).isEqualTo(Exit.REFUSED);
    assertThat(code(() -> console.get(wave))).isEqualTo(Exit.REFUSED);

    assertThat(asked)
        .containsExactly(
            "/api/v1/migrations/my%20vm%20%C3%BC%25", "/api/v1/report?wave=erp%2F1+%C3%BC%25");
  }

  @Test
  void anAddressThatIsNoneIsAMistakeOfTheCommandLine() {
    var console = new ConsoleClient(URI.create("localhost:8480"), "hunter2");

    assertThat(code(() -> console.get("/api/v1/waves"))).isEqualTo(Exit.USAGE);
    assertThatThrownBy(() -> console.get("/api/v1/waves"))
        .hasMessageContaining("localhost:8480")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aTokenOfTwoLinesIsNotShown() {
    var console = new ConsoleClient(URI.create("http://127.0.0.1:1"), "hunter2\nhunter3");

    assertThat(code(() -> console.get("/api/v1/waves"))).isEqualTo(Exit.USAGE);
    assertThatThrownBy(() -> console.get("/api/v1/waves")).hasMessageNotContaining("hunter");
  }

  @Test
  void aStreamThatBreaksGoesOnBehindTheLastFact() {
    var came = new ArrayList<String>();
    var from = new ArrayList<String>();
    server.createContext(
        "/api/v1/stream",
        exchange -> {
          from.add(exchange.getRequestHeaders().getFirst("last-event-id"));
          byte[] answer =
              ("id: e-" + from.size() + "\nevent: fact\ndata: " + from.size() + "\n\n")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());

    new ConsoleClient(address, "token")
        .stream(
            "e-0",
            (kind, document) -> {
              came.add(document.asText());
              return came.size() < 2;
            });

    assertThat(from).containsExactly("e-0", "e-1");
    assertThat(came).containsExactly("1", "2");
  }
}
