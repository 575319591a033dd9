// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.ForwardInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Consumes what stands between the header and the first grain: the descriptor, which must be of a
 * whole disk, and, where the directory is in front, the tables, whose entries say how many grains
 * must follow.
 */
final class StreamPreamble {
  private static final int SECTOR = SparseHeader.SECTOR;
  // Where the header says where the directory is.
  private static final int DIRECTORY_AT = 56;

  private final ForwardInput in;
  private final SparseHeader header;
  private final StreamTables tables;
  private final long end;

  StreamPreamble(ForwardInput in, SparseHeader header, StreamTables tables) {
    this.in = in;
    this.tables = tables;
    this.header = header;
    // Writers that leave it 0 begin right after what the header names.
    long least =
        Math.max(SECTOR, (header.descriptorOffset() + header.descriptorSectors()) * SECTOR);
    end = Math.max(header.overhead() * SECTOR, least);
  }

  void read() throws IOException {
    if (header.descriptorOffset() > 0 && header.descriptorSectors() > 0) {
      skipTo(header.descriptorOffset() * SECTOR);
      byte[] text = new byte[(int) header.descriptorSectors() * SECTOR];
      in.readFully(ByteBuffer.wrap(text));
      long at = header.descriptorOffset() * SECTOR;
      header.check(Descriptor.parse(text, at), at);
    }
    if (!header.directoryAtEnd()) {
      readTables();
    }
    skipTo(end);
  }

  private void skipTo(long position) throws IOException {
    long gap = position - in.position();
    if (gap < 0) {
      throw new DiskFormatException(
          "The parts in front of the first grain overlap",
          in.position(),
          -1,
          "The header is damaged: transfer the disk again.");
    }
    in.skip(gap);
  }

  private void readTables() throws IOException {
    long start = header.directory() * SECTOR;
    int count = header.tables();
    if (header.directory() <= 0 || header.directory() > SparseHeader.MAX_SECTORS || start >= end) {
      // None, or behind the grains: what comes there says itself what it is.
      return;
    }
    if (start < in.position() || start + count * 4L > end) {
      throw new DiskFormatException(
          "The grain directory of "
              + count
              + " tables does not fit between sector "
              + header.directory()
              + " and the first grain at sector "
              + end / SECTOR,
          DIRECTORY_AT,
          -1,
          "The header is damaged: transfer the disk again.");
    }
    skipTo(start);
    long[] places = new long[0];
    int used = 0;
    ByteBuffer entry = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      in.readFully(entry.clear());
      tables.directoryEntry(i, entry.getInt(0));
      long place = Integer.toUnsignedLong(entry.getInt(0));
      if (place == 0) {
        continue;
      }
      // Grows with what was read, never with what the header claims.
      if (used == places.length) {
        places = Arrays.copyOf(places, Math.max(64, used * 2));
      }
      places[used++] = place;
    }
    places = Arrays.copyOf(places, used);
    Arrays.sort(places);
    ByteBuffer table =
        ByteBuffer.allocate(header.entriesPerTable() * 4).order(ByteOrder.LITTLE_ENDIAN);
    long last = 0;
    for (long place : places) {
      if (place == last) {
        continue;
      }
      last = place;
      if (place * SECTOR < in.position() || place * SECTOR + table.capacity() > end) {
        // Behind the grains, or in front of the directory: this pass cannot see it.
        return;
      }
      skipTo(place * SECTOR);
      in.readFully(table.clear());
      tables.table(place, table);
    }
  }
}
