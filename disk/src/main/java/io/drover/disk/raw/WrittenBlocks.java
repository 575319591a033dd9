// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.Extent;
import io.drover.disk.image.FilePlace;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** Writes blocks to their places in a raw image, and remembers which, to make the rest zeros. */
final class WrittenBlocks implements Closeable {
  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final AtomicLongArray masks;

  // Closed with the rest: to close a descriptor of a file gives up what this process has locked.
  private @Nullable Standing standing;
  private final @Nullable Holes holes;

  WrittenBlocks(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    // Now, not at the end: by then the name may be another file's.
    holes = Holes.open(path, true);
    masks = new AtomicLongArray(Math.toIntExact(Extent.count(size)));
  }

  /** Writes the present blocks of an extent to their places, neighbours in one call. */
  void write(Extent extent) throws IOException {
    int blocks = extent.blocks();
    for (int i = extent.nextPresent(0); i < blocks; ) {
      int end = extent.nextAbsent(i);
      int from = i * Extent.BLOCK;
      ByteBuffer run = extent.view(from, Math.min(end * Extent.BLOCK, extent.length()) - from);
      FilePlace.write(channel, path, run, extent.offset() + from);
      i = extent.nextPresent(end);
    }
    written(extent);
  }

  private void written(Extent extent) {
    long mask = extent.mask();
    masks.accumulateAndGet((int) extent.index(), mask, (old, more) -> old | more);
  }

  /** From now on blocks are compared with what stands there, where that can be read. */
  void compare() throws IOException {
    standing = Standing.open(path);
  }

  /** Whether blocks are compared. */
  boolean compares() {
    return standing != null;
  }

  /**
   * The same, but blocks that stand there already are left as they are.
   *
   * @param room for an extent, to read what is there
   * @return bytes that were left
   */
  long writeDifferent(Extent extent, MemorySegment room) throws IOException {
    int blocks = extent.blocks();
    long left = 0;
    for (int i = extent.nextPresent(0); i < blocks; i = extent.nextPresent(i)) {
      int end = extent.nextAbsent(i);
      int from = i * Extent.BLOCK;
      int to = Math.min(end * Extent.BLOCK, extent.length());
      int there = standing == null ? 0 : standing.read(room, extent.offset() + from, to - from);
      while (i < end) {
        int first = i;
        while (i < end && !same(extent, i, room, from, there)) {
          i++;
        }
        if (i > first) {
          int at = first * Extent.BLOCK;
          ByteBuffer run = extent.view(at, Math.min(i * Extent.BLOCK, to) - at);
          FilePlace.write(channel, path, run, extent.offset() + at);
        }
        while (i < end && same(extent, i, room, from, there)) {
          left += extent.blockLength(i);
          i++;
        }
      }
    }
    written(extent);
    return left;
  }

  private static boolean same(Extent extent, int block, MemorySegment room, int from, int there) {
    int at = block * Extent.BLOCK;
    int length = extent.blockLength(block);
    return at - from + length <= there
        && extent.memory().asSlice(at, length).mismatch(room.asSlice(at - from, length)) < 0;
  }

  long mask(long extent) {
    return masks.get((int) extent);
  }

  void mask(long extent, long mask) {
    masks.set((int) extent, mask);
  }

  /** Makes every block that was not written zeros: by punching holes, or by writing them. */
  void zeroTheRest() throws IOException {
    Zeroer zeroer = new Zeroer();
    for (int i = 0; i < masks.length(); i++) {
      long mask = masks.get(i);
      for (int block = 0; mask != -1L && block < 64; block++) {
        if ((mask >>> block & 1) == 0) {
          zeroer.add((long) i * Extent.SIZE + (long) block * Extent.BLOCK);
        }
      }
    }
    zeroer.flush();
  }

  /** Forces all that was written to disk. */
  void force(boolean metadata) throws IOException {
    FilePlace.force(channel, path, metadata);
  }

  @Override
  public void close() throws IOException {
    if (holes != null) {
      holes.close();
    }
    if (standing != null) {
      standing.close();
    }
  }

  /** Joins neighbouring blocks and makes each run zeros. */
  private final class Zeroer {
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
    private long start;
    private long end;

    void add(long block) throws IOException {
      if (block >= size) {
        return;
      }
      if (block != end) {
        flush();
        start = block;
      }
      end = Math.min(size, block + Extent.BLOCK);
    }

    void flush() throws IOException {
      if (start == end || holes != null && holes.punch(start, end - start)) {
        return;
      }
      for (long at = start; at < end; at += zeros.capacity()) {
        FilePlace.write(
            channel, path, zeros.slice(0, (int) Math.min(zeros.capacity(), end - at)), at);
      }
    }
  }
}
