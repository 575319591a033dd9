// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A brain: pure functions over the state of one key. No clock, no I/O, no log, no thread, no luck.
 *
 * <p>Effects are not returned by {@link #decide}: they are what {@link #resume} reads off the
 * state, so a restart is no special case. The body compares {@code resume} before and after a
 * commit, starts what is new and leaves the rest running.
 *
 * @param <S> state of one key: a sealed record type
 * @param <M> messages this brain hears
 * @param <O> what its hands observe
 * @param <F> the facts it makes
 * @param <E> the effects it intends
 */
public interface Decider<S, M extends Message, O, F extends Fact, E> {
  /** The state of a key that nobody has heard of. */
  S initial(String key);

  /** What to make of an input; {@code at} is when the inbox took it (broker time). */
  Decision<F> decide(S state, Input<M, O> input, Instant at);

  /** The state after a fact. Total: every fact that this brain ever made folds. */
  S evolve(S state, F fact);

  /** The effects that are in flight according to the state alone, in order per lane. */
  List<Intent<E>> resume(S state);

  /** The timers that are set according to the state alone. */
  default List<Timer> timers(S state) {
    return List.of();
  }

  /**
   * The wave, plan or other whole that the key belongs to, for {@code correlationid} of its facts.
   */
  default @Nullable String correlation(S state) {
    return null;
  }

  /**
   * The status documents that this key shows to the world, written in the same transaction.
   *
   * @param at when the last input was taken
   * @param sequence sequence of the last fact folded in
   */
  default List<Status> statuses(S state, Instant at, long sequence) {
    return List.of();
  }

  /** Those of them that an input changed; a brain of few documents need not look which. */
  default List<Status> statuses(S before, S state, Instant at, long sequence) {
    return statuses(state, at, sequence);
  }

  /** How its states are kept: all in one record, unless they grow with what they manage. */
  default Parts<S, ?> parts() {
    return Parts.none();
  }
}
