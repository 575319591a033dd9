// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;

/** An API server that answers over HTTP what a test tells it to, and knows what it was asked. */
final class ToldCluster implements AutoCloseable {
  /** What it answers with 200, by path. */
  final Map<String, String> answers = new ConcurrentHashMap<>();

  /** What it answers with, where it is to refuse a path. */
  final Map<String, Integer> refusals = new ConcurrentHashMap<>();

  /** Every call, such as {@code GET /api}, in order. */
  final ConcurrentLinkedDeque<String> asked = new ConcurrentLinkedDeque<>();

  private final Map<String, Integer> away = new ConcurrentHashMap<>();
  private final int otherwise;
  private final HttpServer server;
  private final KubernetesClient client;

  /**
   * Starts it.
   *
   * @param otherwise the status of whatever it was not told of
   */
  ToldCluster(int otherwise) throws IOException {
    this.otherwise = otherwise;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .build();
  }

  /** The next so many calls of this kind are answered with 503. */
  void away(String call, int times) {
    away.put(call, times);
  }

  /** From now on nothing listens there. */
  void gone() {
    server.stop(0);
  }

  KubernetesClient client() {
    return client;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String call = exchange.getRequestMethod() + " " + path;
    asked.add(call);
    boolean gone = away.merge(call, -1, Integer::sum) >= 0;
    String answer = gone ? null : answers.get(path);
    byte[] body = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(
        gone ? 503 : answer == null ? refusals.getOrDefault(path, otherwise) : 200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    client.close();
    server.stop(0);
  }
}
