// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first sector of a hosted sparse extent ("KDMV"), as the Virtual Disk Format 5.0 note
 * describes it; all offsets and sizes in sectors of 512 bytes.
 *
 * @param version 1 to 3
 * @param flags see the constants
 * @param capacity guest sectors
 * @param grainSectors sectors of a grain
 * @param descriptorOffset of the embedded descriptor, 0 for none
 * @param descriptorSectors room of the descriptor
 * @param entriesPerTable grain table entries in one table
 * @param redundantDirectory offset of the second grain directory
 * @param directory offset of the grain directory, or {@link #AT_END}
 * @param overhead sectors before the first grain
 * @param compression 0 none, 1 deflate
 */
record SparseHeader(
    int version,
    int flags,
    long capacity,
    long grainSectors,
    long descriptorOffset,
    long descriptorSectors,
    int entriesPerTable,
    long redundantDirectory,
    long directory,
    long overhead,
    int compression) {
  static final int MAGIC = 0x564d444b;
  static final int COWD_MAGIC = 0x44574f43;
  static final long SESPARSE_MAGIC = 0xcafebabeL;
  static final int SECTOR = 512;
  static final long AT_END = -1L;
  static final int NEWLINE_TEST = 1;
  static final int REDUNDANT = 1 << 1;
  static final int ZEROED_GRAINS = 1 << 2;
  static final int COMPRESSED = 1 << 16;
  static final int MARKERS = 1 << 17;

  /** The largest disk vSphere has is 62 TiB; a claim above 64 TiB is damage or malice. */
  static final long MAX_SECTORS = 64L << (40 - 9);

  private static final int MAX_COMPRESSED_GRAIN = 2048;
  private static final int MAX_TABLES = 1 << 23;
  private static final String NEW_EXPORT = "Export the disk again.";

  /**
   * Reads and checks a header.
   *
   * @param sector 512 bytes
   * @param at where it stands, for messages
   */
  static SparseHeader parse(ByteBuffer sector, long at) throws DiskFormatException {
    ByteBuffer in = sector.slice().order(ByteOrder.LITTLE_ENDIAN);
    refuseOthers(in, at);
    SparseHeader header =
        new SparseHeader(
            in.getInt(4),
            in.getInt(8),
            in.getLong(12),
            in.getLong(20),
            in.getLong(28),
            in.getLong(36),
            in.getInt(44),
            in.getLong(48),
            in.getLong(56),
            in.getLong(64),
            Short.toUnsignedInt(in.getShort(77)));
    // First, since it puts everything behind it out of place.
    if (header.has(NEWLINE_TEST)
        && (in.get(73) != '\n' || in.get(74) != ' ' || in.get(75) != '\r' || in.get(76) != '\n')) {
      throw new DiskFormatException(
          "The VMDK went through a text-mode transfer: its line-end probe is changed",
          at + 73,
          DiskFormatException.NOWHERE,
          "Transfer the original again in binary mode.");
    }
    header.check(at);
    return header;
  }

  private static void refuseOthers(ByteBuffer in, long at) throws DiskFormatException {
    int magic = in.getInt(0);
    if (magic == MAGIC) {
      return;
    }
    if (magic == COWD_MAGIC) {
      throw new DiskFormatException(
          "This is a vmfsSparse (COWD) delta of a snapshot, not a whole disk",
          "Consolidate the snapshots, or export the virtual machine.");
    }
    if (in.getLong(0) == SESPARSE_MAGIC) {
      throw new DiskFormatException(
          "This is a seSparse delta of a snapshot, not a whole disk",
          "Consolidate the snapshots, or export the virtual machine.");
    }
    throw new DiskFormatException(
        "Expected a VMDK (KDMV), but the first bytes are 0x" + Integer.toHexString(magic),
        at,
        DiskFormatException.NOWHERE,
        "Check that the source is a VMDK and the download no error page.");
  }

  private void check(long at) throws DiskFormatException {
    if (version < 1 || version > 3) {
      throw wrong("version " + Integer.toUnsignedString(version) + ", not 1 to 3", at + 4);
    }
    if (capacity <= 0 || capacity > MAX_SECTORS) {
      throw wrong(
          "a capacity of " + Long.toUnsignedString(capacity) + " sectors, not 1 to 64 TiB",
          at + 12);
    }
    if (Long.bitCount(grainSectors) != 1
        || grainSectors < 8
        || grainSectors * SECTOR > Extent.SIZE
        || grainSectors > Extent.SIZE) {
      throw wrong(
          "a grain of "
              + Long.toUnsignedString(grainSectors)
              + " sectors, not a power of two from 8 to 8192",
          at + 20);
    }
    if (entriesPerTable < 1 || entriesPerTable > 65536) {
      throw wrong(Integer.toUnsignedString(entriesPerTable) + " entries to a grain table", at + 44);
    }
    if ((grains() + entriesPerTable - 1) / entriesPerTable > MAX_TABLES) {
      throw wrong("more than " + MAX_TABLES + " grain tables", at + 44);
    }
    if (descriptorOffset < 0 || descriptorSectors < 0 || descriptorSectors > 2048) {
      throw wrong(
          "a descriptor of " + Long.toUnsignedString(descriptorSectors) + " sectors", at + 36);
    }
    if (descriptorOffset > MAX_SECTORS) {
      throw wrong("a descriptor at sector " + descriptorOffset, at + 28);
    }
    if (has(COMPRESSED) && grainSectors > MAX_COMPRESSED_GRAIN) {
      throw wrong("compressed grains of " + grainSectors + " sectors, more than 2048", at + 20);
    }
    if (compression > 1) {
      throw wrong("compression " + compression + ", not 0 or 1 (deflate)", at + 77);
    }
    if (has(COMPRESSED) != (compression == 1)) {
      throw wrong("compression " + compression + ", but flags that say otherwise", at + 77);
    }
    if (overhead < 0 || overhead > MAX_SECTORS) {
      throw wrong("an overhead of " + Long.toUnsignedString(overhead) + " sectors", at + 64);
    }
  }

  /**
   * Compares the header with the descriptor beside it; some writers round the header's capacity up
   * to a grain.
   *
   * @param at where the descriptor stands in the file
   * @throws DiskFormatException where they speak of disks of different sizes
   */
  void check(Descriptor descriptor, long at) throws DiskFormatException {
    if (descriptor.extents().size() != 1) {
      return;
    }
    long said = descriptor.extents().getFirst().sectors();
    if (!holds(said)) {
      throw new DiskFormatException(
          "The VMDK header claims " + capacity + " sectors, the descriptor in it says " + said,
          at,
          DiskFormatException.NOWHERE,
          NEW_EXPORT);
    }
  }

  /** Whether this is the capacity of a disk of so many sectors, rounded up to a grain or not. */
  boolean holds(long sectors) {
    return capacity == sectors
        || capacity == (sectors + grainSectors - 1) / grainSectors * grainSectors;
  }

  private static DiskFormatException wrong(String what, long at) {
    return new DiskFormatException(
        "The VMDK header claims " + what, at, DiskFormatException.NOWHERE, NEW_EXPORT);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  boolean streamOptimized() {
    return has(COMPRESSED) && compression == 1;
  }

  boolean directoryAtEnd() {
    return directory == AT_END;
  }

  long size() {
    return capacity * SECTOR;
  }

  int grainBytes() {
    return (int) grainSectors * SECTOR;
  }

  long grains() {
    return (capacity + grainSectors - 1) / grainSectors;
  }

  /** Grain tables, which is entries of the directory. */
  int tables() {
    return Math.toIntExact((grains() + entriesPerTable - 1) / entriesPerTable);
  }

  /** Sectors of one grain table. */
  int tableSectors() {
    return (entriesPerTable * 4 + SECTOR - 1) / SECTOR;
  }

  /** Sectors of the grain directory. */
  int directorySectors() {
    return (int) (((long) tables() * 4 + SECTOR - 1) / SECTOR);
  }

  /** The 512 bytes of this header. */
  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, MAGIC)
        .putInt(4, version)
        .putInt(8, flags)
        .putLong(12, capacity)
        .putLong(20, grainSectors)
        .putLong(28, descriptorOffset)
        .putLong(36, descriptorSectors)
        .putInt(44, entriesPerTable)
        .putLong(48, redundantDirectory)
        .putLong(56, directory)
        .putLong(64, overhead)
        .put(73, (byte) '\n')
        .put(74, (byte) ' ')
        .put(75, (byte) '\r')
        .put(76, (byte) '\n')
        .putShort(77, (short) compression);
    return out;
  }

  SparseHeader withDirectory(long at, long firstGrain) {
    return new SparseHeader(
        version,
        flags,
        capacity,
        grainSectors,
        descriptorOffset,
        descriptorSectors,
        entriesPerTable,
        redundantDirectory,
        at,
        firstGrain,
        compression);
  }
}
