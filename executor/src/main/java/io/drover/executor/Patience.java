// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.StopSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How a hand waits for the world: real time in production, the model's time in a simulation. */
public interface Patience {
  /** The time to measure waits by. */
  Instant now();

  /** Waits; a raised {@code stop} may end it early. */
  void pause(Duration time, StopSignal stop);

  /** Real time, in naps short enough to notice a stop. */
  static Patience real() {
    return new Patience() {
      @Override
      public Instant now() {
        return Instant.now();
      }

      @Override
      public void pause(Duration time, StopSignal stop) {
        Instant end = now().plus(time);
        while (now().isBefore(end)) {
          stop.check();
          try {
            Thread.sleep(Math.min(200, Math.max(1, Duration.between(now(), end).toMillis())));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StopSignal.Stopped();
          }
        }
        stop.check();
      }
    };
  }

  /**
   * Looks again and again until there is something to see.
   *
   * @param budget how long to look in all
   * @return what was seen, null when the budget is used up
   */
  default <T> @Nullable T until(Supplier<@Nullable T> look, Duration budget, StopSignal stop) {
    Instant end = now().plus(budget);
    Duration nap = Duration.ofMillis(100);
    while (true) {
      stop.check();
      T seen = look.get();
      if (seen != null || !now().isBefore(end)) {
        return seen;
      }
      pause(nap, stop);
      nap = nap.compareTo(Duration.ofSeconds(2)) < 0 ? nap.multipliedBy(2) : nap;
    }
  }
}
