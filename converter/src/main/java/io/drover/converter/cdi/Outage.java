// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Waits out that the API server cannot be asked. Where a disk is on its way, or there, to fail
 * would be to copy it once more: what copies it does not need the API server meanwhile.
 */
final class Outage {
  private static final long LONGEST_PAUSE = 2000;

  private Outage() {}

  /** Whether the API server could not be asked, as while it is restarted. */
  private static boolean is(CopyFault fault) {
    return fault.problem().kind() == Problem.Kind.UNAVAILABLE
        && fault.problem().code().startsWith("cluster-");
  }

  /**
   * Looks once.
   *
   * @param end until when an outage is waited out, by {@link System#nanoTime}
   * @return empty where it cannot be seen now
   */
  static <T> Optional<T> look(long end, Supplier<T> look) {
    try {
      return Optional.of(look.get());
    } catch (CopyFault fault) {
      if (!is(fault) || System.nanoTime() - end > 0) {
        throw fault;
      }
      return Optional.empty();
    }
  }

  /** Does what is safe to do twice, as soon as it can be done. */
  static <T> T through(Duration patience, Attempt attempt, Supplier<T> action) {
    long end = System.nanoTime() + patience.toNanos();
    long pause = 100;
    while (true) {
      Optional<T> done = look(end, action);
      if (done.isPresent()) {
        return done.get();
      }
      attempt.stop().check();
      Cluster.pause(pause);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    }
  }

  /** The same, of what gives nothing. */
  static void through(Duration patience, Attempt attempt, Runnable action) {
    var _ =
        through(
            patience,
            attempt,
            () -> {
              action.run();
              return true;
            });
  }
}
