// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ResumableSink;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Writes a disk into a volume that exists: a block device, or the image file of a mounted
 * filesystem volume. What the disk does not store is made zeros at the end, by punching holes where
 * the system can, unless the volume is known to be zeros. A volume may be larger than the disk;
 * what lies behind is left alone.
 */
public final class InPlaceWriter implements ResumableSink {
  private final Path path;
  private boolean blank;
  private final FileChannel channel;
  private @Nullable WrittenBlocks blocks;
  private long size;

  /**
   * Opens the volume for writing.
   *
   * @param path a block device or an existing file
   * @param blank whether all of it is known to read as zeros: false where any attempt was made
   *     before, unless its journal is gone on with
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
    blocks = new WrittenBlocks(path, channel, guestSize);
    size = guestSize;
  }

  private WrittenBlocks blocks() {
    WrittenBlocks known = blocks;
    if (known == null) {
      throw new IllegalStateException("begin was not called");
    }
    return known;
  }

  @Override
  public int unit() {
    return Extent.BLOCK;
  }

  @Override
  public void write(Extent extent, Bench bench) throws IOException {
    blocks().write(extent);
  }

  @Override
  public void finish() throws IOException {
    if (!blank) {
      blocks().zeroTheRest();
    }
    channel.force(true);
  }

  @Override
  public GuestDisk reopen() throws IOException {
    return RawDisk.open(path, size);
  }

  @Override
  public String kind() {
    return "in place";
  }

  @Override
  public boolean hasEarlier() {
    return true;
  }

  @Override
  public void beginAgain(long guestSize, long end) throws IOException {
    begin(guestSize);
    // What the earlier attempt wrote after its last checkpoint must not stay.
    blank = false;
  }

  @Override
  public long[] stored(long extent) {
    return new long[] {blocks().mask(extent)};
  }

  @Override
  public void restore(long extent, long[] stored) {
    blocks().mask(extent, stored[0]);
  }

  @Override
  public void discard(long extent) {
    blocks().mask(extent, 0);
    blank = false;
  }

  @Override
  public long end() {
    return 0;
  }

  @Override
  public void force() throws IOException {
    channel.force(false);
  }

  @Override
  public void keep() {}

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
