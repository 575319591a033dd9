// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.JoinedDisk;
import io.drover.disk.image.NamedFile;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.vmdk.Descriptor.ExtentLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Opens a VMDK that lies in files: one sparse file, or a text descriptor with its extents beside it
 * (twoGbMaxExtentSparse and Flat, monolithicFlat, vmfs and its thin and thick kinds).
 */
public final class VmdkDisk {
  private static final int SECTOR = SparseHeader.SECTOR;

  private VmdkDisk() {}

  /** Whether a file begins as a VMDK, one that is refused included. */
  public static boolean looksLike(byte[] start) {
    if (start.length >= 8) {
      ByteBuffer in = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
      int magic = in.getInt(0);
      if (magic == SparseHeader.MAGIC
          || magic == SparseHeader.COWD_MAGIC
          || in.getLong(0) == SparseHeader.SESPARSE_MAGIC) {
        return true;
      }
    }
    return Descriptor.looksLike(start);
  }

  /** Whether a file is a streamOptimized VMDK, which is best read forward as a stream. */
  public static boolean isStreamOptimized(Path path) throws IOException {
    byte[] start = start(path, SECTOR);
    return start.length == SECTOR
        && ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == SparseHeader.MAGIC
        && SparseHeader.parse(ByteBuffer.wrap(start), 0).streamOptimized();
  }

  /** Whether a file is sparse and has no descriptor in it, as one extent of several. */
  public static boolean lacksDescriptor(Path path) throws IOException {
    byte[] header = start(path, SECTOR);
    ByteBuffer in = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    if (header.length < SECTOR || in.getInt(0) != SparseHeader.MAGIC) {
      return false;
    }
    // QEMU names a place for it in each extent, and leaves that empty.
    long at = in.getLong(28) * SECTOR;
    if (at <= 0 || at > Descriptor.MAX_BYTES) {
      return at == 0;
    }
    byte[] text = start(path, (int) at + 1);
    return text.length <= at || text[(int) at] == 0;
  }

  /**
   * Opens a VMDK for random access.
   *
   * @param path the sparse file or the descriptor
   * @throws DiskFormatException where it is damaged, not whole by itself, or names files elsewhere
   */
  public static GuestDisk open(Path path) throws IOException {
    byte[] start = start(path, SECTOR);
    if (!Descriptor.looksLike(start)) {
      return SparseDisk.open(path);
    }
    return join(path, descriptor(path));
  }

  private static Descriptor descriptor(Path path) throws IOException {
    long size = Files.size(path);
    if (size > Descriptor.MAX_BYTES) {
      throw new DiskFormatException(
          "The VMDK descriptor has " + size + " bytes, more than " + Descriptor.MAX_BYTES,
          "Check that the file is a VMDK descriptor.");
    }
    return Descriptor.whole(Files.readAllBytes(path));
  }

  /**
   * The files that a VMDK is made of: itself, and the extents that a descriptor names.
   *
   * @throws DiskFormatException where the descriptor is damaged or names files elsewhere
   */
  public static List<Path> files(Path path) throws IOException {
    List<Path> files = new ArrayList<>(List.of(path));
    if (Descriptor.looksLike(start(path, SECTOR))) {
      for (ExtentLine extent : descriptor(path).extents()) {
        // Others have no file, or one that is not read.
        if (stored(extent)) {
          files.add(beside(path, extent.file()));
        }
      }
    }
    return files;
  }

