// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.wire.Json;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events: a snapshot, then changes. A slow reader gets the latest of each document, not
 * every one. Facts it gets all, in order: each has the position behind it as its id, and a reader
 * that comes again with {@code Last-Event-ID} goes on there. What is not kept any more it is told
 * of by the event {@code missed}.
 */
final class EventStream {
  /** Header of a list of facts: the position behind it, to begin a stream with. */
  static final String POSITION = "last-event-id";

  private static final long HEARTBEAT_MILLIS = 15_000;
  private static final long FLUSH_MILLIS = 100;

  /** So many are written in one turn of the event loop. */
  private static final int MOST_AT_ONCE = 1_000;

  private final Vertx vertx;
  private final Herd herd;
  private final Supplier<@Nullable String> trouble;

  /** Positions are those of this process. */
  private final String epoch = UUID.randomUUID().toString().substring(0, 8);

  /**
   * @param trouble why what is shown may be old; null while it is not
   */
  EventStream(Vertx vertx, Herd herd, Supplier<@Nullable String> trouble) {
    this.vertx = vertx;
    this.herd = herd;
    this.trouble = trouble;
  }

  /** A position as readers bring it back. */
  String id(long position) {
    return epoch + "-" + position;
  }

  /**
   * Where a reader goes on: behind what it says it had; with all that is kept, if it had that of a
   * console before this one; with what comes now, if it says nothing.
   */
  private long from(@Nullable String lastId) {
    if (lastId == null || lastId.isBlank()) {
      return herd.recent().position();
    }
    return lastId.matches(epoch + "-[0-9]{1,18}")
        ? Long.parseLong(lastId.substring(epoch.length() + 1))
        : 0;
  }

  /** Serves one reader until it goes. */
  void serve(RoutingContext context) {
    HttpServerResponse response = context.response();
    response
        .setChunked(true)
        .putHeader("content-type", "text/event-stream")
        .putHeader("cache-control", "no-store")
        .putHeader("x-accel-buffering", "no");
    var reader = new Reader(from(context.request().getHeader("last-event-id")));
    response.write("retry: 2000\nid: " + id(reader.position) + "\n\n");
    Runnable unlisten =
        herd.listen((kind, key, document) -> {
          if (!kind.equals("fact")) {
            reader.documents.offer(kind, key, document);
          }
        });
    // What changed since the listener is there is newer than these.
    Backlog documents = reader.documents;
    herd.waves().forEach(wave -> documents.offerIfAbsent("wave", wave.wave().value(), wave));
    herd.migrations()
        .forEach(migration ->
            documents.offerIfAbsent("migration", migration.vm().toString(), migration));
    herd.progress()
        .forEach(report ->
            documents.offerIfAbsent("progress", report.vm() + "#" + report.diskKey(), report));
    documents.offerIfAbsent("stopped", "all", herd.stopped());
    // Last: a reader that has it has the whole snapshot.
    documents.offer("quarantine", "all", herd.quarantine());
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

  /** What one reader has had; used by one event loop, but for its documents. */
  private static final class Reader {
    final Backlog documents = new Backlog();
    long position;

    /** What it was told; it is told once in any case, for it may have heard another one before. */
    @Nullable String trouble;

    Reader(long position) {
      this.position = position;
    }
  }

  private void drain(Reader reader, HttpServerResponse response) {
    var out = Buffer.buffer();
    String now = Objects.requireNonNullElse(trouble.get(), "");
    if (!now.equals(reader.trouble)) {
      reader.trouble = now;
      event(out, "trouble", Map.of("what", now));
    }
    RecentFacts.News news = herd.recent().since(reader.position, MOST_AT_ONCE);
    if (news.missed() > 0) {
      event(out, "missed", Map.of("facts", news.missed()));
    }
    long at = news.next() - news.facts().size();
    for (FactRow fact : news.facts()) {
      out.appendString("id: " + id(++at) + "\n");
      event(out, "fact", fact);
    }
    reader.position = news.next();
    List<Backlog.Waiting> batch = reader.documents.take(MOST_AT_ONCE - news.facts().size());
    batch.forEach(one -> event(out, one.kind(), one.document()));
    if (out.length() > 0) {
      response.write(out);
    }
  }

  private static void event(Buffer out, String kind, Object document) {
    out.appendString("event: " + kind + "\ndata: ")
        .appendString(new String(Json.write(document), StandardCharsets.UTF_8))
        .appendString("\n\n");
  }
}
