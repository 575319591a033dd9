// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

/** Tells a running hand to stop as soon as it is safe. Hands look at it between calls. */
public interface StopSignal {
  /** Never raised. */
  StopSignal NEVER = () -> false;

  /** Whether the hand is to stop. */
  boolean raised();

  /** Throws {@link Stopped} if raised: the shortest way out of a hand. */
  default void check() {
    if (raised()) {
      throw new Stopped();
    }
  }

  /** Thrown by {@link #check}; the effect runner turns it into {@link Outcome.Stopped}. */
  final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Stopped() {
      super("stopped", null, false, false);
    }
  }
}
