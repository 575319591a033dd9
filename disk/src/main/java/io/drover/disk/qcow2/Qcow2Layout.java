// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import io.drover.disk.image.DiskFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.stream.LongStream;

/**
 * What the header of a qcow2 image says, checked.
 *
 * @param version 2 or 3
 * @param clusterBits 9 to 21
 * @param size guest bytes
 * @param l1Size entries of the L1 table
 * @param l1Offset where it stands
 * @param zstd whether compressed clusters are zstd
 */
record Qcow2Layout(
    int version, int clusterBits, long size, int l1Size, long l1Offset, boolean zstd) {
  private static final long MAX_SIZE = 64L << 40;
  // The header ends inside the first cluster.
  private static final int MOST_HEADER = 1 << 21;
  // The table of the counts of 64 TiB in clusters of 64 KiB has 256 KiB.
  private static final int MAX_COUNTS = 4 << 20;
  private static final int MAX_L1 = 4 << 20;
  private static final String REMAKE = "Make the image again, or check it with qemu-img check.";

  static Qcow2Layout read(FileChannel channel) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(Qcow2Header.LENGTH);
    while (in.hasRemaining() && channel.read(in, in.position()) >= 0) {}
    if (in.position() >= 4 && in.position() < 72 && in.getInt(0) == Qcow2Header.MAGIC) {
      throw wrong("The file ends inside the qcow2 header", in.position());
    }
    if (in.position() < 72 || in.getInt(0) != Qcow2Header.MAGIC) {
      throw wrong("Expected a qcow2 image, but the file begins otherwise", 0);
    }
    int version = in.getInt(4);
    if (version != 2 && version != 3) {
      throw wrong(
          "The qcow2 header claims version " + Integer.toUnsignedString(version) + ", not 2 or 3",
          4);
    }
    if (version == 3 && in.position() < 104) {
      throw wrong("The file ends inside the qcow2 header", in.position());
    }
    if (in.getLong(8) != 0) {
      throw new DiskFormatException(
          "The qcow2 image has a backing file: it is not whole by itself",
          8,
          -1,
          "Flatten it with qemu-img convert.");
    }
    if (in.getInt(32) != 0) {
      throw new DiskFormatException(
          "The qcow2 image is encrypted", 32, -1, "Decrypt it with qemu-img convert.");
    }
    if (version == 3) {
      int order = in.getInt(96);
      if (order < 0 || order > 6) {
        throw wrong(
            "The qcow2 header claims reference counts of 2^"
                + Integer.toUnsignedString(order)
                + " bits",
            96);
      }
      int length = in.getInt(100);
      if (length < 104 || length > MOST_HEADER || length % 8 != 0) {
        throw wrong("The qcow2 header claims a length of " + Integer.toUnsignedString(length), 100);
      }
    }
    boolean zstd = version == 3 && features(in);
    Qcow2Layout layout =
        new Qcow2Layout(
            version, in.getInt(20), in.getLong(24), in.getInt(36), in.getLong(40), zstd);
    layout.check(channel.size());
    return layout;
  }

  /** Returns whether compression is zstd. */
  private static boolean features(ByteBuffer in) throws DiskFormatException {
    long features = in.getLong(72);
    if ((features & Qcow2Header.INCOMPATIBLE_CORRUPT) != 0) {
      throw wrong("The qcow2 image is marked corrupt", 72);
    }
    if ((features & Qcow2Header.INCOMPATIBLE_DATA_FILE) != 0) {
      throw new DiskFormatException(
          "The qcow2 image keeps its data in another file",
          72,
          -1,
          "Flatten it with qemu-img convert.");
    }
    if ((features & Qcow2Header.INCOMPATIBLE_EXTENDED_L2) != 0) {
      throw new DiskFormatException(
          "The qcow2 image has extended L2 entries, which are not read here",
          72,
          -1,
          "Convert it with qemu-img convert -O qcow2 -o extended_l2=off.");
    }
    long known = Qcow2Header.INCOMPATIBLE_DIRTY | Qcow2Header.INCOMPATIBLE_COMPRESSION;
    if ((features & ~known) != 0) {
      throw wrong("The qcow2 image has unknown features 0x" + Long.toHexString(features), 72);
    }
    int type =
        (features & Qcow2Header.INCOMPATIBLE_COMPRESSION) != 0 && in.position() > 104
            ? in.get(104)
            : Qcow2Header.ZLIB;
    if (type != Qcow2Header.ZLIB && type != Qcow2Header.ZSTD) {
      throw wrong("The qcow2 image has unknown compression " + type, 104);
    }
    return type == Qcow2Header.ZSTD;
  }

  private void check(long fileSize) throws DiskFormatException {
    if (clusterBits < 9 || clusterBits > 21) {
      throw wrong(
          "The qcow2 header claims clusters of 2^" + Integer.toUnsignedString(clusterBits), 20);
    }
    if (size <= 0 || size > MAX_SIZE) {
      throw wrong(
          "The qcow2 header claims " + Long.toUnsignedString(size) + " bytes, not 1 to 64 TiB", 24);
    }
    long span = (long) cluster() * entriesPerTable();
    long need = (size + span - 1) / span;
    if (l1Size < need || l1Size > MAX_L1) {
      throw wrong(
          "The qcow2 L1 table has " + Integer.toUnsignedString(l1Size) + " entries, not " + need,
          36);
    }
    if (l1Offset <= 0 || l1Offset % cluster() != 0 || l1Offset > fileSize - need * 8) {
      throw wrong(
          "The qcow2 L1 table claims to stand at byte "
              + Long.toUnsignedString(l1Offset)
              + " of a file of "
              + fileSize
              + clusters(),
          40);
    }
  }

  /**
   * Where the reference counts are stored, as far as the header and their table tell; they are not
   * needed to read the disk, only to see that nothing else claims their place.
   *
   * @return offsets in bytes of host clusters
   */
  static long[] counts(FileChannel channel, int cluster) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(72);
    while (header.hasRemaining() && channel.read(header, header.position()) >= 0) {}
    long at = header.getLong(48);
    long clusters = Integer.toUnsignedLong(header.getInt(56));
    long bytes = Math.min(MAX_COUNTS, clusters * cluster);
    if (at <= 0 || at % cluster != 0 || at > channel.size() - bytes) {
      return new long[0];
    }
    ByteBuffer table = ByteBuffer.allocate((int) bytes);
    while (table.hasRemaining() && channel.read(table, at + table.position()) >= 0) {}
    return LongStream.concat(
            LongStream.range(0, bytes / cluster).map(i -> at + i * cluster),
            LongStream.range(0, table.position() / 8)
                .map(i -> table.getLong((int) i * 8) & Qcow2Header.OFFSET_MASK)
                .filter(place -> place > 0))
        .toArray();
  }

  /** What a place must fit too. */
  String clusters() {
    return " bytes in clusters of " + cluster();
  }

  int cluster() {
    return 1 << clusterBits;
  }

  int entriesPerTable() {
    return cluster() / 8;
  }

  long[] readL1(FileChannel channel) throws IOException {
    long span = (long) cluster() * entriesPerTable();
    return readTable(channel, l1Offset, (int) ((size + span - 1) / span));
  }

  long[] readTable(FileChannel channel, long at, int entries) throws IOException {
    if (at % cluster() != 0 || at > channel.size() - entries * 8L) {
      throw wrong(
          "A qcow2 table claims to stand at byte "
              + at
              + " of a file of "
              + channel.size()
              + clusters(),
          at);
    }
    ByteBuffer in = ByteBuffer.allocate(entries * 8);
    while (in.hasRemaining()) {
      if (channel.read(in, at + in.position()) < 0) {
        throw wrong("The file ends inside a qcow2 table", at);
      }
    }
    long[] table = new long[entries];
    in.flip().asLongBuffer().get(table);
    return table;
  }

  private static DiskFormatException wrong(String what, long at) {
    return new DiskFormatException(what, at, -1, REMAKE);
  }
}
