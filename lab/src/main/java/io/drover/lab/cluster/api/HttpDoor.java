// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import io.drover.lab.cluster.api.AggregatedApi.Answer;
import io.drover.lab.cluster.api.ApiRouter.Outcome;
import io.drover.lab.cluster.api.LabFaults.Fault;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings HTTP requests to whoever answers them, off the event loop, and brings answers and watches
 * back; faults strike here.
 */
final class HttpDoor {
  private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);
  private static final int LARGEST_BODY = 3 << 20;

  private final Vertx vertx;
  private final ExecutorService workers;
  private final Function<ApiCall, Outcome> answers;
  private final LabFaults faults;
  private final Duration bookmarkEvery;

  HttpDoor(
      Vertx vertx,
      ExecutorService workers,
      Function<ApiCall, Outcome> answers,
      LabFaults faults,
      Duration bookmarkEvery) {
    this.vertx = vertx;
    this.workers = workers;
    this.answers = answers;
    this.faults = faults;
    this.bookmarkEvery = bookmarkEvery;
  }

  void handle(HttpServerRequest request) {
    Context context = vertx.getOrCreateContext();
    if ("websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
      request.pause();
      workers.execute(() -> serve(context, request, call(request, new byte[0]), true));
      return;
    }
    request
        .body()
        .onSuccess(body ->
            workers.execute(() -> serve(context, request, call(request, body.getBytes()), false)))
        .onFailure(e -> LOG.debug("a request ended before its body did", e));
  }

  private void serve(Context context, HttpServerRequest request, ApiCall call, boolean socket) {
    boolean watch = call.method().equals("GET") && call.flag("watch");
    Optional<Fault> fault =
        call.path().startsWith("/lab/")
            ? Optional.empty()
            : faults.next(watch ? "WATCH" : call.method(), call.path());
    if (fault.isPresent()) {
      switch (fault.get().effect()) {
        case LATENCY -> {
          sleep(fault.get().delay());
          fault = Optional.empty();
        }
        case DROP -> {
          context.runOnContext(v -> drop(request));
          return;
        }
        case REFUSE -> {
          Fault refusal = fault.get();
          context.runOnContext(v -> refuse(request, refusal.failure()));
          return;
        }
        case LOSE_ANSWER, CUT_WATCH, EXPIRE_WATCH -> {}
      }
    }
    Optional<Fault> later = fault;
    try {
      if (call.body().length > LARGEST_BODY) {
        throw ApiFailure.of(
            413, "RequestEntityTooLarge", "Request entity too large: limit is " + LARGEST_BODY);
      }
      switch (answers.apply(call)) {
        case Outcome.Document(Answer answer) ->
            context.runOnContext(v -> {
              if (later.isPresent()) {
                drop(request);
              } else {
                send(request, answer, call.warnings());
              }
            });
        case Outcome.Stream(Watch events) ->
            context.runOnContext(v ->
                new WatchChannel(vertx, context, events, bookmarkEvery)
                    .open(request, socket, later));
      }
    } catch (ApiFailure failure) {
      context.runOnContext(v -> refuse(request, failure, call.warnings()));
    } catch (RuntimeException e) {
      LOG.error("the lab API server failed at {} {}", call.method(), call.path(), e);
      context.runOnContext(v -> refuse(request, ApiFailure.internal(String.valueOf(e))));
    }
  }

  private static void refuse(HttpServerRequest request, ApiFailure failure) {
    refuse(request, failure, List.of());
  }

  private static void refuse(HttpServerRequest request, ApiFailure failure, List<String> warnings) {
    int wait = failure.status().path("details").path("retryAfterSeconds").asInt(0);
    if (wait > 0) {
      request.response().putHeader("Retry-After", Integer.toString(wait));
    }
    send(request, Answer.json(failure.code(), failure.status()), warnings);
  }

  private static void send(HttpServerRequest request, Answer answer, List<String> warnings) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return;
    }
    response.setStatusCode(answer.code()).putHeader("Content-Type", answer.contentType());
    response.putHeader("Cache-Control", "no-cache, private");
    for (String warning : warnings) {
      String quoted = warning.replace("\\", "\\\\").replace("\"", "\\\"");
      response.headers().add("Warning", "299 - \"" + quoted + "\"");
    }
    response.end(Buffer.buffer(answer.body()));
    if (!request.isEnded()) {
      request.resume();
    }
  }

  private static void drop(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      request.response().reset();
    } else {
      request.connection().close();
    }
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ApiCall call(HttpServerRequest request, byte[] body) {
    Map<String, String> query = new HashMap<>();
    request.params().forEach((name, value) -> query.putIfAbsent(name, value));
    Map<String, String> headers = new HashMap<>();
    request
        .headers()
        .forEach((name, value) -> headers.putIfAbsent(name.toLowerCase(Locale.ROOT), value));
    // A plus sign is itself in a path.
    String path = URLDecoder.decode(request.path().replace("+", "%2B"), StandardCharsets.UTF_8);
    return new ApiCall(request.method().name(), path, query, headers, body, null);
  }
}
