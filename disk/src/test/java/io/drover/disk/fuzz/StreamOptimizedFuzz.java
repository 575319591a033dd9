// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.Conversion;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.ExtentSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Set;

/** Fuzzes the reader of streamOptimized streams. */
public final class StreamOptimizedFuzz {
  private StreamOptimizedFuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try {
      ExtentSource source =
          Conversion.streamOptimized(Channels.newChannel(new ByteArrayInputStream(data)), Set.of());
      Conversion.of(source, new DigestOnly())
          .workers(Some.WORKERS)
          .digest(source.size() < Some.MUCH)
          .run();
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }
}
