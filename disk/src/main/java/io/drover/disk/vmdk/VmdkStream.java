// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.image.Extent;
import io.drover.disk.image.RefusedException;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ForwardSink;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Writes a streamOptimized VMDK forward, first byte to last, in the layout of ESXi exports: tables
 * among the grains, then directory, footer and end-of-stream. After the Virtual Disk Format 5.0
 * note.
 */
public final class VmdkStream implements ForwardSink {
  static final int GRAIN = Extent.BLOCK;
  static final int ENTRIES = 512;
  static final int DESCRIPTOR_SECTORS = 20;
  static final int MARKER = 12;
  private static final int SECTOR = SparseHeader.SECTOR;

  private final WritableByteChannel out;
  private final int level;
  private SparseHeader header = plan(SECTOR);
  private int[] directory = new int[0];
  private final ByteBuffer table = ByteBuffer.allocate(ENTRIES * 4).order(ByteOrder.LITTLE_ENDIAN);
  private int tableIndex = -1;
  private long sent;

  /**
   * @param out written in order from one thread; not closed
   * @param level of the compression, 1 (fast) to 9
   */
  public VmdkStream(WritableByteChannel out, int level) {
    this.out = out;
    this.level = level;
  }

  /** The header of a stream of a disk of this many bytes. */
  static SparseHeader plan(long size) {
    return new SparseHeader(
        3,
        SparseHeader.NEWLINE_TEST | SparseHeader.COMPRESSED | SparseHeader.MARKERS,
        size / SECTOR,
        GRAIN / SECTOR,
        1,
        DESCRIPTOR_SECTORS,
        ENTRIES,
        0,
        SparseHeader.AT_END,
        GRAIN / SECTOR,
        1);
  }

  /** The header and the descriptor behind it. */
  static ByteBuffer front(SparseHeader header) {
    String descriptor =
        """
        # Disk DescriptorFile
        version=1
        CID=%08x
        parentCID=ffffffff
        createType="streamOptimized"

        # Extent description
        RW %d SPARSE "disk.vmdk"

        # The Disk Data Base
        #DDB

        ddb.adapterType = "lsilogic"
        ddb.geometry.cylinders = "%d"
        ddb.geometry.heads = "255"
        ddb.geometry.sectors = "63"
        ddb.virtualHWVersion = "13"
        """
            .formatted(
                (int) header.capacity() | 1,
                header.capacity(),
                Math.min(65535, header.capacity() / (255 * 63)));
    return ByteBuffer.allocate((1 + DESCRIPTOR_SECTORS) * SECTOR)
        .put(header.encode())
        .put(descriptor.getBytes(StandardCharsets.US_ASCII))
        .clear();
  }

  /** Bytes sent so far. */
  public long bytesSent() {
    return sent;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IOException where the disk is no whole number of sectors, which a VMDK must be
   */
  @Override
  public void begin(long size) throws IOException {
    if (size <= 0 || size % SECTOR != 0) {
      throw new RefusedException(
          "Expected a disk of whole sectors of 512 bytes, but it has "
              + size
              + " bytes. Fill it up with zeros, or write a raw file");
    }
    header = plan(size);
    directory = new int[header.tables()];
    put(front(header));
    put(ByteBuffer.allocate((int) (header.overhead() * SECTOR - sent)));
  }

  @Override
  public ByteBuffer encode(Extent extent, MemorySegment room, Bench bench) throws IOException {
    int used = 0;
    int blocks = extent.blocks();
    for (int i = extent.nextPresent(0); i < blocks; i = extent.nextPresent(i + 1)) {
      MemorySegment plain = extent.memory().asSlice((long) i * GRAIN, GRAIN);
      plain.asSlice(extent.blockLength(i)).fill((byte) 0);
      used += grain(extent.offset() + (long) i * GRAIN, plain, room.asSlice(used), level, bench);
    }
    return room.asSlice(0, used).asByteBuffer();
  }

  /** Encodes one grain with its marker and padding; returns its length in {@code room}. */
  static int grain(long offset, MemorySegment plain, MemorySegment room, int level, Bench bench)
      throws IOException {
    int stored = bench.deflate(level).zlib(plain, room.asSlice(MARKER));
    if (stored == 0) {
      throw new IOException("The grain at byte " + offset + " does not fit its room");
    }
    int padded = (MARKER + stored + SECTOR - 1) & -SECTOR;
    room.asSlice(MARKER + stored, padded - MARKER - stored).fill((byte) 0);
    ByteBuffer marker = room.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    marker.putLong(0, offset / SECTOR).putInt(8, stored);
    return padded;
  }

  @Override
  public void emit(ByteBuffer encoded) throws IOException {
    ByteBuffer grains = encoded.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    // An extent never crosses from one table to the next.
    int index = (int) (grains.getLong(0) / header.grainSectors() / ENTRIES);
    if (index != tableIndex) {
      endTable();
      tableIndex = index;
    }
    for (int at = 0; at < grains.limit(); ) {
      int entry = (int) (grains.getLong(at) / header.grainSectors() % ENTRIES);
      table.putInt(entry * 4, sector(sent + at));
      at += (MARKER + grains.getInt(at + 8) + SECTOR - 1) & -SECTOR;
    }
    put(encoded);
  }

  @Override
  public void emitZeros(long length) {}

  private void endTable() throws IOException {
    if (tableIndex < 0) {
      return;
    }
    marker(header.tableSectors(), Marker.GRAIN_TABLE);
    directory[tableIndex] = sector(sent);
    put(table.clear());
    table.clear().put(new byte[table.capacity()]);
  }

  @Override
  public void finish() throws IOException {
    endTable();
    marker(header.directorySectors(), Marker.GRAIN_DIRECTORY);
    long place = sent / SECTOR;
    put(directoryBytes(header, directory));
    marker(1, Marker.FOOTER);
    put(header.withDirectory(place, header.overhead()).encode());
    marker(0, Marker.END_OF_STREAM);
  }

  static ByteBuffer directoryBytes(SparseHeader header, int[] directory) {
    ByteBuffer bytes =
        ByteBuffer.allocate(header.directorySectors() * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < directory.length; i++) {
      bytes.putInt(i * 4, directory[i]);
    }
    return bytes;
  }

  private void marker(int sectors, int type) throws IOException {
    ByteBuffer marker = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    put(marker.putLong(0, sectors).putInt(8, 0).putInt(12, type));
  }

  /** A place as a table names it. */
  static int sector(long at) throws IOException {
    if (at / SECTOR > 0xffff_ffffL) {
      throw new IOException("A streamOptimized VMDK cannot hold more than 2 TiB of stored data");
    }
    return (int) (at / SECTOR);
  }

  private void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      sent += out.write(bytes);
    }
  }

  @Override
  public void close() {}
}
