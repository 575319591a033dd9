// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.BenchPool;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A hosted sparse VMDK file read at random through its grain tables: monolithicSparse, one extent
 * of twoGbMaxExtentSparse, or a streamOptimized file. After the Virtual Disk Format 5.0 note.
 */
final class SparseDisk implements GuestDisk {
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final int MARKER = 12;
  private static final String REMAKE = "The file is damaged or was cut: copy or export it again.";

  private final FileChannel channel;
  private final SparseHeader header;
  private final GrainTables tables;
  private final GrainCodec codec;
  private final BenchPool benches = new BenchPool();
  private final long fileSize;

  private SparseDisk(FileChannel channel, SparseHeader header) throws IOException {
    this.channel = channel;
    this.header = header;
    fileSize = channel.size();
    tables = new GrainTables(channel, header);
    codec = new GrainCodec(header.grainBytes(), header.size());
  }

  /**
   * Opens a file that begins with a sparse header.
   *
   * @throws DiskFormatException where it is damaged, cut, or a delta link
   */
  static SparseDisk open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      SparseHeader header = SparseHeader.parse(sector(channel, 0), 0);
      if (header.directoryAtEnd()) {
        header = footer(channel);
      }
      if (header.has(SparseHeader.COMPRESSED) && !header.has(SparseHeader.MARKERS)) {
        throw new DiskFormatException(
            "This compressed VMDK has no markers", "Convert it with vmware-vdiskmanager first.");
      }
      checkDescriptor(channel, header);
      return new SparseDisk(channel, header);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static SparseHeader footer(FileChannel channel) throws IOException {
    // Footer marker, footer, end-of-stream: a sector each.
    long at = channel.size() - 2 * SECTOR;
    if (at < SECTOR) {
      throw new DiskFormatException("The file ends before its footer", channel.size(), -1, REMAKE);
    }
    SparseHeader footer;
    try {
      footer = SparseHeader.parse(sector(channel, at), at);
    } catch (DiskFormatException e) {
      throw new DiskFormatException(
          "The file has no footer where a streamOptimized VMDK must have it: it was cut short",
          at,
          -1,
          REMAKE);
    }
    if (footer.directoryAtEnd()) {
      throw new DiskFormatException("The footer names no grain directory", at, -1, REMAKE);
    }
    return footer;
  }

  private static ByteBuffer sector(FileChannel channel, long at) throws IOException {
    ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    while (sector.hasRemaining()) {
      if (channel.read(sector, at + sector.position()) < 0) {
        throw new DiskFormatException(
            "The file ends inside the VMDK header", channel.size(), -1, REMAKE);
      }
    }
    return sector.flip();
  }

  private static void checkDescriptor(FileChannel channel, SparseHeader header) throws IOException {
    if (header.descriptorOffset() == 0 || header.descriptorSectors() == 0) {
      return;
    }
    byte[] text = new byte[(int) header.descriptorSectors() * SECTOR];
    long at = header.descriptorOffset() * SECTOR;
    if (at < 0 || at > channel.size() - text.length) {
      throw new DiskFormatException(
          "The descriptor claims to stand past the end of the file", 28, -1, REMAKE);
    }
    ByteBuffer in = ByteBuffer.wrap(text);
    while (in.hasRemaining() && channel.read(in, at + in.position()) >= 0) {}
    if (in.get(0) != 0) {
      header.check(Descriptor.parse(text, at), at);
    }
  }

  @Override
  public long size() {
    return header.size();
  }

  /** Whether it is the extent of so many sectors. */
  boolean holds(long sectors) {
    return header.holds(sectors);
  }

  @Override
  public boolean isZero(long offset, long length) throws IOException {
    long last = (Math.min(size(), offset + length) - 1) / header.grainBytes();
    long grain = offset / header.grainBytes();
    while (grain <= last) {
      long next = tables.nextMapped(grain);
      if (next > grain) {
        grain = next;
      } else if (tables.sector(grain) != 0) {
        return false;
      } else {
        grain++;
      }
    }
    return true;
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    if (offset < 0 || offset + into.remaining() > size()) {
      throw new EOFException("Read at byte " + offset + " of a disk of " + size());
    }
    long at = offset;
    while (into.hasRemaining()) {
      long grain = at / header.grainBytes();
      int within = (int) (at % header.grainBytes());
      int count = Math.min(into.remaining(), header.grainBytes() - within);
      long sector = tables.sector(grain);
      ByteBuffer part = into.slice(into.position(), count);
      if (sector == 0) {
        MemorySegment.ofBuffer(part).fill((byte) 0);
      } else if (header.streamOptimized()) {
        inflate(grain, sector * SECTOR, within, part);
      } else {
        plain(grain, sector * SECTOR + within, part);
      }
      into.position(into.position() + count);
      at += count;
    }
  }

  private void plain(long grain, long place, ByteBuffer part) throws IOException {
    long at = place;
    while (part.hasRemaining()) {
      int got = channel.read(part, at);
      if (got < 0) {
        // The disk's last grain may be cut where the disk ends; nothing of that is asked for.
        throw place >= fileSize
            ? outside(grain, place)
            : new DiskFormatException("The file ends inside a grain", fileSize, grain, REMAKE);
      }
      at += got;
    }
  }

  private void inflate(long grain, long place, int within, ByteBuffer part) throws IOException {
    if (place > fileSize - MARKER) {
      throw outside(grain, place);
    }
    ByteBuffer marker = ByteBuffer.allocate(MARKER).order(ByteOrder.LITTLE_ENDIAN);
    readAt(place, marker, grain);
    long lba = marker.getLong(0);
    int stored = marker.getInt(8);
    if (lba != grain * header.grainSectors()
        || stored < 8
        || stored > 2 * header.grainBytes()
        || place + MARKER > fileSize - stored) {
      throw new DiskFormatException(
          "A table points to a grain of sector "
              + Long.toUnsignedString(lba)
              + " stored in "
              + Integer.toUnsignedString(stored)
              + " bytes",
          place,
          grain,
          REMAKE);
    }
    Bench bench = benches.take();
    try {
      MemorySegment packed = bench.encoded().asSlice(0, stored);
      readAt(place + MARKER, packed.asByteBuffer(), grain);
      boolean whole = part.isDirect() && part.remaining() == header.grainBytes();
      MemorySegment plain =
          whole
              ? MemorySegment.ofBuffer(part)
              : bench.extent().memory().asSlice(0, header.grainBytes());
      codec.inflate(packed, grain * header.grainBytes(), place, plain, bench);
      if (!whole) {
        MemorySegment.copy(
            plain, JAVA_BYTE, within, MemorySegment.ofBuffer(part), JAVA_BYTE, 0, part.remaining());
      }
    } finally {
      benches.give(bench);
    }
  }

  private void readAt(long place, ByteBuffer into, long grain) throws IOException {
    long at = place;
    while (into.hasRemaining()) {
      int got = channel.read(into, at);
      if (got < 0) {
        throw outside(grain, place);
      }
      at += got;
    }
  }

  private DiskFormatException outside(long grain, long place) {
    return new DiskFormatException(
        "A grain claims to be stored at byte " + place + " of a file of " + fileSize,
        place,
        grain,
        REMAKE);
  }

  @Override
  public long bufferBytes() {
    return benches.bytes();
  }

  @Override
  public void close() throws IOException {
    benches.close();
    channel.close();
  }
}
