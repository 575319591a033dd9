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
    begin(guestSize, file.create());
  }

  private void begin(long guestSize, FileChannel channel) throws IOException {
    size = guestSize;
    // One that an earlier attempt left may have grown since.
    channel.truncate(guestSize);
    if (channel.size() < guestSize) {
      // A file ends where its last byte was written: there is no truncate to a larger size.
      FilePlace.write(channel, file.partial(), ByteBuffer.allocate(1), guestSize - 1);
    }
    blocks(file.partial(), guestSize);
  }

  @Override
  FileChannel channel() {
    return file.channel();
  }

  @Override
  public void finish() throws IOException {
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
    FileChannel channel = file.reopen();
    had(channel.size());
    begin(guestSize, channel);
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
