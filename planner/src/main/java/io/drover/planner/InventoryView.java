// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Inventory;
import java.util.Collection;
import java.util.Map;

/** The inventory as the facts show it now; read by the planner's hand, never by its brain. */
@FunctionalInterface
public interface InventoryView {
  /** A consistent copy; waits until the view has caught up. */
  Snapshot snapshot() throws InterruptedException;

  /**
   * What was seen.
   *
   * @param entities every entity
   * @param versions version (fact sequence) per entity key text
   */
  record Snapshot(Collection<Inventory> entities, Map<String, Long> versions) {}
}
