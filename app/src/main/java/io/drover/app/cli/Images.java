// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.Conversion;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.raw.RawDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** Opens an image by what its first bytes say it is. */
final class Images {
  private static final int VMDK = 0x4B444D56;
  private static final int QCOW2 = 0x514649FB;

  private Images() {}

  /** An image as the source of a conversion. */
  static ExtentSource source(Path path, Set<StreamHash> hashes) throws IOException {
    return switch (magic(path)) {
      case VMDK ->
          Conversion.streamOptimized(FileChannel.open(path, StandardOpenOption.READ), hashes);
      default -> Conversion.disk(disk(path));
    };
  }

  /** A seekable image. */
  static GuestDisk disk(Path path) throws IOException {
    return magic(path) == QCOW2 ? Qcow2Disk.open(path) : RawDisk.open(path);
  }

  private static int magic(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer first = ByteBuffer.allocate(4);
      return file.read(first, 0) < 4 ? 0 : first.getInt(0);
    }
  }
}
