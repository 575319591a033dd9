// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import com.sun.net.httpserver.HttpServer;
import io.drover.engine.Order;
import io.drover.lab.sim.Toy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The other system of a toy brain's hand, over HTTP. It keeps the fence as vCenter and Kubernetes
 * are made to: an act with a token lower than the highest that it saw for the key is refused.
 */
final class YardWorld implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, Long> highest = new HashMap<>();

  /** {@code instance key job}, as done. */
  final List<String> acts = new CopyOnWriteArrayList<>();

  /** {@code instance key job}, as refused. */
  final List<String> refused = new CopyOnWriteArrayList<>();

  /** {@code instance what}. */
  final List<String> reports = new CopyOnWriteArrayList<>();

  YardWorld() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/act",
        exchange -> {
          try (exchange) {
            String[] words =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
                    .split(" ");
            boolean taken = take(words);
            exchange.sendResponseHeaders(taken ? 204 : 409, -1);
          }
        });
    server.createContext(
        "/report",
        exchange -> {
          try (exchange) {
            reports.add(
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
          }
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private synchronized boolean take(String[] words) {
    String act = words[0] + " " + words[1] + " " + words[2];
    long token = Long.parseLong(words[3]);
    if (token < highest.getOrDefault(words[1], -1L)) {
      refused.add(act);
      return false;
    }
    highest.put(words[1], token);
    acts.add(act);
    return true;
  }

  /** Acts as a hand does; throws where the fence is closed. */
  static void act(String url, String instance, Order<Toy.Effect> order) {
    String job = order.id().value();
    int status =
        post(
            url + "/act",
            "%s %s %s %d".formatted(instance, order.key(), job, order.token().value()));
    if (status != 204) {
      throw new IllegalStateException("The fence is closed: " + status);
    }
  }

  static void report(String url, String instance, String what) {
    post(url + "/report", instance + " " + what);
  }

  private static int post(String url, String body) {
    try (var client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create(url))
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
