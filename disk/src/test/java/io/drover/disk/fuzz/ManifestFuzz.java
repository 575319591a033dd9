// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.container.OvfManifest;
import io.drover.disk.image.DiskFormatException;
import java.io.IOException;

/** Fuzzes the manifest parser. */
public final class ManifestFuzz {
  private ManifestFuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try {
      OvfManifest.parse("vm.mf", data);
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }
}
