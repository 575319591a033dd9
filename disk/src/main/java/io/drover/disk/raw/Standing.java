// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import com.sun.nio.file.ExtendedOpenOption;
import io.drover.disk.image.Extent;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Reads what stands on a volume, past the system's cache: after an error that holds what never came
 * to the disk, and gives it for what does.
 */
final class Standing implements Closeable {
  private final FileChannel channel;
  private final int unit;

  Standing(FileChannel channel, int unit) {
    this.channel = channel;
    this.unit = unit;
  }

  /**
   * Opens a file or block device; null where the system reads it through its cache only.
   *
   * @throws IOException where it cannot be opened: that says nothing of how it is read
   */
  static @Nullable Standing open(Path path) throws IOException {
    try {
      long unit = Files.getFileStore(path).getBlockSize();
      return unit < 1 || unit > Extent.BLOCK || Extent.BLOCK % unit != 0
          ? null
          : new Standing(
              FileChannel.open(path, StandardOpenOption.READ, ExtendedOpenOption.DIRECT),
              (int) unit);
    } catch (UnsupportedOperationException e) {
      return null;
    } catch (IOException e) {
      if (isRefusal(e)) {
        return null;
      }
      throw e;
    }
  }

  /**
   * The same, where it was seen to be read so; some file systems refuse only the reading.
   *
   * @throws IOException where the device fails: its cache would hide that
   */
  static @Nullable Standing proved(Path path) throws IOException {
    Standing standing = open(path);
    return standing == null || standing.isRead() ? standing : null;
  }

  /** Whether it can be read; closed where it cannot. */
  boolean isRead() throws IOException {
    try {
      fill(ByteBuffer.allocate(1), 0);
      return true;
    } catch (EOFException e) {
      close();
      return false;
    } catch (IOException e) {
      close();
      if (isRefusal(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Whether it says that there are no direct reads of this kind, not that one failed. */
  private static boolean isRefusal(IOException e) {
    // Not with the path, which may say anything.
    String said =
        String.valueOf(e instanceof FileSystemException of ? of.getReason() : e.getMessage());
    return said.contains("Invalid argument")
        || said.contains("not supported")
        || said.contains("multiple of the block size");
  }

  /**
   * Reads bytes, as far as they can be.
   *
   * @param room at a multiple of 4 KiB in memory, with a block more than asked for
   * @param at a multiple of {@link Extent#BLOCK}
   * @return how many could be read: none of the rest can be told
   */
  int read(MemorySegment room, long at, int count) throws IOException {
    int whole = (count + unit - 1) / unit * unit;
    ByteBuffer into = room.asSlice(0, whole).asByteBuffer();
    try {
      units(into, at);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      // It cannot be read where it stands: it is written.
      return into.position();
    }
    return into.position();
  }

  /**
   * Fills {@code into}, wherever that lies in memory.
   *
   * @throws EOFException where the file ends before
   */
  void fill(ByteBuffer into, long at) throws IOException {
    int count = into.remaining();
    long from = at / unit * unit;
    if (from == at && count % unit == 0 && aligned(into)) {
      if (units(into.slice(), at) < count) {
        throw ended(at);
      }
      into.position(into.limit());
      return;
    }
    int skipped = (int) (at - from);
    int whole = (skipped + count + unit - 1) / unit * unit;
    try (Arena arena = Arena.ofConfined()) {
      ByteBuffer room = arena.allocate(whole, Math.max(unit, 4096)).asByteBuffer();
      if (units(room, from) < skipped + count) {
        throw ended(at);
      }
      into.put(room.slice(skipped, count));
    }
  }

  private boolean aligned(ByteBuffer buffer) {
    return buffer.isDirect() && buffer.alignmentOffset(buffer.position(), unit) == 0;
  }

  private static EOFException ended(long at) {
    return new EOFException("Read at byte " + at + ", where the file has ended");
  }

  /** Reads whole units, of which the last may be cut by the end of the file; how many bytes. */
  private int units(ByteBuffer into, long at) throws IOException {
    int got = 0;
    while (got >= 0 && into.hasRemaining() && into.position() % unit == 0) {
      got = channel.read(into, at + into.position());
    }
    return into.position();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
