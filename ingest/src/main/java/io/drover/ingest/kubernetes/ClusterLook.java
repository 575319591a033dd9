// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.schemas.Inventory;
import java.util.List;
import java.util.Set;

/**
 * What one look at a cluster brought, and what it could not bring.
 *
 * @param hidden kinds that the account may not list, as {@code plural.group}
 * @param unseen kinds of inventory entities of which therefore nothing is known anew
 */
public record ClusterLook(List<Inventory> entities, List<String> hidden, Set<String> unseen) {
  public ClusterLook {
    entities = List.copyOf(entities);
    hidden = List.copyOf(hidden);
    unseen = Set.copyOf(unseen);
  }
}
