// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.codec.Codecs;
import io.drover.disk.codec.Deflate;
import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Writes a guest disk as a streamOptimized VMDK: as a forward stream in the layout of ESXi exports,
 * or as a file with the directory in front. After the Virtual Disk Format 5.0 note.
 */
public final class StreamOptimizedWriter {
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final int GRAIN = 64 << 10;
  private static final int ENTRIES = 512;
  private static final int DESCRIPTOR_SECTORS = 20;
  private static final int MARKER = 12;

  private final GuestDisk disk;
  private final int level;
  private final SparseHeader header;
  private final int[] directory;
  private long written;
  private long grains;

  private StreamOptimizedWriter(GuestDisk disk, int level, boolean atEnd) {
    if (disk.size() <= 0 || disk.size() % SECTOR != 0) {
      throw new IllegalArgumentException(
          "Expected a disk of whole sectors of 512 bytes, but " + disk.size() + " bytes");
    }
    this.disk = disk;
    this.level = level;
    SparseHeader plan =
        new SparseHeader(
            3,
            SparseHeader.NEWLINE_TEST | SparseHeader.COMPRESSED | SparseHeader.MARKERS,
            disk.size() / SECTOR,
            GRAIN / SECTOR,
            1,
            DESCRIPTOR_SECTORS,
            ENTRIES,
            0,
            SparseHeader.AT_END,
            GRAIN / SECTOR,
            1);
    header = atEnd ? plan : inFront(plan);
    directory = new int[header.tables()];
  }

  /** Tables between the descriptor and the first grain, which begins on a grain's boundary. */
  private static SparseHeader inFront(SparseHeader plan) {
    long gd = 1L + DESCRIPTOR_SECTORS;
    long end = gd + plan.directorySectors() + (long) plan.tables() * plan.tableSectors();
    long aligned = (end + plan.grainSectors() - 1) / plan.grainSectors() * plan.grainSectors();
    return new SparseHeader(
        plan.version(),
        plan.flags(),
        plan.capacity(),
        plan.grainSectors(),
        plan.descriptorOffset(),
        plan.descriptorSectors(),
        plan.entriesPerTable(),
        0,
        gd,
        aligned,
        plan.compression());
  }

  /**
   * Streams the disk forward as ESXi exports it: directory at the end, markers, footer,
   * end-of-stream.
   *
   * @param disk a whole number of sectors; zeros are left out
   * @param out written from the first byte to the last; not closed
   * @param level of the compression, 1 (fast) to 9
   * @return bytes written
   */
  public static long stream(GuestDisk disk, WritableByteChannel out, int level) throws IOException {
    StreamOptimizedWriter writer = new StreamOptimizedWriter(disk, level, true);
    writer.front(out);
    writer.grains(out, null);
    writer.tail(out);
    return writer.written;
  }

  /**
   * Writes a file with the grain directory in front and no end marker, as qemu-img and open-vmdk
   * lay it out.
   *
   * @return bytes written
   */
  public static long file(GuestDisk disk, Path path, int level) throws IOException {
    StreamOptimizedWriter writer = new StreamOptimizedWriter(disk, level, false);
    try (FileChannel out =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writer.front(out);
      writer.grains(out, out);
      ByteBuffer gd = writer.directoryBytes();
      out.write(gd, writer.header.directory() * SECTOR);
    }
    return writer.written;
  }

