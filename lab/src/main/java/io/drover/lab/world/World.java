// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Time, luck and the record of a modelled world; the models of the source and the target share it.
 */
public final class World {
  private final Supplier<Instant> clock;
  private final BiConsumer<Duration, Runnable> later;
  private final Consumer<String> trace;
  private Mischief mischief;

  /**
   * A world.
   *
   * @param later has something happen after a while
   * @param trace hears of every change
   */
  public World(
      Supplier<Instant> clock,
      BiConsumer<Duration, Runnable> later,
      Consumer<String> trace,
      Mischief mischief) {
    this.clock = clock;
    this.later = later;
    this.trace = trace;
    this.mischief = mischief;
  }

  /** Another mischief from now on. */
  public void mischief(Mischief next) {
    mischief = next;
  }

  Instant now() {
    return clock.get();
  }

  void trace(String what) {
    trace.accept(what);
  }

  /** Something takes its time; at once where there is no delay. */
  void after(String what, Runnable change) {
    Duration delay = mischief.delay(what);
    if (delay.isZero()) {
      change.run();
    } else {
      later.accept(delay, change);
    }
  }

  /** A look can fail, too. */
  void look(String call) {
    if (mischief.of(call) == Mischief.Fate.UNAVAILABLE) {
      throw unavailable(call);
    }
  }

  /**
   * A call that changes something.
   *
   * @param queued what is seen while it is queued to land later, and no more when it did
   */
  void act(String call, Consumer<Boolean> queued, Runnable change) {
    switch (mischief.of(call)) {
      case LANDS -> change.run();
      case UNAVAILABLE -> throw unavailable(call);
      case LOST_ANSWER -> {
        change.run();
        throw unavailable(call);
      }
      case LATE -> {
        queued.accept(true);
        land(
            call,
            () -> {
              queued.accept(false);
              change.run();
            });
        throw unavailable(call);
      }
      case UNSEEN -> {
        land(call, change);
        throw unavailable(call);
      }
    }
  }

  private void land(String call, Runnable change) {
    later.accept(
        mischief.delay("late-" + call),
        () -> {
          try {
            change.run();
          } catch (Trouble refused) {
            trace("late " + call + " refused: " + refused.getMessage());
          }
        });
  }

  private static Trouble unavailable(String call) {
    return Trouble.unavailable("model-unavailable", "No answer to " + call + ".", "Try again.");
  }
}
