// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ResumableSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes a sparse raw file: zeros are never stored. Grows under a name ending in {@code .partial}
 * and takes its own name when whole.
 */
public final class RawWriter implements ResumableSink {
  private final Path path;
  private final boolean durable;
  private final PartialFile file;
  private @Nullable WrittenBlocks blocks;
  private boolean again;
  private long size;

  /**
   * Nothing is created before the conversion begins.
   *
   * @param path the image when it is finished; replaced if it exists
   * @param durable whether the finished image is forced to disk
   */
  public RawWriter(Path path, boolean durable) {
    this.path = path;
    this.durable = durable;
    file = new PartialFile(path);
  }

  @Override
  public void begin(long guestSize) throws IOException {
    begin(guestSize, file.create());
  }

  private void begin(long guestSize, FileChannel channel) throws IOException {
    size = guestSize;
    if (channel.size() < guestSize) {
      // A file ends where its last byte was written: there is no truncate to a larger size.
      channel.write(ByteBuffer.allocate(1), guestSize - 1);
    }
    blocks = new WrittenBlocks(file.partial(), channel, guestSize);
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
    if (again) {
      blocks().zeroTheRest();
    }
    if (file.channel().size() != size) {
      throw new IOException(
          "Expected " + size + " bytes in " + path + ", but " + file.channel().size());
    }
    file.complete(durable);
  }

  @Override
  public GuestDisk reopen() throws IOException {
    return RawDisk.open(path);
  }

  @Override
  public String kind() {
    return "raw";
  }

  @Override
  public boolean hasEarlier() {
    return file.hasPartial();
  }

  @Override
  public void beginAgain(long guestSize, long end) throws IOException {
    // What the earlier attempt wrote after its last checkpoint must not stay.
    again = true;
    begin(guestSize, file.reopen());
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
    again = true;
  }

  @Override
  public long end() {
    return 0;
  }

  @Override
  public void force() throws IOException {
    file.channel().force(false);
  }

  @Override
  public void keep() {
    file.keep();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
