// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** What an eye or a file reader tells the inventory. Key: {@link EntityKey}. */
public sealed interface InventoryMessage extends Message {
  /** The entity looks like this. */
  record EntitySeen(Inventory entity) implements InventoryMessage {}

  /** The entity is not there any more. */
  record EntityGoneSeen(EntityKey entity) implements InventoryMessage {}
}
