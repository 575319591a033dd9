// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Actor;
import io.drover.schemas.EffectId;
import io.drover.schemas.Message;
import java.time.Instant;

/** Everything that can move a brain is one of these, as a record in its one inbox. */
public sealed interface Input<M extends Message, O> {
  /** Somebody said something. */
  record Told<M extends Message, O>(M message, Actor by) implements Input<M, O> {}

  /** A hand reports how an effect came out. */
  record Seen<M extends Message, O>(EffectId effect, Outcome<O> outcome) implements Input<M, O> {}

  /** A timer that was set for {@code due} rang; stale ids are ignored by the brain. */
  record Rang<M extends Message, O>(String timer, Instant due) implements Input<M, O> {}
}
