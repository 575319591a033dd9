// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.engine.Intent;
import io.drover.engine.Timer;
import io.drover.runtime.Stored.Quarantine;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the owner holds of one key in memory.
 *
 * @param state null only where it cannot be read; {@code tree} or {@code raw} then hold what was
 *     found
 * @param parts what of an unreadable state was found in records of their own, by name
 * @param intents what {@code resume} reads off the state
 */
record Cell<S, E>(
    @Nullable S state,
    @Nullable JsonNode tree,
    byte @Nullable [] raw,
    Map<String, JsonNode> parts,
    long offset,
    long sequence,
    @Nullable Quarantine quarantine,
    List<Intent<E>> intents,
    List<Timer> timers) {

  static <S, E> Cell<S, E> of(S state, long offset, long sequence) {
    return new Cell<>(state, null, null, Map.of(), offset, sequence, null, List.of(), List.of());
  }

  static <S, E> Cell<S, E> unreadable(
      @Nullable JsonNode tree,
      byte @Nullable [] raw,
      Map<String, JsonNode> parts,
      long offset,
      long sequence) {
    return new Cell<>(null, tree, raw, parts, offset, sequence, null, List.of(), List.of());
  }

  /** The same, but waiting; nothing of a quarantined key is touched, so what ran goes on. */
  Cell<S, E> quarantined(Quarantine why) {
    return new Cell<>(state, tree, raw, parts, offset, sequence, why, intents, timers);
  }

  Cell<S, E> agreed(List<Intent<E>> nowIntents, List<Timer> nowTimers) {
    return new Cell<>(state, tree, raw, parts, offset, sequence, quarantine, nowIntents, nowTimers);
  }
}
