// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Doc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Sets fault rules over HTTP: {@code GET} lists them, {@code POST} adds one ({@code what,
 * namespace, name, times, afterBytes, delayMillis, message}), {@code DELETE} removes all, or {@code
 * ?id=}. Wants the bearer token that the lab cluster was started with.
 */
public final class FaultsHandler implements HttpHandler {

  private final ClusterFaults faults;
  private final String token;

  /** A control endpoint over these rules. */
  public FaultsHandler(ClusterFaults faults, String token) {
    this.faults = faults;
    this.token = token;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String sent = exchange.getRequestHeaders().getFirst("Authorization");
      if (!token.isEmpty() && !("Bearer " + token).equals(sent)) {
        answer(exchange, 401, Doc.object().put("error", "the lab's bearer token is needed"));
        return;
      }
      switch (exchange.getRequestMethod()) {
        case "GET" -> answer(exchange, 200, list());
        case "POST" -> add(exchange);
        case "DELETE" -> {
          String query = exchange.getRequestURI().getQuery();
          if (query != null && query.startsWith("id=")) {
            boolean there = faults.remove(query.substring(3));
            answer(exchange, there ? 200 : 404, list());
          } else {
            faults.clear();
            answer(exchange, 200, list());
          }
        }
        default -> answer(exchange, 405, Doc.object().put("error", "GET, POST or DELETE"));
      }
    }
  }

  private void add(HttpExchange exchange) throws IOException {
    try {
      Doc sent =
          Doc.parse(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      Fault fault =
          new Fault(
              Fault.What.valueOf(sent.text("/what")),
              sent.at("/namespace").asText("*"),
              sent.at("/name").asText("*"),
              sent.at("/times").asInt(0),
              sent.at("/afterBytes").asLong(0),
              Duration.ofMillis(sent.at("/delayMillis").asLong(0)),
              sent.text("/message"));
      String id = faults.add(fault);
      answer(exchange, 201, list().put("id", id));
    } catch (IllegalArgumentException e) {
      answer(
          exchange,
          400,
          Doc.object()
              .put(
                  "error",
                  "a fault has what (one of "
                      + List.of(Fault.What.values())
                      + "), namespace, name, times, afterBytes, delayMillis, message: "
                      + e.getMessage()));
    }
  }

  private ObjectNode list() {
    ObjectNode all = Doc.object();
    var array = all.putArray("faults");
    for (Map.Entry<String, ClusterFaults.Struck> rule : faults.list().entrySet()) {
      Fault fault = rule.getValue().fault();
      array
          .addObject()
          .put("id", rule.getKey())
          .put("what", fault.what().name())
          .put("namespace", fault.namespace())
          .put("name", fault.name())
          .put("times", fault.times())
          .put("afterBytes", fault.afterBytes())
          .put("delayMillis", fault.delay().toMillis())
          .put("message", fault.message())
          .put("struck", rule.getValue().hits());
    }
    return all;
  }

  private static void answer(HttpExchange exchange, int code, ObjectNode json) throws IOException {
    byte[] body = json.toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
  }
}
