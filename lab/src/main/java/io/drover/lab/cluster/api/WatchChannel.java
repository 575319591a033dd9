// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.LabFaults.Effect;
import io.drover.lab.cluster.api.LabFaults.Fault;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.ServerWebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Carries one watch to its client, as lines of a chunked answer or as frames of a WebSocket, until
 * time, fault or either side ends it.
 */
final class WatchChannel {
  /**
   * A client that lets this many events wait is cut off, as the real server does, and has to list
   * again.
   */
  private static final int LONGEST_QUEUE = 20_000;

  private final Vertx vertx;
  private final Context context;
  private final Watch watch;
  private final Duration bookmarkEvery;
  private final AtomicInteger waiting = new AtomicInteger();
  private final List<Long> timers = new ArrayList<>();
  private boolean open = true;
  private Runnable unfollow = () -> {};

  WatchChannel(Vertx vertx, Context context, Watch watch, Duration bookmarkEvery) {
    this.vertx = vertx;
    this.context = context;
    this.watch = watch;
    this.bookmarkEvery = bookmarkEvery;
  }

  /** Begins; runs on the request's event loop, as all methods here do. */
  void open(HttpServerRequest request, boolean socket, Optional<Fault> fault) {
    if (socket) {
      request
          .toWebSocket()
          .onSuccess(ws -> {
            ws.closeHandler(v -> stop());
            run(fault, text -> ws.writeTextMessage(text.toString()), ws::close, () -> abort(ws));
          });
      return;
    }
    HttpServerResponse response = request.response();
    response
        .setChunked(true)
        .putHeader("Content-Type", "application/json")
        .putHeader("Cache-Control", "no-cache, private");
    response.closeHandler(v -> stop());
    response.exceptionHandler(e -> stop());
    // The client learns that the watch stands before anything happens.
    response.writeHead();
    run(
        fault,
        text -> response.write(text.appendString("\n")),
        response::end,
        () -> abort(request));
  }

  private void run(Optional<Fault> fault, Consumer<Buffer> write, Runnable end, Runnable abort) {
    if (fault.isPresent() && fault.get().effect() == Effect.EXPIRE_WATCH) {
      write.accept(
          Buffer.buffer(
              Json.bytes(
                  Watch.error(
                      ApiFailure.expired("too old resource version: a fault of the lab")))));
      finish(end);
      return;
    }
    try {
      unfollow = watch.start(event -> offer(event, write, abort));
    } catch (ApiFailure failure) {
      write.accept(Buffer.buffer(Json.bytes(Watch.error(failure))));
      finish(end);
      return;
    }
    timers.add(vertx.setTimer(Math.max(1, watch.timeout().toMillis()), t -> finish(end)));
    if (fault.isPresent()) {
      timers.add(vertx.setTimer(Math.max(1, fault.get().delay().toMillis()), t -> finish(abort)));
    }
    if (watch.bookmarks()) {
      timers.add(
          vertx.setPeriodic(bookmarkEvery.toMillis(), t -> offer(watch.bookmark(), write, abort)));
    }
  }

  /** Queues one event; called under the store's lock, so it only hands over. */
  private void offer(ObjectNode event, Consumer<Buffer> write, Runnable abort) {
    byte[] bytes = Json.bytes(event);
    boolean tooMany = waiting.incrementAndGet() > LONGEST_QUEUE;
    context.runOnContext(v -> {
      waiting.decrementAndGet();
      if (tooMany) {
        finish(abort);
      } else if (open) {
        write.accept(Buffer.buffer(bytes));
      }
    });
  }

  private void finish(Runnable end) {
    if (open) {
      stop();
      end.run();
    }
  }

  private void stop() {
    open = false;
    unfollow.run();
    timers.forEach(vertx::cancelTimer);
  }

  private static void abort(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      request.response().reset();
    } else {
      request.connection().close();
    }
  }

  private static void abort(ServerWebSocket socket) {
    socket.shutdown(0, java.util.concurrent.TimeUnit.MILLISECONDS, (short) 1011);
  }
}
