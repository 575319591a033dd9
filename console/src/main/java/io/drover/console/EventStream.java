// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.wire.Json;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Server-sent events: a snapshot, then changes. A slow reader gets the latest of each document, not
 * every one; facts are each their own, and dropped, oldest first, only past a bound.
 */
final class EventStream {
  private static final long HEARTBEAT_MILLIS = 15_000;
  private static final long FLUSH_MILLIS = 100;

  /** So many are written in one turn of the event loop. */
  private static final int MOST_AT_ONCE = 1_000;

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
    var reader = new Backlog();
    Runnable unlisten = herd.listen(reader::offer);
    // What changed since the listener is there is newer than these.
    herd.waves().forEach(wave -> reader.offerIfAbsent("wave", wave.wave().value(), wave));
    herd.migrations()
        .forEach(
            migration -> reader.offerIfAbsent("migration", migration.vm().toString(), migration));
    herd.progress()
        .forEach(report ->
            reader.offerIfAbsent("progress", report.vm() + "#" + report.diskKey(), report));
    reader.offerIfAbsent("stopped", "all", herd.stopped());
    // Last: a reader that has it has the whole snapshot.
    reader.offer("quarantine", "all", herd.quarantine());
    long flush =
        vertx.setPeriodic(
            FLUSH_MILLIS,
            timer -> {
              if (!response.writeQueueFull()) {
                drain(reader, response);
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

  private void drain(Backlog backlog, HttpServerResponse response) {
    List<Backlog.Waiting> batch = backlog.take(MOST_AT_ONCE);
    if (batch.isEmpty()) {
      return;
    }
    var out = Buffer.buffer();
    for (Backlog.Waiting one : batch) {
      out.appendString("id: " + ids.incrementAndGet() + "\nevent: " + one.kind() + "\ndata: ")
          .appendString(new String(Json.write(one.document()), StandardCharsets.UTF_8))
          .appendString("\n\n");
    }
    response.write(out);
  }
}
