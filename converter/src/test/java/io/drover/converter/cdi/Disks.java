// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.schemas.Inventory;
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
}
