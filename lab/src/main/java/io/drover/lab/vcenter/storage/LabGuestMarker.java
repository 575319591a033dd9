// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a lab guest wrote last, as a record at a known place of each of its disks: who wrote it, in
 * which boot, its number, whether the guest was shut down cleanly, and checksums of its latest data
 * writes. A copy of the disk is good to boot only if the record is whole and those writes are there
 * too, so a copy that missed the last delta does not pass.
 *
 * <p>Layout of the 512 bytes at byte 524288, big-endian: 16 bytes magic, 16 bytes instance UUID, 16
 * bytes boot id, 8 bytes sequence, 4 bytes state (1 running, 2 shut down), 4 bytes count, count
 * times (8 bytes offset, 4 bytes length, 4 bytes CRC-32C), zeros, and at 508 the CRC-32C of all
 * before it.
 *
 * @param instanceUuid vCenter's instance UUID of the virtual machine that wrote it
 * @param bootId a fresh one for every start of the guest
 * @param sequence rises by one with every record, over all boots
 * @param clean whether the guest wrote it as the last act of a shutdown
 * @param writes the latest data writes, newest last
 */
public record LabGuestMarker(
    UUID instanceUuid, UUID bootId, long sequence, boolean clean, List<Write> writes) {
  /**
   * Byte offset of the record, in the gap that every partition table leaves before the first
   * partition.
   */
  public static final long OFFSET = 512 * 1024;

  /** Bytes of the record. */
  public static final int LENGTH = 512;

  /** How many data writes a record remembers. */
  public static final int MEMORY = 8;

  private static final byte[] MAGIC = "DROVER-GUEST-001".getBytes(StandardCharsets.US_ASCII);
  private static final int CHECK_AT = LENGTH - 4;

  /** A data write of the guest: where, how long, and the CRC-32C of its bytes. */
  public record Write(long offset, int length, int check) {
    /** Remembers the given bytes. */
    public static Write of(long offset, byte[] bytes) {
      return new Write(offset, bytes.length, crc(bytes, bytes.length));
    }
  }

  /** Reads bytes of a disk, wherever it is. */
  @FunctionalInterface
  public interface Reader {
    byte[] read(long offset, int length) throws IOException;
  }

  /**
   * What a look at a disk found: a marker and whether all it vouches for is there; otherwise the
   * reason in one sentence.
   */
  public record Verdict(@Nullable LabGuestMarker marker, boolean whole, String reason) {
    /** Whether a guest could boot from it. */
    public boolean bootable() {
      return whole && marker != null;
    }
  }

  public LabGuestMarker {
    writes = List.copyOf(writes);
  }

  /** Looks for the record in a raw disk file and verifies it and the writes it names. */
  public static Verdict verify(Path raw) throws IOException {
    try (FileChannel channel = FileChannel.open(raw, StandardOpenOption.READ)) {
      return verify((offset, length) -> read(channel, offset, length));
    }
  }

  /** Looks for the record on a disk and verifies it and the writes it names. */
  public static Verdict verify(Reader disk) throws IOException {
    byte[] bytes = disk.read(OFFSET, LENGTH);
    if (!Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return new Verdict(
          null, false, "No guest ever wrote to this disk: there is no marker at byte " + OFFSET);
    }
    ByteBuffer b = ByteBuffer.wrap(bytes).position(MAGIC.length);
    if (crc(bytes, CHECK_AT) != b.getInt(CHECK_AT)) {
      return new Verdict(null, false, "The guest's marker is torn: its checksum does not match");
    }
    UUID instance = new UUID(b.getLong(), b.getLong());
    UUID boot = new UUID(b.getLong(), b.getLong());
    long sequence = b.getLong();
    boolean clean = b.getInt() == 2;
    int count = b.getInt();
    List<Write> writes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      writes.add(new Write(b.getLong(), b.getInt(), b.getInt()));
    }
    LabGuestMarker marker = new LabGuestMarker(instance, boot, sequence, clean, writes);
    for (Write write : writes) {
      byte[] there = disk.read(write.offset(), write.length());
      if (crc(there, there.length) != write.check()) {
        return new Verdict(
            marker,
            false,
            "The guest's write of "
                + write.length()
                + " bytes at "
                + write.offset()
                + ", vouched for by marker "
                + sequence
                + ", is not on the disk");
      }
    }
    return new Verdict(
        marker,
        true,
        "Marker " + sequence + " and the " + writes.size() + " writes it names are whole");
  }

  /** The record that the next write of the same guest leaves. */
  public LabGuestMarker next(boolean shutDown, List<Write> latest) {
    return new LabGuestMarker(instanceUuid, bootId, sequence + 1, shutDown, latest);
  }

  /** The record's bytes. */
  public byte[] toBytes() {
    ByteBuffer b = ByteBuffer.allocate(LENGTH);
    b.put(MAGIC);
    b.putLong(instanceUuid.getMostSignificantBits())
        .putLong(instanceUuid.getLeastSignificantBits());
    b.putLong(bootId.getMostSignificantBits()).putLong(bootId.getLeastSignificantBits());
    b.putLong(sequence).putInt(clean ? 2 : 1).putInt(writes.size());
    for (Write write : writes) {
      b.putLong(write.offset()).putInt(write.length()).putInt(write.check());
    }
    return b.putInt(CHECK_AT, crc(b.array(), CHECK_AT)).array();
  }

  /**
   * Writes this record into a raw disk file: what a lab cluster does when the moved guest boots
   * there and goes on.
   */
  public void writeTo(Path raw) throws IOException {
    try (FileChannel channel = FileChannel.open(raw, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(toBytes());
      while (bytes.hasRemaining()) {
        channel.write(bytes, OFFSET + bytes.position());
      }
    }
  }

  private static byte[] read(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(length);
    while (to.hasRemaining() && channel.read(to, offset + to.position()) >= 0) {
      // a hole or the end of the file reads as zeros
    }
    return to.array();
  }

  // Guests write all the time: a digest in pure Java was most of what an idle lab did.
  private static int crc(byte[] bytes, int length) {
    var sum = new CRC32C();
    sum.update(bytes, 0, length);
    return (int) sum.getValue();
  }
}
