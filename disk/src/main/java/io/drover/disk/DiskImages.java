// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.container.OvaArchive;
import io.drover.disk.container.OvaDisk;
import io.drover.disk.container.OvfFolder;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.RefusedException;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.vmdk.VmdkDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
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
  private static final long VHD = 0x636f6e6563746978L;
  private static final String CONVERT = "Convert it with qemu-img convert -O qcow2 first.";
  private static final int FILE_TYPE = 0170000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final Pattern DESCRIPTOR = Pattern.compile("(?i).*\\.ovf");

  /** Endings of formats that can be told by their first bytes; a flat file has none to tell. */
  private static final Pattern TOLD =
      Pattern.compile("(?i).*(?<!-flat)\\.(vmdk|qcow2?|ova|vhdx?|vdi)");

  /** One extent of a disk in files of 2 GiB, sparse or flat. */
  private static final Pattern EXTENT = Pattern.compile("(?i).*-[fs]\\d{3,}\\.vmdk");

  /** What describes a package beside its descriptor. */
  private static final Pattern PACKAGE = Pattern.compile("(?i).*\\.(mf|cert)");

  /** How formats begin that would pass for raw disks; each with what makes it readable here. */
  private static final List<Foreign> FOREIGN =
      List.of(
          new Foreign(0, "7668647866696c65", "a VHDX image", CONVERT),
          new Foreign(0, "636f6e6563746978", "a VHD image", CONVERT),
          new Foreign(64, "7f10dabe", "a VDI image", CONVERT),
          new Foreign(0, "51454400", "a QED image", CONVERT),
          new Foreign(0, "576974686f7574467265655370616365", "a Parallels image", CONVERT),
          new Foreign(0, "576974686f7546726553706163457874", "a Parallels image", CONVERT),
          new Foreign(0, "1f8b08", "packed by gzip", "Unpack it with gunzip first."),
          new Foreign(0, "fd377a585a00", "packed by xz", "Unpack it with unxz first."),
          new Foreign(0, "28b52ffd", "packed by zstd", "Unpack it with unzstd first."),
          new Foreign(0, "04224d18", "packed by lz4", "Unpack it with unlz4 first."),
          new Foreign(4, "314159265359", "packed by bzip2", "Unpack it with bunzip2 first."),
          new Foreign(0, "504b0304", "a zip archive", "Unpack it with unzip first."),
          new Foreign(0, "377abcaf271c", "a 7z archive", "Unpack it with 7z first."));

  private record Foreign(int at, String hex, String what, String remedy) {
    boolean matches(byte[] start) {
      byte[] magic = HexFormat.of().parseHex(hex);
      int end = at + magic.length;
      return end <= start.length && Arrays.equals(start, at, end, magic, 0, magic.length);
    }
  }

  private DiskImages() {}

  /** The formats we tell apart. */
  public enum Format {
    /** VMDK in any layout, a descriptor included. */
    VMDK,
    /** qcow2, version 2 or 3. */
    QCOW2,
    /** An OVF package in one archive. */
    OVA,
    /** The descriptor of an OVF package whose files lie beside it. */
    OVF,
    /** Anything else: bytes as they are. */
    RAW
  }

  /** What a file begins as. */
  public static Format probe(Path path) throws IOException {
    byte[] bytes = start(path);
    if (bytes.length >= 4 && ByteBuffer.wrap(bytes).getInt(0) == QCOW2) {
      return Format.QCOW2;
    }
    if (OvaArchive.looksLike(bytes)) {
      return Format.OVA;
    }
    if (VmdkDisk.looksLike(bytes)) {
      return Format.VMDK;
    }
    // XML may begin in many ways; whether it is a descriptor is seen when it is parsed.
    return DESCRIPTOR.matcher(String.valueOf(path.getFileName())).matches()
        ? Format.OVF
        : Format.RAW;
  }

  private static byte[] start(Path path) throws IOException {
    refuseWhatEndsWhenRead(path);
    ByteBuffer start = ByteBuffer.allocate(512);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      while (start.hasRemaining() && channel.read(start) >= 0) {}
    }
    byte[] bytes = new byte[start.position()];
    start.flip().get(bytes);
    return bytes;
  }

  /** A VHD of fixed size has nothing in front of the disk, and its footer in the last sector. */
  private static boolean endsAsVhd(Path path) throws IOException {
    ByteBuffer end = ByteBuffer.allocate(Long.BYTES);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      int got = channel.size() < 512 ? -1 : channel.read(end, channel.size() - 512);
      return got == Long.BYTES && end.getLong(0) == VHD;
    }
  }

  /** An image is opened more than once: of a pipe the second finds nothing, or waits for ever. */
  private static void refuseWhatEndsWhenRead(Path path) throws IOException {
    BasicFileAttributes state = Files.readAttributes(path, BasicFileAttributes.class);
    boolean block =
        state.isOther()
            && path.getFileSystem().supportedFileAttributeViews().contains("unix")
            && ((int) Files.getAttribute(path, "unix:mode") & FILE_TYPE) == BLOCK_DEVICE;
    if (!state.isRegularFile() && !block) {
      throw new RefusedException(
          "Expected a file or a block device, but "
              + path
              + (state.isDirectory() ? " is a folder" : " is neither, such as a pipe")
              + ". Name the image itself, as a file");
    }
  }

  /**
   * Opens an image for random access.
   *
   * @throws DiskFormatException where it is damaged, not whole by itself, or a package
   */
  public static GuestDisk open(Path path) throws IOException {
    return switch (probe(path)) {
      case VMDK -> {
        if (VmdkDisk.lacksDescriptor(path)) {
          refuseExtent(path);
        }
        yield VmdkDisk.open(path);
      }
      case QCOW2 -> Qcow2Disk.open(path);
      case OVA, OVF ->
          throw new DiskFormatException(
              path.getFileName() + " is a package, which is read forward only",
              "Convert its disk first.");
      case RAW -> raw(path);
    };
  }

  private static void refuseExtent(Path path) throws DiskFormatException {
    if (EXTENT.matcher(String.valueOf(path.getFileName())).matches()) {
      throw new DiskFormatException(
          path.getFileName() + " is named as one extent of a disk, which may have more",
          "Convert the descriptor beside it; if it is a whole disk, name it without the number.");
    }
  }

  /** A damaged image of another format must not pass for a raw disk that is whole. */
  private static GuestDisk raw(Path path) throws IOException {
    if (PACKAGE.matcher(String.valueOf(path.getFileName())).matches()) {
      throw new DiskFormatException(
          path.getFileName() + " is a part of an OVF package, but no disk",
          "Convert the .ovf beside it: its disk is compared with the manifest.");
    }
    byte[] start = start(path);
    if (start.length == 0) {
      throw new DiskFormatException(path.getFileName() + " is empty", "Fetch it again.");
    }
    for (Foreign foreign : FOREIGN) {
      if (foreign.matches(start)) {
        throw new DiskFormatException(
            path.getFileName() + " is " + foreign.what(), foreign.remedy());
      }
    }
    if (endsAsVhd(path)) {
      throw new DiskFormatException(
          path.getFileName() + " is a VHD image of fixed size",
          "Convert it with qemu-img convert -f vpc -O qcow2 first.");
    }
    refuseExtent(path);
    Matcher named = TOLD.matcher(String.valueOf(path.getFileName()));
    if (named.matches()) {
      throw new DiskFormatException(
          path.getFileName()
              + " is named as ."
              + named.group(1).toLowerCase(Locale.ROOT)
              + ", but does not begin as one does",
          "Fetch it again; if it is the bytes of a raw disk, name it .raw.");
    }
    return RawDisk.open(path);
  }

  /** The same as {@link #source(Path, String)} for a file that holds one disk. */
  public static ExtentSource source(Path path) throws IOException {
    return source(path, null);
  }

  /**
   * Opens an image to be converted: a streamOptimized VMDK, an OVA and the disk of an OVF package
   * are read forward, which checks all of them, every other at random.
   *
   * @param disk which disk of an OVA or OVF package, by its file name, id or number from 1; null
   *     where there is only one
   * @throws DiskFormatException where it is damaged or not whole by itself
   */
  public static ExtentSource source(Path path, @Nullable String disk) throws IOException {
    Format format = probe(path);
    if (format == Format.OVA) {
      return OvaDisk.open(FileChannel.open(path, StandardOpenOption.READ), disk);
    }
    if (format == Format.OVF) {
      OvfFolder folder = OvfFolder.open(path, disk);
      if (folder.isStream()) {
        return folder.stream();
      }
      folder.compare();
      GuestDisk opened = open(folder);
      try {
        folder.described().checkCapacity(opened.size(), 0);
      } catch (DiskFormatException e) {
        opened.close();
        throw e;
      }
      return Conversion.disk(opened);
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

  private static GuestDisk open(OvfFolder folder) throws IOException {
    try {
      return open(folder.disk());
    } catch (DiskFormatException e) {
      throw e.in(String.valueOf(folder.disk().getFileName()));
    }
  }

  /**
   * The files that are read of an image: itself, the extents that it names, the file of the disk.
   *
   * @param disk as for {@link #source(Path, String)}
   * @throws DiskFormatException where what names them is damaged
   */
  public static List<Path> files(Path path, @Nullable String disk) throws IOException {
    if (probe(path) != Format.OVF) {
      return parts(path);
    }
    OvfFolder folder = OvfFolder.open(path, disk);
    List<Path> files = new ArrayList<>(List.of(path));
    for (Path file : folder.files()) {
      try {
        files.addAll(parts(file));
      } catch (DiskFormatException e) {
        throw e.in(String.valueOf(file.getFileName()));
      }
    }
    return files;
  }

  private static List<Path> parts(Path image) throws IOException {
    return probe(image) == Format.VMDK ? VmdkDisk.files(image) : List.of(image);
  }

  /**
   * Names what an image holds without reading it, for {@link Conversion#resume}. What is read
   * forward is named by its place, since all of it comes again and is compared; what is read at
   * random by its files, their sizes, and when they were last changed: it is not read again where
   * it is durable.
   *
   * @param disk as for {@link #source(Path, String)}
   * @return null where nothing tells a changed image from an unchanged one, as of a block device
   */
  public static @Nullable String key(Path path, @Nullable String disk) throws IOException {
    Path image = path;
    Format format = probe(path);
    boolean stream;
    if (format == Format.OVF) {
      OvfFolder folder = OvfFolder.open(path, disk);
      image = folder.disk();
      stream = folder.isStream();
    } else {
      stream = format == Format.OVA || format == Format.VMDK && VmdkDisk.isStreamOptimized(image);
    }
    if (stream) {
      return "stream " + image.toRealPath() + " " + (disk == null ? "" : disk);
    }
    StringBuilder key = new StringBuilder("files");
    for (Path file : parts(image)) {
      BasicFileAttributes state = Files.readAttributes(file, BasicFileAttributes.class);
      if (!state.isRegularFile()) {
        return null;
      }
      // The time of a change cannot be set back by a tool, as that of a write can.
      Object changed =
          file.getFileSystem().supportedFileAttributeViews().contains("unix")
              ? Files.getAttribute(file, "unix:ctime")
              : "";
      key.append(' ')
          .append(file.toRealPath())
          .append(' ')
          .append(state.size())
          .append(' ')
          .append(state.lastModifiedTime().toInstant())
          .append(' ')
          .append(changed);
    }
    return key.toString();
  }
}
