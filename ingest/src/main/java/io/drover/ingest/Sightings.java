// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest;

import io.drover.engine.Eye.Sight;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one eye has said so far, so that it says each thing once. It starts empty with every look:
 * the brain then compares once more, and what vanished while nobody looked is found by {@link
 * #onlyThese}.
 */
public final class Sightings {
  private final Map<EntityKey, Inventory> said = new HashMap<>();
  private final Sight<InventoryMessage> sight;

  public Sightings(Sight<InventoryMessage> sight) {
    this.sight = sight;
  }

  /** Says what was seen, unless that was said before. */
  public void seen(Inventory entity) throws InterruptedException {
    if (!entity.equals(said.put(entity.key(), entity))) {
      sight.seen(entity.key().toString(), new InventoryMessage.EntitySeen(entity));
    }
  }

  /** Says that an entity is gone. */
  public void gone(EntityKey entity) throws InterruptedException {
    said.remove(entity);
    sight.seen(entity.toString(), new InventoryMessage.EntityGoneSeen(entity));
  }

  /**
   * After a look at the whole: everything known before that is not among {@code whole} is gone.
   *
   * @param known what the inventory holds of this site, also from before this look began
   * @param unseen kinds of entities that could not be looked at: of these nothing is known anew
   */
  public void onlyThese(Set<EntityKey> whole, Set<EntityKey> known, Set<String> unseen)
      throws InterruptedException {
    var vanished = new HashSet<>(said.keySet());
    vanished.addAll(known);
    vanished.removeAll(whole);
    vanished.removeIf(key -> unseen.contains(key.kind()));
    for (EntityKey entity : vanished) {
      gone(entity);
    }
  }
}
