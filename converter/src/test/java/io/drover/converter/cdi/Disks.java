// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The disks that the tests of this package copy. */
final class Disks {
  private Disks() {}

  /**
   * A thin disk.
   *
   * @param used bytes that it is known to hold; null = nobody knows
   */
  static Inventory.Disk disk(int key, long size, @Nullable Long used) {
    return new Inventory.Disk(
        key,
        "Hard disk " + (key < 2000 ? key : key - 1999),
        size,
        "ds1",
        "[ds1] web/web.vmdk",
        null,
        Inventory.Backing.FLAT,
        "pvscsi",
        0,
        0,
        false,
        false,
        true,
        null,
        used);
  }

  /**
   * An order to copy disks of a VM by streams.
   *
   * @param volumes by device key
   */
  static CopyOrder order(Sink sink, Map<Integer, Volume> volumes, List<Inventory.Disk> disks) {
    return new CopyOrder(
        new CopyId("c"),
        new MigrationId("m"),
        new VmKey("vc", "vm"),
        "vm-1",
        "web",
        Round.FINAL,
        Transfer.STREAM,
        sink,
        "shop",
        volumes,
        disks,
        Map.of());
  }
}
