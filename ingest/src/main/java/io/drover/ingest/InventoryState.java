// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest;

import io.drover.schemas.Inventory;

/** What is known of one entity. */
public sealed interface InventoryState {
  /** Nothing: never seen, or gone. */
  record Unknown() implements InventoryState {}

  /** It looked like this when last seen. */
  record Known(Inventory entity) implements InventoryState {}
}
