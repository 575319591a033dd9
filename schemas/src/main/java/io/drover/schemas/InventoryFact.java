// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** What exists; one fact a change of content. Key: {@link EntityKey}. */
public sealed interface InventoryFact extends Fact {
  /** The entity appeared or its content changed. */
  record EntityInventoried(Inventory entity) implements InventoryFact {}

  /** The entity left the inventory. */
  record EntityRemoved(EntityKey entity) implements InventoryFact {
    @Override
    public boolean farewell() {
      return true;
    }
  }
}
