// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.Extent;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ResumableSink;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a raw file and a volume written in place share: blocks at their places, zeros elsewhere. */
abstract sealed class BlockSink implements ResumableSink permits RawWriter, InPlaceWriter {
  private @Nullable WrittenBlocks blocks;
  private final LongAdder left = new LongAdder();
  private boolean blank;
  private boolean compares;
  private long size;
  private long there = Long.MAX_VALUE;

  /**
   * @param blank whether everything that is not written reads as zeros already
   */
  BlockSink(boolean blank) {
    this.blank = blank;
  }

  /** The file written to, once begun. */
  abstract FileChannel channel();

  /** Begins to write into a file that has its size. */
  final void blocks(Path file, long guestSize) throws IOException {
    size = guestSize;
    WrittenBlocks mine = new WrittenBlocks(file, channel(), size);
    blocks = mine;
    if (compares) {
      mine.compare();
    }
  }

  private WrittenBlocks blocks() {
    WrittenBlocks known = blocks;
    if (known == null) {
      throw new IllegalStateException("begin was not called");
    }
    return known;
  }

  /** The file had only so many bytes before it was made as long as the disk. */
  final void had(long bytes) {
    there = bytes;
  }

  /** From now on what stands in the file already is compared and not written again. */
  final void compare() {
    compares = true;
  }

  /** Bytes that were compared and not written. */
  final long left() {
    return left.sum();
  }

  /** From now on what is not written has to be made zeros at the end. */
  final void soil() {
    blank = false;
  }

  /** Makes zeros of what was not written, where it is not known to be. */
  final void zeroTheRest() throws IOException {
    if (!blank) {
      blocks().zeroTheRest();
    }
  }

  @Override
  public final int unit() {
    return Extent.BLOCK;
  }

  @Override
  public final void write(Extent extent, Bench bench) throws IOException {
    if (blocks().compares()) {
      left.add(blocks().writeDifferent(extent, bench.encoded()));
    } else {
      blocks().write(extent);
    }
  }

  @Override
  public final long[] stored(long extent) {
    return new long[] {blocks().mask(extent)};
  }

  @Override
  public final boolean restore(long extent, long[] stored) {
    if (stored[0] != 0 && extent * Extent.SIZE + Extent.length(size, extent) > there) {
      return false;
    }
    blocks().mask(extent, stored[0]);
    return true;
  }

  @Override
  public final void discard(long extent) {
    blocks().mask(extent, 0);
    soil();
  }

  @Override
  public final long end() {
    return 0;
  }

  @Override
  public final void force() throws IOException {
    blocks().force(false);
  }

  /** Forces all, what only describes the file included. */
  final void forceAll() throws IOException {
    blocks().force(true);
  }

  @Override
  public void close() throws IOException {
    if (blocks != null) {
      blocks.close();
    }
  }
}
