// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with the lab's broker, on demand: each by a setting of Kafka itself, so that
 * clients see what they would see of a broker in that trouble. In Java, or over HTTP on loopback
 * ({@code GET}, {@code POST {"what":"SLOW","bytesPerSecond":2048}}, {@code DELETE}).
 */
public final class KafkaFaults implements AutoCloseable {
  private static final String RATE = "producer_byte_rate";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The troubles. */
  public enum What {
    /** The broker is down for a while ({@code millis}); connections break, its data stays. */
    STOPPED,
    /** Producers are held to so many {@code bytesPerSecond}, by a quota. */
    SLOW
  }

  private final EmbeddedKafka kafka;
  private final HttpServer server;
  private final Set<What> standing = EnumSet.noneOf(What.class);

  private KafkaFaults(EmbeddedKafka kafka, HttpServer server) {
    this.kafka = kafka;
    this.server = server;
  }

  /** Nothing goes wrong yet; to be closed before its broker. */
  public static KafkaFaults of(EmbeddedKafka kafka) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var faults = new KafkaFaults(kafka, server);
    server.createContext("/lab/faults", faults::handle);
    server.setExecutor(task -> Thread.ofVirtual().name("kafka-faults").start(task));
    server.start();
    return faults;
  }

  /** Where other processes set them. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/lab/faults");
  }

  /** Stops the broker, and returns when it answers again. */
  public synchronized void stop(Duration down) throws IOException, InterruptedException {
    kafka.restart(down);
  }

  /** Holds producers to a rate until {@link #clear}. */
  public synchronized void slow(double bytesPerSecond) throws InterruptedException {
    rate(bytesPerSecond);
    standing.add(What.SLOW);
  }

  private void rate(@Nullable Double bytesPerSecond) throws InterruptedException {
    // Of every client by default: a null name.
    var every = new HashMap<String, @Nullable String>();
    every.put(ClientQuotaEntity.CLIENT_ID, null);
    try (Admin admin = admin()) {
      admin
          .alterClientQuotas(
              List.of(
                  new ClientQuotaAlteration(
                      new ClientQuotaEntity(every),
                      List.of(new ClientQuotaAlteration.Op(RATE, bytesPerSecond)))))
          .all()
          .get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("The quota cannot be set", e.getCause());
    }
  }

  /** Ends all of them. */
  public synchronized void clear() throws InterruptedException {
    if (standing.remove(What.SLOW)) {
      rate(null);
    }
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", kafka.bootstrap()));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      respond(exchange);
    }
  }

  private void respond(HttpExchange exchange) throws IOException {
    try {
      switch (exchange.getRequestMethod()) {
        case "GET" -> {}
        case "POST" -> order(JSON.readTree(exchange.getRequestBody()));
        case "DELETE" -> clear();
        default -> throw new IllegalArgumentException("Expected GET, POST or DELETE.");
      }
      answer(exchange, 200, JSON.writeValueAsString(Map.of("faults", standing())));
    } catch (IllegalArgumentException | JsonProcessingException e) {
      answer(
          exchange,
          400,
          JSON.writeValueAsString(
              Map.of(
                  "error",
                  "A fault has what (one of "
                      + List.of(What.values())
                      + "), millis, bytesPerSecond: "
                      + e.getMessage())));
    } catch (IOException | RuntimeException e) {
      // The broker's, which does not start again, or Kafka's, which does not take a quota.
      answer(exchange, 500, JSON.writeValueAsString(Map.of("error", String.valueOf(e))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void order(JsonNode sent) throws IOException, InterruptedException {
    switch (What.valueOf(sent.path("what").asText())) {
      case STOPPED -> stop(Duration.ofMillis(sent.path("millis").asLong(2000)));
      case SLOW -> slow(sent.path("bytesPerSecond").asDouble(4096));
    }
  }

  private synchronized List<What> standing() {
    return new ArrayList<>(standing);
  }

  private static void answer(HttpExchange exchange, int code, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
