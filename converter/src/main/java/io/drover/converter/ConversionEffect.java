// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the conversion brain wants to be so in the world; each is safe to ensure twice. */
public sealed interface ConversionEffect {
  /** The target volume of a disk exists as far as it can before the source is read. */
  record EnsureVolumeReady(CopyOrder order, Inventory.Disk disk) implements ConversionEffect {}

  /**
   * The source disks can be read: by us, under an export lease, or by CDI, in a snapshot.
   *
   * @param disks device keys of the disks that are still to be read
   * @param export whether it is a lease
   */
  record EnsureSourceOpen(CopyOrder order, List<Integer> disks, boolean export)
      implements ConversionEffect {
    public EnsureSourceOpen {
      disks = List.copyOf(disks);
    }
  }

  /** The bytes of a disk are in its volume, whole. */
  record EnsureDiskTransferred(CopyOrder order, Inventory.Disk disk, CopyEvidence opened)
      implements ConversionEffect {}

  /**
   * vCenter let go of the source.
   *
   * @param last false when it is opened again for disks that are still missing: then a snapshot
   *     stays, so that all disks of the round are of one moment
   */
  record EnsureSourceClosed(CopyOrder order, CopyEvidence opened, boolean last)
      implements ConversionEffect {}

  /** A disk that CDI copied was read at its source once more, and digested. */
  record EnsureSourceDigested(CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease)
      implements ConversionEffect {}

  /** A process of its own digested the landed volume. */
  record EnsureVolumeDigested(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.DiskTransferred transferred)
      implements ConversionEffect {}

  /** The migration's copy that is under way reads no faster than this; 0 = as fast as it can. */
  record EnsurePaceKept(MigrationId migration, long bytesPerSecond) implements ConversionEffect {}

  /**
   * Nothing of the round runs any more, in the cluster or at the source.
   *
   * @param opened lease or snapshot of the round, if one was recorded
   * @param opening whether the source ever began to be opened: what came of it may not have been
   *     recorded
   */
  record EnsureCopyStopped(CopyOrder order, @Nullable CopyEvidence opened, boolean opening)
      implements ConversionEffect {}

  /**
   * Nothing that the copies of a migration made is left.
   *
   * @param vm key of the source VM
   * @param order the migration's last order; null when nothing is known of it
   */
  record EnsureCopiesRemoved(String vm, MigrationId migration, @Nullable CopyOrder order)
      implements ConversionEffect {}
}
