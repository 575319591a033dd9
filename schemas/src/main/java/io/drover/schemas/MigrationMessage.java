// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What moves the journey of a VM. Key: {@link VmKey}. */
public sealed interface MigrationMessage extends Message {
  /** From dispatch: begin. */
  record StartMigration(MigrationSpec spec) implements MigrationMessage {}

  /** From dispatch: the slot that was asked for is ours until given back. */
  record SlotGranted(MigrationId migration, Slot slot) implements MigrationMessage {}

  /** Of a person: do not begin another step. */
  record PauseMigration(MigrationId migration, String reason) implements MigrationMessage {}

  /** Of a person: go on. */
  record ResumeMigration(MigrationId migration) implements MigrationMessage {}

  /** Of a person, or of a wave: undo everything; before cutover this costs nothing. */
  record CancelMigration(MigrationId migration, String reason) implements MigrationMessage {}

  /** Of a person, or of a wave: bring the source back. */
  record RollBackMigration(MigrationId migration, String reason) implements MigrationMessage {}

  /** Of a person, or of a wave: the target stays; the point of no return. */
  record CommitMigration(MigrationId migration) implements MigrationMessage {}

  /** Of a person: the cutover of this VM may happen. */
  record ApproveCutover(MigrationId migration, int planVersion) implements MigrationMessage {}

  /** Of a person: try the failed step again now. */
  record RetryMigration(MigrationId migration) implements MigrationMessage {}

  /** Of a person: a way out of a hold. */
  record ResolveHold(MigrationId migration, HoldExit exit, String reason)
      implements MigrationMessage {}

  /**
   * From the converter's hands: a disk is so far. A milestone, not a promise: it may be lost, and
   * nothing but what is shown goes by it.
   *
   * @param done guest-visible bytes
   * @param total guest-visible bytes of the disk
   * @param bytesPerSecond since the milestone before
   */
  record DiskAdvanced(
      CopyId copy, int diskKey, long done, long total, long bytesPerSecond, Instant at)
      implements MigrationMessage {}

  /** From conversion: one disk landed. */
  record DiskCopied(CopyId copy, Receipt receipt) implements MigrationMessage {}

  /** From conversion: all disks of this round landed; one receipt a disk. */
  record CopyCompleted(CopyId copy, List<Receipt> receipts) implements MigrationMessage {
    public CopyCompleted {
      receipts = List.copyOf(receipts);
    }
  }

  /** From conversion: this round cannot be completed. What is left of it was recorded. */
  record CopyFailed(CopyId copy, Problem problem) implements MigrationMessage {}

  /** From conversion: nothing of this round runs any more, and no lease is open. */
  record CopyStopped(CopyId copy) implements MigrationMessage {}

  /** From conversion: all volumes and snapshots of this migration's copies are gone. */
  record CopiesRemoved(MigrationId migration) implements MigrationMessage {}

  /**
   * From conversion: a round that was told to stop, or the copies that were told to go, are still
   * there. It goes on with it; this is so that somebody can help.
   *
   * @param copy the round that is not at rest; null for a removal
   * @param removing whose copies are not gone; null for a stop
   */
  record CopyLingers(@Nullable CopyId copy, @Nullable MigrationId removing, Problem problem)
      implements MigrationMessage {}

  /**
   * From conversion: a round does not go on and is tried again; so that somebody can help.
   *
   * @param problem null = it goes on again
   */
  record CopyDelayed(CopyId copy, @Nullable Problem problem) implements MigrationMessage {}

  /** From dispatch: hold at the next safe point, everything of this vCenter stops. */
  record StopCalled(String reason) implements MigrationMessage {}

  /** From dispatch: the stop is lifted. */
  record StopLifted() implements MigrationMessage {}
}
