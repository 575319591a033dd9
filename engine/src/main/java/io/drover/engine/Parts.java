// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * How a state that grows with what it manages is kept in several records, so that none becomes too
 * large for the log and only what changed is written. The brain sees nothing of it.
 *
 * @param type of a part
 * @param of the parts of a state by name; what did not change is the same object, or equal
 * @param rest the state without its parts
 * @param whole the rest with its parts again; a rest that has some within itself keeps them
 */
public record Parts<S, P>(
    Class<P> type,
    Function<S, Map<String, P>> of,
    UnaryOperator<S> rest,
    BiFunction<S, Map<String, P>, S> whole) {
  /** All of the state is in one record. */
  public static <S> Parts<S, Void> none() {
    return new Parts<>(Void.class, state -> Map.of(), state -> state, (rest, parts) -> rest);
  }
}
