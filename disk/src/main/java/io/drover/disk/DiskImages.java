// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.vmdk.VmdkDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** Opens an image by what is in it, never by its name. */
public final class DiskImages {
  private static final int QCOW2 = 0x514649fb;

  private DiskImages() {}

  /** The formats we tell apart. */
  public enum Format {
    /** VMDK in any layout, a descriptor included. */
    VMDK,
    /** qcow2, version 2 or 3. */
    QCOW2,
    /** Anything else: bytes as they are. */
    RAW
  }

  /** What a file begins as. */
  public static Format probe(Path path) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(512);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      while (start.hasRemaining() && channel.read(start) >= 0) {}
    }
    byte[] bytes = new byte[start.position()];
    start.flip().get(bytes);
    if (bytes.length >= 4 && ByteBuffer.wrap(bytes).getInt(0) == QCOW2) {
      return Format.QCOW2;
    }
    return VmdkDisk.looksLike(bytes) ? Format.VMDK : Format.RAW;
  }

  /**
   * Opens an image for random access.
   *
   * @throws io.drover.disk.image.DiskFormatException where it is damaged or not whole by itself
   */
  public static GuestDisk open(Path path) throws IOException {
    return switch (probe(path)) {
      case VMDK -> VmdkDisk.open(path);
      case QCOW2 -> Qcow2Disk.open(path);
      case RAW -> RawDisk.open(path);
    };
  }

  /**
   * Opens an image to be converted: a streamOptimized VMDK is read forward, which checks all of it,
   * every other at random.
   *
   * @throws io.drover.disk.image.DiskFormatException where it is damaged or not whole by itself
   */
  public static ExtentSource source(Path path) throws IOException {
    if (probe(path) == Format.VMDK && VmdkDisk.isStreamOptimized(path)) {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return Conversion.streamOptimized(channel, Set.<StreamHash>of());
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }
    return Conversion.disk(open(path));
  }
}
