// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import io.drover.disk.image.GuestDisk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A raw file or block device as a disk; knows the holes of a sparse file where the system does. */
public final class RawDisk implements GuestDisk {
  private final FileChannel channel;
  private final @Nullable Holes holes;
  private final long size;
  private final @Nullable Standing standing;

  private RawDisk(
      FileChannel channel, @Nullable Holes holes, long size, @Nullable Standing standing) {
    this.channel = channel;
    this.holes = holes;
    this.size = size;
    this.standing = standing;
  }

  /**
   * Opens a file or block device for reading.
   *
   * @throws IOException where it cannot be read
   */
  public static RawDisk open(Path path) throws IOException {
    return open(path, -1);
  }

  /**
   * Opens the first bytes of a file or block device for reading.
   *
   * @param size bytes of the disk, where the volume may be larger; -1 for all
   * @throws IOException where it cannot be read or is shorter
   */
  public static RawDisk open(Path path, long size) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    long has = channel.size();
    if (size > has) {
      channel.close();
      throw new IOException(
          "Expected "
              + size
              + " bytes in "
              + path
              + ", but it has "
              + has
              + ". Fetch it again, or name its own size");
    }
    return new RawDisk(channel, Holes.open(path, false), size < 0 ? has : size, null);
  }

  /**
   * The same, read past the system's cache where that can be ({@link #isPastCache} tells): what is
   * on the device, not what somebody wrote here who may not have got it there.
   *
   * @param size bytes of the disk, where the volume may be larger; -1 for all
   * @throws IOException where it cannot be read or is shorter
   */
  public static RawDisk openPastCache(Path path, long size) throws IOException {
    RawDisk cached = open(path, size);
    try {
      return new RawDisk(cached.channel, cached.holes, cached.size, Standing.proved(path));
    } catch (IOException | RuntimeException e) {
      cached.close();
      throw e;
    }
  }

  /** Whether it is read past the system's cache. */
  public boolean isPastCache() {
    return standing != null;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    if (standing != null) {
      standing.fill(into, offset);
      return;
    }
    long at = offset;
    while (into.hasRemaining()) {
      int got = channel.read(into, at);
      if (got < 0) {
        throw new EOFException("Read at byte " + at + " of a disk of " + size);
      }
      at += got;
    }
  }

  @Override
  public boolean isZero(long offset, long length) {
    return holes != null && holes.nextData(offset) >= Math.min(size, offset + length);
  }

  @Override
  public void close() throws IOException {
    try (channel;
        standing) {
      if (holes != null) {
        holes.close();
      }
    }
  }
}
