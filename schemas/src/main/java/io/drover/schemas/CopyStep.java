// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** The steps of one round of copying. The table is {@code ConversionItinerary}. */
public enum CopyStep {
  /** Target volumes exist and are ready to take bytes (per disk). */
  PREPARE,
  /** An export lease, or a snapshot, is open and recorded (per VM). */
  OPEN_SOURCE,
  /** Bytes moved (per disk). */
  TRANSFER,
  /** Lease completed, or snapshot removed and consolidated (per VM). */
  CLOSE_SOURCE,
  /** Source read a second time, because CDI and not we read it the first time (per disk). */
  READ_SOURCE,
  /** Landed volume read back by a worker and compared (per disk). */
  READ_BACK,
  /** Everything of the round observed stopped (per VM). */
  STOP,
  /** Volumes and snapshots of the migration removed (per VM). */
  REMOVE
}
