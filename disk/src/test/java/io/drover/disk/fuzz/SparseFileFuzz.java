// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.vmdk.VmdkDisk;
import java.io.IOException;

/** Fuzzes sparse VMDK files and descriptors with their extents. */
public final class SparseFileFuzz {
  private SparseFileFuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try (GuestDisk disk = VmdkDisk.open(Some.file(data))) {
      Some.read(disk);
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }
}
