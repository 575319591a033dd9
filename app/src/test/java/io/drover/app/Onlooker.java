// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.ConsoleClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What somebody at the console sees of journeys, and how long tests wait for it. */
public final class Onlooker {
  private Onlooker() {}

  /** Result and proof of each VM whose journey ended, by name. */
  public static Map<String, String> results(ConsoleClient console) {
    var results = new TreeMap<String, String>();
    for (JsonNode row : console.get("/api/v1/report").path("rows")) {
      if (List.of("COMMITTED", "ROLLED_BACK", "ABANDONED").contains(row.path("result").asText())) {
        results.put(
            row.path("name").asText(),
            row.path("result").asText() + " " + row.path("proof").asText());
      }
    }
    return results;
  }

  /** Phase of each journey by the VM's name. */
  public static Map<String, String> phases(ConsoleClient console) {
    var phases = new TreeMap<String, String>();
    console
        .get("/api/v1/migrations")
        .forEach(m -> phases.put(m.path("name").asText(), m.path("phase").asText()));
    return phases;
  }

  /**
   * What {@code get} says once it says something. That it throws means that it is not there yet: a
   * console still catches up.
   *
   * @param alive what must go on meanwhile; throws an {@link AssertionError} when it does not
   * @param instead what is told of the state of things when it comes to nothing
   */
  public static <T> T await(
      String what,
      Duration patience,
      Runnable alive,
      Supplier<String> instead,
      Callable<@Nullable T> get)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    Exception last = null;
    while (System.nanoTime() < end) {
      try {
        T found = get.call();
        if (found != null) {
          return found;
        }
      } catch (Exception e) {
        last = e;
      }
      alive.run();
      Thread.sleep(200);
    }
    throw new AssertionError(
        "Waited " + patience + " for " + what + " in vain; " + instead.get(), last);
  }
}
