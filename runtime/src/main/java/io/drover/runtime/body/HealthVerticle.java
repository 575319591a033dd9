// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import io.drover.runtime.kafka.KafkaBrain;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells the platform how the process is: {@code /livez} (restart it if this fails), {@code /readyz}
 * (all it was given is taken over), {@code /metrics} (Prometheus text).
 */
final class HealthVerticle extends VerticleBase {
  private final RuntimeConfig.Health address;
  private final Map<String, KafkaBrain<?, ?, ?, ?, ?>> brains;
  private final PrometheusMeterRegistry registry;
  private volatile @Nullable HttpServer server;

  HealthVerticle(
      RuntimeConfig.Health address,
      Map<String, KafkaBrain<?, ?, ?, ?, ?>> brains,
      PrometheusMeterRegistry registry) {
    this.address = address;
    this.brains = brains;
    this.registry = registry;
  }

  @Override
  public Future<?> start() {
    return vertx
        .createHttpServer()
        .requestHandler(this::handle)
        .listen(address.port(), address.host())
        .onSuccess(listening -> server = listening);
  }

  int port() {
    HttpServer listening = server;
    return listening == null ? -1 : listening.actualPort();
  }

  private void handle(HttpServerRequest request) {
    switch (request.path()) {
      case "/livez" -> report(request, KafkaBrain::alive);
      case "/readyz" -> report(request, KafkaBrain::ready);
      case "/metrics" ->
          request
              .response()
              .putHeader("content-type", "text/plain; version=0.0.4; charset=utf-8")
              .end(registry.scrape());
      default ->
          request
              .response()
              .setStatusCode(404)
              .putHeader("content-type", "text/plain; charset=utf-8")
              .end("Served here: /livez, /readyz, /metrics\n");
    }
  }

  private void report(HttpServerRequest request, Predicate<KafkaBrain<?, ?, ?, ?, ?>> well) {
    var body = new JsonObject();
    boolean all = true;
    for (var brain : brains.entrySet()) {
      boolean ok = well.test(brain.getValue());
      all &= ok;
      body.put(
          brain.getKey(),
          new JsonObject()
              .put("ok", ok)
              .put(
                  "partitions",
                  new JsonArray(
                      brain.getValue().partitions().stream().map(p -> (Object) p).toList()))
              .put("effects", brain.getValue().effects()));
    }
    request
        .response()
        .setStatusCode(all ? 200 : 503)
        .putHeader("content-type", "application/json")
        .end(new JsonObject().put("ok", all).put("brains", body).encode() + "\n");
  }
}
