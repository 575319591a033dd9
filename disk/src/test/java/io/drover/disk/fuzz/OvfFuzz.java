// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.container.OvfPackage;
import io.drover.disk.image.DiskFormatException;
import java.io.IOException;

/** Fuzzes the OVF descriptor parser. */
public final class OvfFuzz {
  private OvfFuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try {
      OvfPackage.parse(data);
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }
}
