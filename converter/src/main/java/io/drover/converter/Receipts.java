// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence.DiskTransferred;
import io.drover.schemas.CopyEvidence.VolumeDigested;
import io.drover.schemas.DiskDifference;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import org.jspecify.annotations.Nullable;

/** Writes receipts: what is proved about the copy of a disk, and never more than that. */
final class Receipts {
  /** Ranges that a sentence names; the fact holds more. */
  private static final int NAMED = 8;

  private Receipts() {}

  /** Of a disk whose volume is not read back in this round. */
  static Receipt unread(CopyOrder order, int disk, DiskTransferred transferred) {
    boolean matched = transferred.source() != null && transferred.streamChecksum() != null;
    return receipt(
        order,
        disk,
        transferred,
        matched ? Receipt.Level.TRANSFER : Receipt.Level.NONE,
        null,
        null);
  }

  /** Of a disk whose landed volume was read back and does not differ. */
  static Receipt readBack(
      CopyOrder order, int disk, DiskTransferred transferred, VolumeDigested digested) {
    return receipt(
        order,
        disk,
        transferred,
        transferred.source() == null ? Receipt.Level.TARGET : Receipt.Level.BOTH,
        digested.target(),
        digested.cached());
  }

  private static Receipt receipt(
      CopyOrder order,
      int disk,
      DiskTransferred transferred,
      Receipt.Level level,
      @Nullable DiskDigest target,
      @Nullable Boolean cached) {
    return new Receipt(
        disk,
        transferred.volume(),
        level,
        Orders.disk(order, disk).capacityBytes(),
        transferred.bytesRead(),
        transferred.bytesWritten(),
        transferred.source(),
        target,
        transferred.streamChecksum(),
        transferred.startedAt(),
        transferred.endedAt(),
        cached);
  }

  /** Why the landed volume is not what the source was; null = nothing says so. */
  static @Nullable Problem difference(
      CopyOrder order, int key, DiskTransferred transferred, VolumeDigested digested) {
    Inventory.Disk disk = Orders.disk(order, key);
    DiskDigest source = transferred.source();
    DiskDigest target = digested.target();
    if (target.size() != disk.capacityBytes()) {
      return corrupt(
          order,
          disk,
          transferred,
          "was read back over " + target.size() + " bytes, not " + disk.capacityBytes());
    }
    if (source != null && !source.equals(target)) {
      return corrupt(
          order,
          disk,
          transferred,
          "reads back as "
              + target.root()
              + ", but the source was "
              + source.root()
              + where(digested.difference()));
    }
    return null;
  }

  private static String where(@Nullable DiskDifference difference) {
    if (difference == null) {
      return "";
    }
    var text = new StringBuilder("; it differs within ");
    int named = 0;
    for (DiskDifference.Range range : difference.ranges()) {
      if (named++ == NAMED) {
        text.append(", and more");
        break;
      }
      text.append(named == 1 ? "" : ", ")
          .append(range.length())
          .append(" bytes at ")
          .append(range.offset());
    }
    return text.toString();
  }

  private static Problem corrupt(
      CopyOrder order, Inventory.Disk disk, DiskTransferred transferred, String how) {
    return new Problem(
        Problem.Kind.CORRUPT,
        "digest-mismatch",
        "Volume %s, the copy of disk %s (%d) of VM %s, %s."
            .formatted(transferred.volume(), disk.label(), disk.deviceKey(), order.vmName(), how),
        "Check the target's storage, remove the copies, and copy the VM again; nothing was started"
            + " from this volume.");
  }
}
