// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import java.time.Duration;

/**
 * When a failed step is tried again: exponential from {@code first} up to {@code most} between
 * tries.
 *
 * @param attempts tries in all before the failure counts as final; the unavailability of another
 *     system never counts
 */
public record Retry(int attempts, Duration first, Duration most) {
  public static final Retry STEADY = new Retry(5, Duration.ofSeconds(1), Duration.ofMinutes(1));

  /** Pause after the failed attempt {@code attempt} (from 1). */
  public Duration pause(int attempt) {
    long millis = first.toMillis() << Math.min(20, Math.max(0, attempt - 1));
    return millis < 0 || millis > most.toMillis() ? most : Duration.ofMillis(millis);
  }

  /** Whether there is another try after the failed attempt {@code attempt} (from 1). */
  public boolean again(int attempt) {
    return attempt < attempts;
  }
}
