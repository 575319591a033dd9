// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;

/** Reads the event stream of a console, over as many connections as it takes. */
final class StreamReading {
  /** How long a lost console is looked for. */
  private static final Duration RECONNECT = Duration.ofMinutes(1);

  /** The console says something every 15 s: a stream that is silent for longer is dead. */
  private static final Duration SILENCE = Duration.ofSeconds(45);

  private final ConsoleClient console;

  /** {@link System#nanoTime} at which something came last. */
  private volatile long heard;

  /** Behind the last fact that came; empty for the facts that come from now on. */
  private String position;

  StreamReading(ConsoleClient console, String position) {
    this.console = console;
    this.position = position;
  }

  /**
   * Reads until {@code each} says false.
   *
   * @param each is told kind and document
   * @throws Failure if the console cannot be reached for a minute
   */
  void read(BiPredicate<String, JsonNode> each) {
    long lost = 0;
    while (true) {
      heard = System.nanoTime();
      try {
        if (!connected(each)) {
          return;
        }
        lost = 0;
      } catch (IOException e) {
        long now = System.nanoTime();
        lost = lost == 0 ? now : lost;
        if (now - lost > RECONNECT.toNanos()) {
          throw console.unreachable(e);
        }
      }
      try {
        Thread.sleep(500);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Reads one connection to its end; false when {@code each} had enough. */
  private boolean connected(BiPredicate<String, JsonNode> each) throws IOException {
    HttpRequest.Builder request = console.request("/api/v1/stream").GET();
    if (!position.isEmpty()) {
      request.header("last-event-id", position);
    }
    HttpResponse<InputStream> response;
    try {
      response = console.client().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    if (response.statusCode() != 200) {
      String text = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
      if (response.statusCode() >= 500) {
        throw new IOException("the console answered " + response.statusCode());
      }
      throw ConsoleClient.failure(response.statusCode(), text);
    }
    try (var lines =
            new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        var watchdog = Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory())) {
      var unused =
          watchdog.scheduleWithFixedDelay(
              () -> {
                if (System.nanoTime() - heard > SILENCE.toNanos()) {
                  closed(response.body());
                }
              },
              5,
              5,
              TimeUnit.SECONDS);
      try {
        String kind = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          heard = System.nanoTime();
          if (line.startsWith("id: ")) {
            position = line.substring(4);
          } else if (line.startsWith("event: ")) {
            kind = line.substring(7);
          } else if (line.startsWith("data: ")
              && !each.test(kind, Json.mapper().readTree(line.substring(6)))) {
            return false;
          }
        }
        return true;
      } finally {
        watchdog.shutdownNow();
      }
    }
  }

  private static void closed(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      // It was to be given up anyway.
    }
  }
}
