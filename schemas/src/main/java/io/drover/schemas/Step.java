// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * The steps of a journey, in their order. The table with ensure and undo is {@code
 * MigrationItinerary}.
 */
public enum Step {
  PREFLIGHT,
  SEED,
  SYNC,
  GATE,
  QUIESCE,
  FENCE,
  SEAL,
  SNAPSHOT_TARGET,
  CONVERT_GUEST,
  DEFINE_TARGET,
  LOCK_SOURCE,
  START_TARGET,
  VERIFY,
  SOAK,
  COMMIT;

  /** For people and labels, for example {@code snapshot-target}. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
