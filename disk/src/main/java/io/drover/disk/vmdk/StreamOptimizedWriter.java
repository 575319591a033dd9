// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.image.Extent;
import io.drover.disk.image.FilePlace;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Bench;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a guest disk as a streamOptimized VMDK on the caller's thread: as a forward stream in the
 * layout of ESXi exports, or as a file with the directory in front. {@link VmdkStream} does the
 * former on many threads.
 */
public final class StreamOptimizedWriter {
  private static final int SECTOR = SparseHeader.SECTOR;

  private StreamOptimizedWriter() {}

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
    VmdkStream stream = new VmdkStream(out, level);
    stream.begin(disk.size());
    try (Bench bench = new Bench()) {
      Extent extent = bench.extent();
      for (long i = 0; i < Extent.count(disk.size()); i++) {
        extent.reset(disk.size(), i);
        if (read(disk, extent)) {
          stream.emit(stream.encode(extent, bench.encoded(), bench));
        }
      }
    }
    stream.finish();
    return stream.bytesSent();
  }

  /** Fills an extent; false where it is all zeros. */
  private static boolean read(GuestDisk disk, Extent extent) throws IOException {
    if (disk.isZero(extent.offset(), extent.length())) {
      return false;
    }
    disk.read(extent.offset(), extent.view(0, extent.length()));
    for (int i = 0; i < extent.blocks(); i++) {
      extent.seal(i);
    }
    return !extent.isZero();
  }

  /**
   * Writes a file with the grain directory in front and no end marker, as qemu-img and open-vmdk
   * lay it out.
   *
   * @return bytes written
   */
  public static long file(GuestDisk disk, Path path, int level) throws IOException {
    SparseHeader header = inFront(VmdkStream.plan(disk.size()));
    int[] directory = new int[header.tables()];
    try (FileChannel out =
            FileChannel.open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        Bench bench = new Bench()) {
      long at = header.overhead() * SECTOR;
      FilePlace.write(out, path, ByteBuffer.allocate(1), at - 1);
      FilePlace.write(out, path, VmdkStream.front(header), 0);
      Extent extent = bench.extent();
      MemorySegment room = bench.encoded();
      ByteBuffer entry = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      for (long i = 0; i < Extent.count(disk.size()); i++) {
        extent.reset(disk.size(), i);
        if (!read(disk, extent)) {
          continue;
        }
        for (int b = extent.nextPresent(0); b < extent.blocks(); b = extent.nextPresent(b + 1)) {
          long guest = extent.offset() + (long) b * VmdkStream.GRAIN;
          MemorySegment plain =
              extent.memory().asSlice((long) b * VmdkStream.GRAIN, VmdkStream.GRAIN);
          plain.asSlice(extent.blockLength(b)).fill((byte) 0);
          int length = VmdkStream.grain(guest, plain, room, level, bench);
          long grain = guest / VmdkStream.GRAIN;
          int table = (int) (grain / VmdkStream.ENTRIES);
          long place =
              header.directory() + header.directorySectors() + (long) table * header.tableSectors();
          directory[table] = (int) place;
          entry.clear().putInt(0, VmdkStream.sector(at));
          FilePlace.write(out, path, entry, place * SECTOR + grain % VmdkStream.ENTRIES * 4);
          FilePlace.write(out, path, room.asSlice(0, length).asByteBuffer(), at);
          at += length;
        }
      }
      FilePlace.write(
          out, path, VmdkStream.directoryBytes(header, directory), header.directory() * SECTOR);
      return at;
    }
  }

  /** Tables between the descriptor and the first grain, which begins on a grain's boundary. */
  private static SparseHeader inFront(SparseHeader plan) {
    long directory = 1L + VmdkStream.DESCRIPTOR_SECTORS;
    long end = directory + plan.directorySectors() + (long) plan.tables() * plan.tableSectors();
    long aligned = (end + plan.grainSectors() - 1) / plan.grainSectors() * plan.grainSectors();
    return plan.withDirectory(directory, aligned);
  }
}
