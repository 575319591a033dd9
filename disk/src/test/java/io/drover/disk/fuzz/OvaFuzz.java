// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.Conversion;
import io.drover.disk.container.DiskChoiceException;
import io.drover.disk.container.OvaArchive;
import io.drover.disk.container.OvaDisk;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.pipe.DigestOnly;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Set;

/** Fuzzes the OVA reader, alone and as the source of a conversion. */
public final class OvaFuzz {
  private OvaFuzz() {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try (OvaArchive ova =
        new OvaArchive(
            new ForwardInput(Channels.newChannel(new ByteArrayInputStream(data)), Set.of()))) {
      ByteBuffer some = ByteBuffer.allocate(700);
      while (ova.next() != null) {
        ReadableByteChannel content = ova.content();
        while (content.read(some.clear()) > 0) {}
      }
    } catch (DiskChoiceException e) {
      return; // A package of several disks.
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
    try {
      OvaDisk disk = OvaDisk.open(Channels.newChannel(new ByteArrayInputStream(data)), null);
      Conversion.of(disk, new DigestOnly())
          .workers(Some.WORKERS)
          .digest(disk.size() < Some.MUCH)
          .run();
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }
}
