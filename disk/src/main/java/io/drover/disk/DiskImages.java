// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.container.OvaArchive;
import io.drover.disk.container.OvaDisk;
import io.drover.disk.image.DiskFormatException;
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
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Opens an image by what is in it, never by its name; but one that is named as a format which it is
 * not is refused.
 */
public final class DiskImages {
  private static final int QCOW2 = 0x514649fb;

  /** Endings of formats that can be told by their first bytes; a flat extent has none to tell. */
  private static final Pattern TOLD =
      Pattern.compile("(?i).*(?<!-flat|-f\\d{3})\\.(vmdk|qcow2?|ova|vhdx?|vdi)");

  /** What describes a package and its files. */
  private static final Pattern PACKAGE = Pattern.compile("(?i).*\\.(ovf|mf|cert)");

  private DiskImages() {}

  /** The formats we tell apart. */
  public enum Format {
    /** VMDK in any layout, a descriptor included. */
    VMDK,
    /** qcow2, version 2 or 3. */
    QCOW2,
    /** An OVF package in one archive. */
    OVA,
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
    if (OvaArchive.looksLike(bytes)) {
      return Format.OVA;
    }
    return VmdkDisk.looksLike(bytes) ? Format.VMDK : Format.RAW;
  }

  /**
   * Opens an image for random access.
   *
   * @throws DiskFormatException where it is damaged, not whole by itself, or an OVA
   */
  public static GuestDisk open(Path path) throws IOException {
    return switch (probe(path)) {
      case VMDK -> VmdkDisk.open(path);
      case QCOW2 -> Qcow2Disk.open(path);
      case OVA ->
          throw new DiskFormatException(
              path.getFileName() + " is an OVA, which is read forward only",
              "Convert its disk first.");
      case RAW -> raw(path);
    };
  }

  /** A damaged image of another format must not pass for a raw disk that is whole. */
  private static GuestDisk raw(Path path) throws IOException {
    if (PACKAGE.matcher(String.valueOf(path.getFileName())).matches()) {
      throw new DiskFormatException(
          path.getFileName() + " is a part of an OVF package, but no disk",
          "Convert the disk that it names, or pack the package into one .ova, of which the manifest"
              + " is checked, too.");
    }
    Matcher named = TOLD.matcher(String.valueOf(path.getFileName()));
    if (named.matches()) {
      throw new DiskFormatException(
          path.getFileName()
              + " does not begin as a "
              + named.group(1).toLowerCase(Locale.ROOT)
              + " does",
          "Fetch it again; if it is the bytes of a raw disk, name it .raw.");
    }
    return RawDisk.open(path);
  }

  /** The same as {@link #source(Path, String)} for a file that holds one disk. */
  public static ExtentSource source(Path path) throws IOException {
    return source(path, null);
  }

  /**
   * Opens an image to be converted: a streamOptimized VMDK and an OVA are read forward, which
   * checks all of them, every other at random.
   *
   * @param disk which disk of an OVA, by its file name or id; null where there is only one
   * @throws DiskFormatException where it is damaged or not whole by itself
   */
  public static ExtentSource source(Path path, @Nullable String disk) throws IOException {
    Format format = probe(path);
    if (format == Format.OVA) {
      return OvaDisk.open(FileChannel.open(path, StandardOpenOption.READ), disk);
    }
    if (format == Format.VMDK && VmdkDisk.isStreamOptimized(path)) {
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
