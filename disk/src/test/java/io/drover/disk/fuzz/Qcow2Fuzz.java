// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.qcow2.Qcow2Disk;
import java.io.IOException;

/** Fuzzes the qcow2 reader. */
public final class Qcow2Fuzz {
  private Qcow2Fuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try (GuestDisk disk = Qcow2Disk.open(Some.file(data))) {
      Some.read(disk);
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }
}