  private static byte[] start(Path path, int count) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer in = ByteBuffer.allocate(count);
      while (in.hasRemaining() && channel.read(in) >= 0) {}
      byte[] bytes = new byte[in.position()];
      in.flip().get(bytes);
      return bytes;
    }
  }

  private static GuestDisk join(Path path, Descriptor descriptor) throws IOException {
    if (descriptor.extents().isEmpty()) {
      throw new DiskFormatException(
          "The VMDK descriptor names no extent", "Copy the original descriptor again.");
    }
    List<JoinedDisk.Part> parts = new ArrayList<>();
    Map<Object, TreeMap<Long, Long>> claimed = new HashMap<>();
    long sectors = 0;
    try {
      for (ExtentLine extent : descriptor.extents()) {
        sectors += extent.sectors();
        if (extent.sectors() <= 0
            || extent.sectors() > SparseHeader.MAX_SECTORS
            || sectors > SparseHeader.MAX_SECTORS) {
          throw new DiskFormatException(
              "The VMDK descriptor claims "
                  + extent.sectors()
                  + " sectors for one extent, "
                  + sectors
                  + " in all",
              "Copy the original descriptor again.");
        }
        if (extent.access().equals("NOACCESS")) {
          throw new DiskFormatException(
              "The VMDK descriptor has an extent that may not be read (NOACCESS)",
              "Export the virtual machine from vSphere instead.");
        }
        claim(claimed, path, extent);
        parts.add(part(path, extent));
      }
      return new JoinedDisk(parts);
    } catch (IOException | RuntimeException e) {
      new JoinedDisk(parts).close();
      throw e;
    }
  }

  private static boolean stored(ExtentLine extent) {
    return switch (extent.type()) {
      case "FLAT", "VMFS", "SPARSE" -> true;
      default -> false;
    };
  }

  /** Refuses two extents at one place, by which a small file could claim to hold a huge disk. */
  private static void claim(
      Map<Object, TreeMap<Long, Long>> claimed, Path descriptor, ExtentLine extent)
      throws IOException {
    if (!stored(extent)) {
      return;
    }
    // Two names may be links to one file.
    Path file = beside(descriptor, extent.file());
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    TreeMap<Long, Long> ranges =
        claimed.computeIfAbsent(key == null ? file.toRealPath() : key, k -> new TreeMap<>());
    // A sparse file belongs to one extent as a whole.
    long start = extent.type().equals("SPARSE") ? 0 : extent.offset();
    long end = extent.type().equals("SPARSE") ? Long.MAX_VALUE : start + extent.sectors();
    Map.Entry<Long, Long> before = ranges.lowerEntry(end);
    if (before != null && before.getValue() > start) {
      throw new DiskFormatException(
          "Two extents of the VMDK descriptor claim the same bytes of " + extent.file(),
          "Copy the original descriptor again.");
    }
    ranges.put(start, end);
  }

  private static JoinedDisk.Part part(Path path, ExtentLine extent) throws IOException {
    long length = extent.sectors() * SECTOR;
    return switch (extent.type()) {
      case "ZERO" -> new JoinedDisk.Part("", null, 0, length);
      case "FLAT", "VMFS" -> {
        Path file = beside(path, extent.file());
        long offset = extent.offset() * SECTOR;
        if (offset < 0 || extent.offset() > SparseHeader.MAX_SECTORS) {
          throw new DiskFormatException(
              "The extent " + extent.file() + " claims to begin at sector " + extent.offset(),
              "Copy the original descriptor again.");
        }
        RawDisk raw = RawDisk.open(file);
        if (raw.size() - offset < length) {
          raw.close();
          throw new DiskFormatException(
              "The extent "
                  + extent.file()
                  + " has "
                  + raw.size()
                  + " bytes, the descriptor wants "
                  + (offset + length),
              "Copy " + extent.file() + " again: it was cut short.");
        }
        yield new JoinedDisk.Part(extent.file(), raw, offset, length);
      }
      case "SPARSE" -> {
        SparseDisk sparse = sparse(path, extent);
        if (!sparse.holds(extent.sectors())) {
          sparse.close();
          throw new DiskFormatException(
              "The extent "
                  + extent.file()
                  + " holds "
                  + sparse.size()
                  + " bytes, the descriptor wants "
                  + length,
              "Copy " + extent.file() + " and its descriptor again.");
        }
        yield new JoinedDisk.Part(extent.file(), sparse, 0, length);
      }
      case "VMFSSPARSE", "SESPARSE", "VSANSPARSE" ->
          throw new DiskFormatException(
              "The extent " + extent.file() + " is a snapshot delta of type " + extent.type(),
              "Consolidate the snapshots, or export the whole virtual machine.");
      default ->
          throw new DiskFormatException(
              "The extent "
                  + extent.file()
                  + " has the type "
                  + extent.type()
                  + ", which is no file of ours to read (a device or raw mapping)",
              "Export the virtual machine from vSphere instead.");
    };
  }

  private static SparseDisk sparse(Path path, ExtentLine extent) throws IOException {
    Path file = beside(path, extent.file());
    try {
      return SparseDisk.open(file);
    } catch (DiskFormatException e) {
      throw e.in(extent.file());
    }
  }

  /** Resolves an extent's file, which must lie beside its descriptor. */
  private static Path beside(Path descriptor, String name) throws IOException {
    Path directory = descriptor.toAbsolutePath().toRealPath().getParent();
    boolean plain =
        !name.isEmpty()
            && name.indexOf('/') < 0
            && name.indexOf('\\') < 0
            && name.indexOf('\0') < 0
            && !name.equals(".")
            && !name.equals("..")
            && !name.toLowerCase(Locale.ROOT).startsWith("vsan:");
    if (name.startsWith("/dev/")) {
      throw new DiskFormatException(
          "The VMDK descriptor names a device, which is no file of ours to read: \"" + name + "\"",
          "Export the virtual machine from vSphere instead.");
    }
    if (!plain || directory == null) {
      throw foreign(name);
    }
    Path file = NamedFile.in(directory, name);
    if (!Files.exists(file)) {
      throw new DiskFormatException(
          "The extent " + name + " is not beside its descriptor",
          "Copy it into the same directory.");
    }
    if (!Files.isRegularFile(file)) {
      throw new DiskFormatException(
          "The extent " + name + " is no file, but a folder, a pipe or a device",
          "Copy the file of the extent beside the descriptor.");
    }
    // A link could lead out of the directory just as well as a path.
    if (!directory.equals(file.toRealPath().getParent())) {
      throw foreign(name);
    }
    return file;
  }

  private static DiskFormatException foreign(String name) {
    return new DiskFormatException(
        "The VMDK descriptor names an extent outside its directory: \"" + name + "\"",
        "Put the descriptor and its extents into one directory and name them plainly.");
  }
}
