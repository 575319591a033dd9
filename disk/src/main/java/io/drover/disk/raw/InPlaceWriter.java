// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.PositionalSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Writes a disk into a volume that exists: a block device, or the image file of a mounted
 * filesystem volume. What the disk does not store is made zeros at the end, by punching holes where
 * the system can, unless the volume is known to be zeros. A volume may be larger than the disk;
 * what lies behind is left alone.
 */
public final class InPlaceWriter implements PositionalSink {
  private final Path path;
  private final boolean blank;
  private final FileChannel channel;
  private @Nullable AtomicLongArray written;
  private long size;

  /**
   * Opens the volume for writing.
   *
   * @param path a block device or an existing file
   * @param blank whether all of it is known to read as zeros
   */
  public InPlaceWriter(Path path, boolean blank) throws IOException {
    this.path = path;
    this.blank = blank;
    channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Override
  public void begin(long guestSize) throws IOException {
    long has = channel.size();
    if (has < guestSize) {
      throw new IOException(
          "Expected room for "
              + guestSize
              + " bytes in "
              + path
              + ", but it has "
              + has
              + ". Ask for a larger volume");
    }
    size = guestSize;
    written = new AtomicLongArray(Math.toIntExact(Extent.count(guestSize)));
  }

  @Override
  public int unit() {
    return Extent.BLOCK;
  }

  @Override
  public void write(Extent extent, Bench bench) throws IOException {
    RawWriter.writeRuns(channel, extent);
    AtomicLongArray masks = written;
    if (masks != null) {
      masks.accumulateAndGet((int) extent.index(), extent.mask(), (a, b) -> a | b);
    }
  }

  @Override
  public void finish() throws IOException {
    AtomicLongArray masks = written;
    if (!blank && masks != null) {
      try (Zeroer zeroer = new Zeroer()) {
        for (int i = 0; i < masks.length(); i++) {
          for (int block = 0; block < 64; block++) {
            if ((masks.get(i) >>> block & 1) == 0) {
              zeroer.add((long) i * Extent.SIZE + (long) block * Extent.BLOCK);
            }
          }
        }
      }
    }
    channel.force(true);
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
      for (long at = start; at < end; ) {
        at += channel.write(zeros.slice(0, (int) Math.min(zeros.capacity(), end - at)), at);
      }
    }

    @Override
    public void close() throws IOException {
      flush();
      if (holes != null) {
        holes.close();
      }
    }
  }

  @Override
  public GuestDisk reopen() throws IOException {
    return RawDisk.open(path, size);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
