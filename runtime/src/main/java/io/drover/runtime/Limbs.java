// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.engine.Intent;
import io.drover.engine.Timer;
import io.drover.schemas.Token;
import java.util.List;

/** What moves after a commit: effects and timers, made to agree with the state. */
public record Limbs<O, E>(Lanes<O, E> lanes, Alarms alarms) {
  /** Makes what runs for a key agree with what its state says. */
  void agree(int partition, String key, Token token, List<Intent<E>> intents, List<Timer> timers) {
    alarms.set(partition, key, timers);
    lanes.want(partition, key, token, intents);
  }

  /** Stops all of a partition; its outcomes are no longer told. */
  void halt(int partition) {
    alarms.halt(partition);
    lanes.halt(partition);
  }
}
