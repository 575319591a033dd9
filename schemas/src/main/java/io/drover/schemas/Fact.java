// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** Something that was decided or happened: past tense, never changed, folded into state. */
public sealed interface Fact
    permits InventoryFact, PlanFact, DispatchFact, MigrationFact, ConversionFact {
  /** Whether nothing more is to be remembered of this key (a tombstone follows where compacted). */
  default boolean farewell() {
    return false;
  }
}