  private void front(WritableByteChannel out) throws IOException {
    put(out, header.encode());
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
                (int) (disk.size() >>> 9) | 1,
                header.capacity(),
                Math.min(65535, header.capacity() / (255 * 63)));
    ByteBuffer text = ByteBuffer.allocate(DESCRIPTOR_SECTORS * SECTOR);
    text.put(descriptor.getBytes(StandardCharsets.US_ASCII));
    put(out, text.clear());
    long gap = header.overhead() * SECTOR - written;
    ByteBuffer zeros = ByteBuffer.allocate(1 << 20);
    for (; gap > 0; gap -= zeros.capacity()) {
      put(out, zeros.clear().limit((int) Math.min(gap, zeros.capacity())));
    }
  }

  /**
   * Writes every grain that is not zeros.
   *
   * @param tables where the tables have their place in front; null where they go into the stream
   */
  private void grains(WritableByteChannel out, @Nullable FileChannel tables) throws IOException {
    long all = header.grains();
    ByteBuffer table =
        ByteBuffer.allocate(header.tableSectors() * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    boolean used = false;
    try (Arena arena = Arena.ofConfined();
        Deflate deflate = Codecs.deflate(level)) {
      MemorySegment plain = arena.allocate(GRAIN);
      MemorySegment packed = arena.allocate(2 * GRAIN);
      for (long grain = 0; grain < all; grain++) {
        int entry = (int) (grain % ENTRIES);
        int place = grain(out, grain, plain, packed, deflate);
        if (place != 0) {
          table.putInt(entry * 4, place);
          used = true;
        }
        if (entry == ENTRIES - 1 || grain == all - 1) {
          if (used) {
            endTable(out, tables, (int) (grain / ENTRIES), table);
          }
          table.clear().put(new byte[table.capacity()]);
          used = false;
        }
      }
    }
  }

  private void endTable(
      WritableByteChannel out, @Nullable FileChannel tables, int index, ByteBuffer table)
      throws IOException {
    table.clear();
    if (tables == null) {
      marker(out, header.tableSectors(), Marker.GRAIN_TABLE);
      directory[index] = sector();
      put(out, table);
    } else {
      long place =
          header.directory() + header.directorySectors() + (long) index * header.tableSectors();
      directory[index] = (int) place;
      tables.write(table, place * SECTOR);
    }
  }

  /** Writes one grain; returns its sector, or 0 where it is all zeros. */
  private int grain(
      WritableByteChannel out,
      long grain,
      MemorySegment plain,
      MemorySegment packed,
      Deflate deflate)
      throws IOException {
    long offset = grain * GRAIN;
    int length = (int) Math.min(GRAIN, disk.size() - offset);
    if (disk.isZero(offset, length)) {
      return 0;
    }
    disk.read(offset, plain.asSlice(0, length).asByteBuffer());
    if (Extent.isZero(plain, 0, length)) {
      return 0;
    }
    plain.asSlice(length).fill((byte) 0);
    int place = sector();
    int stored = deflate.zlib(plain, packed.asSlice(MARKER, packed.byteSize() - MARKER));
    if (stored == 0) {
      throw new IOException("A grain did not compress into twice its size");
    }
    int padded = (MARKER + stored + SECTOR - 1) & -SECTOR;
    packed.asSlice(MARKER + stored, padded - MARKER - stored).fill((byte) 0);
    ByteBuffer bytes = packed.asSlice(0, padded).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(0, grain * header.grainSectors()).putInt(8, stored);
    put(out, bytes);
    grains++;
    return place;
  }

  private void tail(WritableByteChannel out) throws IOException {
    ByteBuffer gd = directoryBytes();
    marker(out, header.directorySectors(), Marker.GRAIN_DIRECTORY);
    long place = sector();
    put(out, gd);
    marker(out, 1, Marker.FOOTER);
    put(out, header.withDirectory(place, 0).encode());
    marker(out, 0, Marker.END_OF_STREAM);
  }

  private ByteBuffer directoryBytes() {
    ByteBuffer gd =
        ByteBuffer.allocate(header.directorySectors() * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < directory.length; i++) {
      gd.putInt(i * 4, directory[i]);
    }
    return gd;
  }

  private void marker(WritableByteChannel out, int sectors, int type) throws IOException {
    ByteBuffer marker = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    marker.putLong(0, sectors).putInt(8, 0).putInt(12, type);
    put(out, marker);
  }

  /** The sector about to be written, as a table names it. */
  private int sector() throws IOException {
    long sector = written / SECTOR;
    if (sector > 0xffff_ffffL) {
      throw new IOException("A streamOptimized VMDK cannot hold more than 2 TiB of stored data");
    }
    return (int) sector;
  }

  private void put(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      written += out.write(bytes);
    }
  }
}
