// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Brain;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import java.util.List;

/**
 * A brain with its body plan: all that the runtime needs to run it.
 *
 * @param types root types, for the codecs
 */
public record ServiceSpec<S, M extends Message, O, F extends Fact, E>(
    Brain brain,
    Types<S, M, O, F> types,
    Decider<S, M, O, F, E> decider,
    Hand<E, O> hand,
    List<Eye<M>> eyes) {
  public ServiceSpec {
    eyes = List.copyOf(eyes);
  }

  /** The root types of what a brain reads and writes. */
  public record Types<S, M extends Message, O, F extends Fact>(
      Class<S> state, Class<M> message, Class<O> observation, Class<F> fact) {}
}
