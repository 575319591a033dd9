// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.Extent;
import io.drover.disk.image.FilePlace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** Writes blocks to their places in a raw image, and remembers which, to make the rest zeros. */
final class WrittenBlocks {
  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final AtomicLongArray masks;

  WrittenBlocks(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
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
    long mask = extent.mask();
    masks.accumulateAndGet((int) extent.index(), mask, (old, more) -> old | more);
  }

  long mask(long extent) {
    return masks.get((int) extent);
  }

  void mask(long extent, long mask) {
    masks.set((int) extent, mask);
  }

  /** Makes every block that was not written zeros: by punching holes, or by writing them. */
  void zeroTheRest() throws IOException {
    try (Zeroer zeroer = new Zeroer()) {
      for (int i = 0; i < masks.length(); i++) {
        long mask = masks.get(i);
        for (int block = 0; mask != -1L && block < 64; block++) {
          if ((mask >>> block & 1) == 0) {
            zeroer.add((long) i * Extent.SIZE + (long) block * Extent.BLOCK);
          }
        }
      }
    }
  }

  /** Joins neighbouring blocks and makes each run zeros. */
  private final class Zeroer implements AutoCloseable {
    private final @Nullable Holes holes = Holes.open(path, true);
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

    private void flush() throws IOException {
      if (start == end || holes != null && holes.punch(start, end - start)) {
        return;
      }
      for (long at = start; at < end; at += zeros.capacity()) {
        FilePlace.write(
            channel, path, zeros.slice(0, (int) Math.min(zeros.capacity(), end - at)), at);
      }
    }

    @Override
    public void close() throws IOException {
      try {
        flush();
      } finally {
        if (holes != null) {
          holes.close();
        }
      }
    }
  }
}
