// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.Conversion;
import io.drover.disk.DiskImages;
import io.drover.disk.container.DiskChoiceException;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.ExtentSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Fuzzes the door: files of any name and content, told apart, named, and read as a source. */
public final class DiskImagesFuzz {
  private static final String[] NAMES = {
    "door.vmdk",
    "door",
    "door.raw",
    "door.qcow2",
    "door-flat.vmdk",
    "door.ova",
    "door.ovf",
    "door.vhdx",
    "door.mf",
    "door.img"
  };

  private DiskImagesFuzz() {}

  /** Called with each input: its first byte chooses the name. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    if (data.length == 0) {
      return;
    }
    String name = NAMES[Byte.toUnsignedInt(data[0]) % NAMES.length];
    Path file = Some.file(name, Arrays.copyOfRange(data, 1, data.length));
    try {
      // What every image names: itself, a package beside it.
      if (!DiskImages.files(file, null).contains(file) || DiskImages.key(file, null) == null) {
        throw new AssertionError("A file without a name: " + name);
      }
      ExtentSource source = DiskImages.source(file, null);
      if (source.size() > Some.MUCH) {
        source.close();
        return;
      }
      Conversion.of(source, new DigestOnly()).workers(Some.WORKERS).run();
    } catch (DiskFormatException e) {
      Some.precise(e);
    } catch (DiskChoiceException e) {
      // A package of several disks, of which none was chosen.
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
