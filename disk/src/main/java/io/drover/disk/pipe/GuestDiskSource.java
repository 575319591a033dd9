// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import java.io.IOException;
import java.util.function.LongPredicate;

/** Reads a seekable disk extent by extent, on the workers' threads; known holes are passed over. */
public final class GuestDiskSource implements ExtentSource {
  private final GuestDisk disk;
  private final long extents;
  private long index;
  private long bytes;
  private LongPredicate durable = extent -> false;

  /**
   * @param disk closed with this
   */
  public GuestDiskSource(GuestDisk disk) {
    this.disk = disk;
    extents = Extent.count(disk.size());
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public boolean next(Packed into) throws IOException {
    while (index < extents) {
      long mine = index++;
      int length = Extent.length(disk.size(), mine);
      if (!durable.test(mine) && !disk.isZero(mine * Extent.SIZE, length)) {
        into.reset(mine);
        bytes += length;
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean passOver(LongPredicate known) {
    durable = known;
    return true;
  }

  @Override
  public void unpack(Packed packed, Extent out, Bench bench) throws IOException {
    disk.read(out.offset(), out.view(0, out.length()));
    for (int i = 0; i < out.blocks(); i++) {
      out.seal(i);
    }
  }

  @Override
  public long bytesRead() {
    return bytes;
  }

  @Override
  public long bufferBytes() {
    return disk.bufferBytes();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
