// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.PositionalSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Writes a sparse raw file: zeros are never stored. Grows under a name ending in {@code .partial}
 * and takes its own name when whole.
 */
public final class RawWriter implements PositionalSink {
  private final Path path;
  private final boolean durable;
  private final PartialFile file;
  private long size;

  /**
   * Creates the file.
   *
   * @param path the image when it is finished; replaced if it exists
   * @param durable whether the finished image is forced to disk
   */
  public RawWriter(Path path, boolean durable) throws IOException {
    this.path = path;
    this.durable = durable;
    file = PartialFile.create(path);
  }

  @Override
  public void begin(long guestSize) throws IOException {
    size = guestSize;
    // A file ends where its last byte was written: there is no truncate to a larger size.
    file.channel().write(ByteBuffer.allocate(1), guestSize - 1);
  }

  @Override
  public int unit() {
    return Extent.BLOCK;
  }

  @Override
  public void write(Extent extent, Bench bench) throws IOException {
    writeRuns(file.channel(), extent);
  }

  /** Writes the present blocks of an extent to their places, neighbours in one call. */
  static void writeRuns(FileChannel channel, Extent extent) throws IOException {
    int blocks = extent.blocks();
    for (int i = extent.nextPresent(0); i < blocks; ) {
      int end = extent.nextAbsent(i);
      int from = i * Extent.BLOCK;
      ByteBuffer run = extent.view(from, Math.min(end * Extent.BLOCK, extent.length()) - from);
      long at = extent.offset() + from;
      while (run.hasRemaining()) {
        at += channel.write(run, at);
      }
      i = extent.nextPresent(end);
    }
  }

  @Override
  public void finish() throws IOException {
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
  public void close() throws IOException {
    file.close();
  }
}
