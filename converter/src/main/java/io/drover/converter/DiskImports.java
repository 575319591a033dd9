// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import org.jspecify.annotations.Nullable;

/**
 * The target volumes of a VM. Every method throws {@link CopyFault} when it is not so, and {@link
 * io.drover.engine.StopSignal.Stopped} when told to stop.
 */
public interface DiskImports {
  /** Makes the volume of a disk ready to take bytes. */
  CopyEvidence.VolumeReady prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt);

  /**
   * Writes one disk, whole. What an earlier attempt of this round left is gone on with where it is
   * durable, else thrown away first. Satisfied only when the volume was observed complete.
   *
   * @param offer read only as far as need be: not at all where all of it is staged
   */
  CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt);

  /** Has the cluster read the disk itself, at a snapshot (vddk). */
  CopyEvidence.DiskTransferred pull(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.SnapshotTaken snapshot, Attempt attempt);

  /**
   * Reads a disk that the cluster copied by itself at its source once more, and digests it; nothing
   * is written to the volume.
   */
  CopyEvidence.SourceDigested digestSource(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt);

  /** Digests the landed volume by a process of its own, inside the cluster. */
  CopyEvidence.VolumeDigested digest(
      CopyOrder order,
      Inventory.Disk disk,
      CopyEvidence.DiskTransferred transferred,
      Attempt attempt);

  /** Ends everything of this round that runs in the cluster; returns when it was seen gone. */
  void halt(CopyOrder order, Attempt attempt);

  /**
   * Removes everything that the migration's copies made in the cluster; returns when it was seen
   * gone.
   *
   * @param order the last order; null = nothing is known, look everywhere for our labels
   */
  void remove(MigrationId migration, @Nullable CopyOrder order, Attempt attempt);
}
