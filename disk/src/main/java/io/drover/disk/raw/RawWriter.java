// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.FilePlace;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Writes a sparse raw file: zeros are never stored. Grows under a name ending in {@code .partial}
 * and takes its own name when whole.
 */
public final class RawWriter extends BlockSink {
  private final Path path;
  private final boolean durable;
  private final PartialFile file;
  private long size;

  /**
   * Nothing is created before the conversion begins.
   *
   * @param path the image when it is finished; replaced if it exists
   * @param durable whether the finished image is forced to disk
   */
  public RawWriter(Path path, boolean durable) {
    super(true);
    this.path = path;
    this.durable = durable;
    file = new PartialFile(path);
  }

  @Override
  public void begin(long guestSize) throws IOException {
    FileChannel ignored = file.create();
    size = guestSize;
    grow();
    blocks(file.partial(), guestSize);
  }

  /** A file ends where its last byte was written: there is no truncate to a larger size. */
  private void grow() throws IOException {
    if (file.channel().size() < size) {
      FilePlace.write(file.channel(), file.partial(), ByteBuffer.allocate(1), size - 1);
    }
  }

  @Override
  FileChannel channel() {
    return file.channel();
  }

  @Override
  public void finish() throws IOException {
    grow();
    zeroTheRest();
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
    soil();
    size = guestSize;
    // It may have grown since. Where it was cut it stays so until all is written: as long as the
    // journal tells of what is gone, that must be seen.
    had(file.reopen().truncate(guestSize).size());
    blocks(file.partial(), guestSize);
  }

  @Override
  public void keep() {
    file.keep();
  }

  @Override
  public void close() throws IOException {
    try (file) {
      super.close();
    }
  }
}
