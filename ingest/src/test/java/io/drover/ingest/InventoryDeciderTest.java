// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Input;
import io.drover.schemas.Actor;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Fact;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.InventoryMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InventoryDeciderTest {
  private static final Inventory SMALL =
      new Inventory.Datastore("vc", "ds-1", "gold", "VMFS", 100, 10, true);
  private static final Inventory FULLER =
      new Inventory.Datastore("vc", "ds-1", "gold", "VMFS", 100, 5, true);

  private final InventoryDecider decider = new InventoryDecider();
  private InventoryState state = decider.initial("vc/datastore/ds-1");

  @Test
  void aFactIsMadeOnlyWhenContentChanged() {
    assertThat(tell(new InventoryMessage.EntitySeen(SMALL)))
        .containsExactly(new InventoryFact.EntityInventoried(SMALL));
    assertThat(tell(new InventoryMessage.EntitySeen(SMALL))).isEmpty();
    assertThat(tell(new InventoryMessage.EntitySeen(FULLER)))
        .containsExactly(new InventoryFact.EntityInventoried(FULLER));
  }

  @Test
  void whatIsGoneIsForgottenOnce() {
    tell(new InventoryMessage.EntitySeen(SMALL));

    List<? extends Fact> facts = tell(new InventoryMessage.EntityGoneSeen(SMALL.key()));

    assertThat(facts).singleElement().satisfies(fact -> assertThat(fact.farewell()).isTrue());
    assertThat(tell(new InventoryMessage.EntityGoneSeen(SMALL.key()))).isEmpty();
    assertThat(state).isEqualTo(decider.initial("any"));
  }

  @Test
  void anEyeSaysEachThingOnceAndFindsWhatVanishedWhileItWasAway() throws Exception {
    var said = new ArrayList<InventoryMessage>();
    var sightings = new Sightings((key, message) -> said.add(message));
    var old = new EntityKey("vc", "datastore", "ds-old");

    sightings.seen(SMALL);
    sightings.seen(SMALL);
    sightings.onlyThese(Set.of(SMALL.key()), Set.of(SMALL.key(), old), Set.of());

    assertThat(said)
        .containsExactly(
            new InventoryMessage.EntitySeen(SMALL), new InventoryMessage.EntityGoneSeen(old));
  }

  @Test
  void whatIsHiddenForNowIsNotTakenForGone() throws Exception {
    var said = new ArrayList<InventoryMessage>();
    var sightings = new Sightings((key, message) -> said.add(message));
    var quota = new EntityKey("cluster", "quota", "shop.herd");
    var node = new EntityKey("cluster", "node", "worker-0");

    sightings.onlyThese(Set.of(), Set.of(quota, node), Set.of("quota"));

    assertThat(said).containsExactly(new InventoryMessage.EntityGoneSeen(node));
  }

  private List<InventoryFact> tell(InventoryMessage message) {
    var decision =
        decider.decide(state, new Input.Told<>(message, Actor.service("eye")), Instant.EPOCH);
    for (InventoryFact fact : decision.facts()) {
      state = decider.evolve(state, fact);
    }
    return decision.facts();
  }
}
