// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

/**
 * The only thing that changes the world for a brain. Plain blocking code, called on a virtual
 * thread.
 *
 * <p>Protocol of every effect that changes another system: probe; satisfied already is an outcome;
 * our own task under way is waited for, never issued twice; act under a guard that the other system
 * checks; probe until satisfied or past the deadline.
 *
 * @param <E> effects
 * @param <O> what is observed
 */
@FunctionalInterface
public interface Hand<E, O> {
  /**
   * Ensures the effect. No is an answer, {@link Outcome.Failed}; an {@link Obstacle} counts as one.
   * Any other exception is a bug or a broken wire; the effect runner reports it as a transient
   * failure.
   */
  Outcome<O> ensure(Order<E> order) throws Exception;
}
