// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest;

import io.drover.engine.Decider;
import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.ingest.InventoryState.Known;
import io.drover.ingest.InventoryState.Unknown;
import io.drover.schemas.Actor;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.InventoryMessage;
import java.time.Instant;
import java.util.List;

/** The brain of the inventory: a fact only when content changed. It has no hands. */
public final class InventoryDecider
    implements Decider<InventoryState, InventoryMessage, NoSight, InventoryFact, NoEffect> {

  @Override
  public InventoryState initial(String key) {
    return new Unknown();
  }

  @Override
  public Decision<InventoryFact> decide(
      InventoryState state, Input<InventoryMessage, NoSight> input, Instant at) {
    return switch (input) {
      case Input.Told<InventoryMessage, NoSight>(InventoryMessage message, Actor by) ->
          switch (message) {
            case InventoryMessage.EntitySeen(Inventory entity) ->
                state.equals(new Known(entity))
                    ? Decision.nothing()
                    : Decision.of(new InventoryFact.EntityInventoried(entity));
            case InventoryMessage.EntityGoneSeen gone ->
                state instanceof Unknown
                    ? Decision.nothing()
                    : Decision.of(new InventoryFact.EntityRemoved(gone.entity()));
          };
      case Input.Seen<InventoryMessage, NoSight> seen -> Decision.nothing();
      case Input.Rang<InventoryMessage, NoSight> rang -> Decision.nothing();
    };
  }

  @Override
  public InventoryState evolve(InventoryState state, InventoryFact fact) {
    return switch (fact) {
      case InventoryFact.EntityInventoried f -> new Known(f.entity());
      case InventoryFact.EntityRemoved f -> new Unknown();
    };
  }

  @Override
  public List<Intent<NoEffect>> resume(InventoryState state) {
    return List.of();
  }
}
