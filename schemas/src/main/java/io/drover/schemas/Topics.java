// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** The topics that belong to no single brain. */
public final class Topics {
  /** One {@link MigrationStatus} a source VM, compacted. */
  public static final String MIGRATION_STATUS = "drover.migration.status";

  /** One {@link WaveStatus} a wave, compacted. */
  public static final String WAVE_STATUS = "drover.wave.status";

  /** One {@link DiskProgress} a report; lossy, kept for hours, never read by a decision. */
  public static final String PROGRESS = "drover.progress";

  /** What no code could read or decide. */
  public static final String QUARANTINE = "drover.quarantine";

  /** Who asked, who approved, what was refused; hash-chained, written by the console. */
  public static final String AUDIT = "drover.audit";

  private Topics() {}
}
