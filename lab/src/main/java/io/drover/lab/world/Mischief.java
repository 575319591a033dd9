// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import java.time.Duration;

/**
 * What goes wrong in a modelled world. Whoever simulates decides by luck; a conformance suite by a
 * list.
 */
public interface Mischief {
  /** Nothing goes wrong, and everything happens at once. */
  Mischief NONE =
      new Mischief() {
        @Override
        public Fate of(String call) {
          return Fate.LANDS;
        }

        @Override
        public Duration delay(String what) {
          return Duration.ZERO;
        }
      };

  /** What becomes of a call that changes something. */
  enum Fate {
    /** It lands, and says so. */
    LANDS,
    /** It is refused for now: 503, no session, no answer; nothing was done. */
    UNAVAILABLE,
    /** It lands, but the answer is lost. */
    LOST_ANSWER,
    /** It is queued and lands later; the caller gives up waiting. */
    LATE,
    /** It is still on its way, nowhere to be seen, and lands later; the caller gives up waiting. */
    UNSEEN
  }

  /** What becomes of this call, such as {@code power-on}. */
  Fate of(String call);

  /** How long something takes that nobody waits for in the call, such as {@code instance-stops}. */
  Duration delay(String what);
}
