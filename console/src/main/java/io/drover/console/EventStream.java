// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.wire.Json;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Server-sent events: a snapshot, then changes. A slow reader gets the latest of each document, not
 * every one; facts are kept apart by their sequence and dropped, oldest first, only past a bound.
 */
final class EventStream {
  private static final int MOST_WAITING = 5_000;
  private static final long HEARTBEAT_MILLIS = 15_000;
  private static final long FLUSH_MILLIS = 100;

  private final Vertx vertx;
  private final Herd herd;
  private final AtomicLong ids = new AtomicLong();

  EventStream(Vertx vertx, Herd herd) {
    this.vertx = vertx;
    this.herd = herd;
  }

  /** Serves one reader until it goes. */
  void serve(RoutingContext context) {
    HttpServerResponse response = context.response();
    response
        .setChunked(true)
        .putHeader("content-type", "text/event-stream")
        .putHeader("cache-control", "no-store")
        .putHeader("x-accel-buffering", "no");
    response.write("retry: 2000\n\n");
    var reader = new Reader();
    Runnable unlisten = herd.listen(reader::offer);
    herd.waves().forEach(wave -> reader.offer("wave", wave.wave().value(), wave));
    herd.migrations()
        .forEach(migration -> reader.offer("migration", migration.vm().toString(), migration));
    herd.progress()
        .forEach(report -> reader.offer("progress", report.vm() + "#" + report.diskKey(), report));
    reader.offer("stopped", "all", herd.stopped());
    // Last: a reader that has it has the whole snapshot.
    reader.offer("quarantine", "all", herd.quarantine());
    long flush =
        vertx.setPeriodic(
            FLUSH_MILLIS,
            timer -> {
              if (!response.writeQueueFull()) {
                reader.drain(response);
              }
            });
    long heartbeat =
        vertx.setPeriodic(HEARTBEAT_MILLIS, timer -> response.write(": still here\n\n"));
    response.closeHandler(gone -> {
      unlisten.run();
      vertx.cancelTimer(flush);
      vertx.cancelTimer(heartbeat);
    });
  }

  /** What one reader has not had yet. */
  private final class Reader {
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();

    private record Waiting(String kind, Object document) {}

    synchronized void offer(String kind, String key, Object document) {
      waiting.put(kind + " " + key, new Waiting(kind, document));
      if (waiting.size() > MOST_WAITING) {
        waiting.remove(waiting.keySet().iterator().next());
      }
    }

    void drain(HttpServerResponse response) {
      Map<String, Waiting> batch;
      synchronized (this) {
        if (waiting.isEmpty()) {
          return;
        }
        batch = new LinkedHashMap<>(waiting);
        waiting.clear();
      }
      var out = Buffer.buffer();
      for (Waiting one : batch.values()) {
        out.appendString("id: " + ids.incrementAndGet() + "\nevent: " + one.kind() + "\ndata: ")
            .appendString(new String(Json.write(one.document()), StandardCharsets.UTF_8))
            .appendString("\n\n");
      }
      response.write(out);
    }
  }
}
