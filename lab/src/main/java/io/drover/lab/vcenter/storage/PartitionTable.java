// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * MBR and GPT partition tables, byte for byte as the UEFI specification (2.10, chapter 5) lays them
 * out, with primary and backup header and valid checksums.
 */
final class PartitionTable {
  static final int SECTOR = 512;
  private static final int ENTRIES = 128;
  private static final int ENTRY = 128;
  private static final long ALIGN = 2048;
  private static final UUID ESP = UUID.fromString("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
  private static final UUID MSR = UUID.fromString("e3c9e316-0b5c-4db8-817d-f92df00215ae");
  private static final UUID BASIC = UUID.fromString("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");
  private static final UUID LINUX = UUID.fromString("0fc63daf-8483-4772-8e79-3d69d8477de4");

  /** A partition, by its first and last sector, both inclusive. */
  record Partition(UUID type, String name, long first, long last) {}

  /** Bytes at an offset of the disk. */
  record Piece(long offset, byte[] bytes) {}

  private final List<Partition> partitions;
  private final List<Piece> pieces;

  private PartitionTable(List<Partition> partitions, List<Piece> pieces) {
    this.partitions = List.copyOf(partitions);
    this.pieces = List.copyOf(pieces);
  }

  List<Partition> partitions() {
    return partitions;
  }

  List<Piece> pieces() {
    return pieces;
  }

  static PartitionTable of(DiskLayout layout, long size, SplittableRandom random) {
    long sectors = size / SECTOR;
    return switch (layout) {
      case BLANK -> new PartitionTable(List.of(), List.of());
      case MBR_BOOT -> mbr(sectors, random);
      case GPT_LINUX ->
          gpt(
              sectors,
              random,
              new UUID[] {ESP, LINUX, LINUX},
              new String[] {"EFI System Partition", "boot", "root"},
              new long[] {64, 128, 0});
      case GPT_WINDOWS ->
          gpt(
              sectors,
              random,
              new UUID[] {ESP, MSR, BASIC},
              new String[] {
                "EFI system partition", "Microsoft reserved partition", "Basic data partition"
              },
              new long[] {100, 16, 0});
      case GPT_DATA ->
          gpt(sectors, random, new UUID[] {LINUX}, new String[] {"data"}, new long[] {0});
    };
  }

  private static PartitionTable mbr(long sectors, SplittableRandom random) {
    Partition only = new Partition(LINUX, "legacy", ALIGN, sectors - 1);
    byte[] sector = new byte[SECTOR];
    ByteBuffer b = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
    b.put(0, (byte) 0xfa);
    b.putInt(440, random.nextInt());
    entry(b, 446, (byte) 0x80, (byte) 0x83, only.first(), only.last() - only.first() + 1);
    b.putShort(510, (short) 0xaa55);
    return new PartitionTable(List.of(only), List.of(new Piece(0, sector)));
  }

  private static void entry(ByteBuffer b, int at, byte active, byte type, long first, long count) {
    b.put(at, active);
    b.put(at + 1, (byte) 0xfe).put(at + 2, (byte) 0xff).put(at + 3, (byte) 0xff);
    b.put(at + 4, type);
    b.put(at + 5, (byte) 0xfe).put(at + 6, (byte) 0xff).put(at + 7, (byte) 0xff);
    b.putInt(at + 8, (int) first);
    b.putInt(at + 12, (int) Math.min(count, 0xffff_ffffL));
  }

  private static PartitionTable gpt(
      long sectors, SplittableRandom random, UUID[] types, String[] names, long[] mebibytes) {
    List<Partition> partitions = new ArrayList<>();
    long next = ALIGN;
    long lastUsable = sectors - 34;
    for (int i = 0; i < types.length; i++) {
      long last =
          mebibytes[i] == 0 ? lastUsable : Math.min(lastUsable, next + mebibytes[i] * 2048 - 1);
      partitions.add(new Partition(types[i], names[i], next, last));
      next = (last / ALIGN + 1) * ALIGN;
    }
    byte[] protective = new byte[SECTOR];
    ByteBuffer p = ByteBuffer.wrap(protective).order(ByteOrder.LITTLE_ENDIAN);
    entry(p, 446, (byte) 0, (byte) 0xee, 1, sectors - 1);
    p.putShort(510, (short) 0xaa55);

    byte[] entries = new byte[ENTRIES * ENTRY];
    ByteBuffer e = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < partitions.size(); i++) {
      Partition part = partitions.get(i);
      e.position(i * ENTRY);
      guid(e, part.type());
      guid(e, new UUID(random.nextLong(), random.nextLong()));
      e.putLong(part.first()).putLong(part.last()).putLong(0);
      e.put(part.name().getBytes(StandardCharsets.UTF_16LE));
    }
    CRC32 crc = new CRC32();
    crc.update(entries);
    UUID disk = new UUID(random.nextLong(), random.nextLong());
    byte[] primary = header(1, sectors - 1, 2, lastUsable, disk, (int) crc.getValue());
    byte[] backup = header(sectors - 1, 1, sectors - 33, lastUsable, disk, (int) crc.getValue());
    return new PartitionTable(
        partitions,
        List.of(
            new Piece(0, protective),
            new Piece(SECTOR, primary),
            new Piece(2L * SECTOR, entries),
            new Piece((sectors - 33) * SECTOR, entries),
            new Piece((sectors - 1) * SECTOR, backup)));
  }

  private static byte[] header(
      long own, long other, long entriesAt, long lastUsable, UUID disk, int entriesCrc) {
    byte[] sector = new byte[SECTOR];
    ByteBuffer h = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
    h.put("EFI PART".getBytes(StandardCharsets.US_ASCII))
        .putInt(0x0001_0000)
        .putInt(92)
        .putInt(0)
        .putInt(0);
    h.putLong(own).putLong(other).putLong(34).putLong(lastUsable);
    guid(h, disk);
    h.putLong(entriesAt).putInt(ENTRIES).putInt(ENTRY).putInt(entriesCrc);
    CRC32 crc = new CRC32();
    crc.update(sector, 0, 92);
    h.putInt(16, (int) crc.getValue());
    return sector;
  }

  /** The first three groups of a GUID are little-endian on disk, the rest is in order. */
  private static void guid(ByteBuffer out, UUID id) {
    long high = id.getMostSignificantBits();
    out.putInt((int) (high >>> 32)).putShort((short) (high >>> 16)).putShort((short) high);
    long low = id.getLeastSignificantBits();
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.put((byte) (low >>> shift));
    }
  }
}
