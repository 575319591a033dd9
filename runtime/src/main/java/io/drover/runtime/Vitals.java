// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.schemas.Brain;
import java.time.Duration;

/** What the body tells about itself, for metrics. Called from many threads, must not block. */
public interface Vitals {
  /** Listens to nothing. */
  Vitals NONE = new Vitals() {};

  /** How an input was dealt with. */
  enum Verdict {
    DECIDED,
    STALE,
    PARKED,
    POISON
  }

  /** An input was dealt with. */
  default void input(Brain brain, Verdict verdict) {}

  /** A transaction was committed, with so many inputs and facts. */
  default void committed(Brain brain, int inputs, int facts, Duration took) {}

  /** A commit was fenced or its outcome is unknown. */
  default void uncommitted(Brain brain, boolean fenced) {}

  /** A partition was taken over: claimed, loaded, effects under way. */
  default void tookOver(Brain brain, int partition, Duration took) {}

  /** A partition has so many quarantined keys. */
  default void quarantined(Brain brain, int partition, int keys) {}

  /** So many inputs of a partition wait. */
  default void lag(Brain brain, int partition, long records) {}

  /** A partition is not ours any more. */
  default void released(Brain brain, int partition) {}

  /** A hand began. */
  default void effectBegan(Brain brain, String kind) {}

  /** A hand ended, with {@code Done}, {@code Failed} or {@code Stopped}. */
  default void effectEnded(Brain brain, String kind, String outcome, Duration took) {}

  /** An eye was begun anew after it failed. */
  default void eyeRestarted(Brain brain, String eye) {}
}
