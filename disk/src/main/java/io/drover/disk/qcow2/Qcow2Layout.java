// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import io.drover.disk.image.DiskFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * What the header of a qcow2 image says, checked.
 *
 * @param version 2 or 3
 * @param clusterBits 9 to 21
 * @param size guest bytes
 * @param l1Size entries of the L1 table
 * @param l1Offset where it stands
 * @param zstd whether compressed clusters are zstd
 * @param snapshots whether it holds some, whose states may be mapped behind the disk
 */
record Qcow2Layout(
    int version,
    int clusterBits,
    long size,
    int l1Size,
    long l1Offset,
    boolean zstd,
    boolean snapshots) {
  private static final int SECTOR = 512;
  private static final long MAX_SIZE = 64L << 40;
  // The header ends inside the first cluster.
  private static final int MOST_HEADER = 1 << 21;
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
    if (version == 1) {
      throw new DiskFormatException(
          "The image is a QCOW of version 1, which is not read here",
          4,
          -1,
          "Convert it with qemu-img convert -O qcow2.");
    }
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
            version,
            in.getInt(20),
            in.getLong(24),
            in.getInt(36),
            in.getLong(40),
            zstd,
            in.getInt(60) != 0);
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
    if (size % SECTOR != 0) {
      throw wrong("The qcow2 header claims " + size + " bytes, which are no whole sectors", 24);
    }
    long need = tables();
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

  /** L2 tables that the disk needs. */
  private long tables() {
    long span = (long) cluster() * entriesPerTable();
    return (size + span - 1) / span;
  }

  /** The entries of the L1 table that map the disk; QEMU may leave others behind them. */
  long[] readL1(FileChannel channel) throws IOException {
    return readTable(channel, l1Offset, (int) tables());
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
