// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.EffectId;

/**
 * An effect in flight. Effects of one lane of one key run one at a time, in order.
 *
 * @param id derived from the state, new for every attempt
 * @param lane the lane within the key, for example {@code journey} or {@code disk-2000}
 * @param effect an {@code Ensure…}, safe to repeat
 * @param stopping whether it is told to stop; its outcome is still awaited, and where nothing runs
 *     (after a restart) the body answers {@link Outcome.Stopped}
 */
public record Intent<E>(EffectId id, String lane, E effect, boolean stopping) {
  public static <E> Intent<E> run(EffectId id, String lane, E effect) {
    return new Intent<>(id, lane, effect, false);
  }

  public static <E> Intent<E> stop(EffectId id, String lane, E effect) {
    return new Intent<>(id, lane, effect, true);
  }
}
