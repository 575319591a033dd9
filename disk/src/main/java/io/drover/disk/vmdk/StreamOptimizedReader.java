// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.codec.Codecs;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Packed;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Reads a streamOptimized VMDK of any length forward, once: the layout of ESXi exports (directory
 * at the end, markers, footer, end-of-stream) and that of qemu-img and open-vmdk (directory in
 * front, no end marker). Proves the end of the stream, checks every grain, and compares all of them
 * with the tables; keeps nothing of it but one bit a grain. After the Virtual Disk Format 5.0 note.
 */
public final class StreamOptimizedReader implements ExtentSource {
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final int MARKER = 12;
  private static final String DAMAGED = "The stream is damaged or was cut: transfer it again.";

  private final ForwardInput in;
  private final SparseHeader header;
  private final GrainCodec codec;
  private final GrainLog seen;
  private final StreamTables tables;
  private long grains;
  private long nextLba = -1;
  private int nextLength;
  private long nextAt;
  // Sector of the directory among the markers; 0 while there was none.
  private long directoryAt;
  private boolean ended;

  /**
   * Reads the header and everything in front of the first grain.
   *
   * @param in positioned at the first byte; closed with this
   * @throws DiskFormatException where it is no whole streamOptimized VMDK
   */
  public StreamOptimizedReader(ForwardInput in) throws IOException {
    this.in = in;
    if (in.ahead(SECTOR) < SECTOR) {
      throw DiskFormatException.cut(
          "The stream ends inside the VMDK header", in.bytesRead(), DAMAGED);
    }
    header = SparseHeader.parse(in.window().slice(in.window().position(), SECTOR), 0);
    if (!header.streamOptimized()) {
      throw new DiskFormatException(
          "This sparse VMDK is not compressed: it cannot be read as a stream",
          "Give it as a seekable file.");
    }
    if (!header.has(SparseHeader.MARKERS)) {
      throw new DiskFormatException(
          "This compressed VMDK has no markers: it cannot be read as a stream",
          "Give it as a seekable file.");
    }
    Codecs.prepare();
    codec = new GrainCodec(header.grainBytes(), header.size());
    seen = new GrainLog(header.grains());
    tables = new StreamTables(header);
    try {
      in.skip(SECTOR);
      new StreamPreamble(in, header, tables).read();
    } catch (EOFException e) {
      throw cut("in front of the first grain");
    }
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public long bytesRead() {
    return in.bytesRead();
  }

  @Override
  public int part() {
    return header.grainBytes();
  }

  /** Grains met so far. */
  public long grains() {
    return grains;
  }

  /** Bytes of guest data in one grain. */
  public int grainBytes() {
    return header.grainBytes();
  }

  @Override
  public boolean next(Packed into) throws IOException {
    try {
      if (nextLba < 0 && !advance()) {
        return false;
      }
      long grainsPerExtent = Extent.SIZE / header.grainBytes();
      long first = nextLba / header.grainSectors();
      long extent = first / grainsPerExtent;
      into.reset(extent, header.grainBytes());
      do {
        if (!into.fits(nextLength)) {
          throw new DiskFormatException(
              "The grains of 4 MiB are stored in more than " + Packed.ROOM + " bytes",
              nextAt,
              nextLba / header.grainSectors(),
              DAMAGED);
        }
        ByteBuffer room = into.add(nextLba * SECTOR, nextAt, nextLength);
        in.readFully(room);
        in.skip(-(nextLength + MARKER) & (SECTOR - 1));
        nextLba = -1;
      } while (advance() && nextLba / header.grainSectors() / grainsPerExtent == extent);
      return true;
    } catch (EOFException e) {
      throw cut("inside a grain or table");
    }
  }

  /** Moves to the next grain marker and consumes it; false at the proven end. */
  private boolean advance() throws IOException {
    while (!ended) {
      long at = in.position();
      int ahead = in.ahead(SECTOR);
      if (ahead == 0) {
        endWithoutMarker();
        return false;
      }
      if (ahead < SECTOR) {
        throw cut("inside a marker");
      }
      ByteBuffer window = in.window();
      long value = window.getLong(window.position());
      int size = window.getInt(window.position() + 8);
      if (size != 0) {
        window.position(window.position() + MARKER);
        grain(value, size, at);
        return true;
      }
      int type = window.getInt(window.position() + MARKER);
      window.position(window.position() + SECTOR);
      metadata(type, value, at);
    }
    return false;
  }

  private void grain(long lba, int size, long at) throws IOException {
    long number = lba / header.grainSectors();
    if (lba < 0 || lba >= header.capacity() || lba % header.grainSectors() != 0) {
      throw new DiskFormatException(
          "A grain claims sector "
              + Long.toUnsignedString(lba)
              + " of a disk of "
              + header.capacity()
              + " sectors and grains of "
              + header.grainSectors(),
          at,
          lba < 0 ? -1 : number,
          DAMAGED);
    }
    if (size < 0 || size > 2 * header.grainBytes() || size < 8) {
      throw new DiskFormatException(
          "A grain of "
              + header.grainBytes()
              + " bytes claims to be stored in "
              + Integer.toUnsignedString(size),
          at,
          number,
          DAMAGED);
    }
    if (!seen.add(number)) {
      throw new DiskFormatException("A grain comes twice", at, number, DAMAGED);
    }
    grains++;
    tables.grain(number, at / SECTOR);
    nextLba = lba;
    nextLength = size;
    nextAt = at;
  }

  private void metadata(int type, long sectors, long at) throws IOException {
    switch (type) {
      case Marker.END_OF_STREAM -> {
        if (sectors != 0) {
          throw new DiskFormatException(
              "The end-of-stream marker claims " + Long.toUnsignedString(sectors) + " sectors",
              at,
              -1,
              DAMAGED);
        }
        drain();
        ended = true;
        complete(at);
      }
      case Marker.GRAIN_TABLE, Marker.GRAIN_DIRECTORY -> {
        int most = type == Marker.GRAIN_TABLE ? header.tableSectors() : header.directorySectors();
        if (sectors < 0 || sectors > Math.max(most, 128)) {
          throw new DiskFormatException(
              "A grain "
                  + (type == Marker.GRAIN_TABLE ? "table" : "directory")
                  + " claims "
                  + Long.toUnsignedString(sectors)
                  + " sectors, at most "
                  + most
                  + " make sense",
              at,
              -1,
              DAMAGED);
        }
        table(type, (int) sectors);
      }
      case Marker.FOOTER -> footer(sectors, at);
      default ->
          throw new DiskFormatException(
              "Expected a marker, but found one of unknown type " + Integer.toUnsignedString(type),
              at,
              -1,
              DAMAGED);
    }
  }

  private void table(int type, int sectors) throws IOException {
    long place = in.position() / SECTOR;
    ByteBuffer bytes = ByteBuffer.allocate(sectors * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    in.readFully(bytes);
    if (type == Marker.GRAIN_TABLE) {
      if (sectors >= header.tableSectors()) {
        tables.table(place, bytes);
      }
    } else if (sectors >= header.directorySectors()) {
      directoryAt = place;
      for (int i = 0; i < header.tables(); i++) {
        tables.directoryEntry(i, bytes.getInt(i * 4));
      }
    }
  }

  private void footer(long sectors, long at) throws IOException {
    if (sectors != 1) {
      throw new DiskFormatException(
          "The footer marker claims " + Long.toUnsignedString(sectors) + " sectors, not 1",
          at,
          -1,
          DAMAGED);
    }
    if (in.ahead(SECTOR) < SECTOR) {
      throw cut("inside the footer");
    }
    ByteBuffer window = in.window();
    SparseHeader footer =
        SparseHeader.parse(window.slice(window.position(), SECTOR), in.position());
    if (footer.capacity() != header.capacity() || footer.grainSectors() != header.grainSectors()) {
      throw new DiskFormatException(
          "The footer speaks of another disk than the header: "
              + footer.size()
              + " bytes in grains of "
              + footer.grainBytes()
              + ", not "
              + header.size()
              + " in grains of "
              + header.grainBytes(),
          at,
          -1,
          DAMAGED);
    }
    if (directoryAt != 0 && footer.directory() != directoryAt) {
      throw new DiskFormatException(
          "The footer says that the grain directory is at sector "
              + Long.toUnsignedString(footer.directory())
              + ", but it came at "
              + directoryAt,
          at,
          -1,
          DAMAGED);
    }
    window.position(window.position() + SECTOR);
  }

  /** What follows the end of the stream is hashed, and must be padding. */
  private void drain() throws IOException {
    while (in.ahead(SECTOR) > 0) {
      ByteBuffer window = in.window();
      long at = in.position();
      while (window.hasRemaining()) {
        if (window.get() != 0) {
          throw new DiskFormatException(
              "Data follows the end-of-stream marker",
              at,
              -1,
              "The stream is not one disk: check how it was made.");
        }
      }
    }
  }

  private void endWithoutMarker() throws DiskFormatException {
    if (header.directoryAtEnd()) {
      throw cut("without its end-of-stream marker");
    }
    if (tables.expected() < 0) {
      throw new DiskFormatException(
          "The stream ends after "
              + grains
              + " grains without an end-of-stream marker, and its tables do not tell how many there"
              + " are",
          in.bytesRead(),
          -1,
          "Export the disk again: whether all of it came cannot be known.");
    }
    ended = true;
    complete(in.bytesRead());
  }

  private void complete(long at) throws DiskFormatException {
    long expected = tables.expected();
    if (expected >= 0 && grains != expected) {
      throw new DiskFormatException(
          "The stream ends after " + grains + " grains, but its tables name " + expected,
          at,
          -1,
          DAMAGED);
    }
    int missing = tables.firstMissing();
    if (missing >= 0) {
      long place = tables.place(missing);
      throw new DiskFormatException(
          "The grain directory says that table "
              + missing
              + " is at sector "
              + place
              + (place * SECTOR < at ? ", where none came" : ", past the end"),
          at,
          (long) missing * header.entriesPerTable(),
          DAMAGED);
    }
    int table = tables.firstDifference();
    if (table >= 0) {
      throw new DiskFormatException(
          "Grain table " + table + " does not name the grains that came: one was lost or misplaced",
          at,
          (long) table * header.entriesPerTable(),
          DAMAGED);
    }
  }

  private DiskFormatException cut(String where) {
    return DiskFormatException.cut(
        "The stream ends " + where + ", after " + grains + " grains: it was cut short",
        in.bytesRead(),
        "Transfer it again; the connection or the export ended early.");
  }

  @Override
  public void unpack(Packed packed, Extent out, Bench bench) throws IOException {
    codec.unpack(packed, out, bench);
  }

  @Override
  public Map<StreamHash, String> hashes() {
    return in.hashes();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
