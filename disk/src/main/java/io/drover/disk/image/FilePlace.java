// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Set;

/** Puts bytes at their place in a file, for good, and names the file where that fails. */
public final class FilePlace {
  /** EPERM and EROFS in the words of the system: such as a device that was set to read-only. */
  private static final Set<String> DENIED =
      Set.of("Operation not permitted", "Read-only file system");

  private FilePlace() {}

  /**
   * Writes all that remains in {@code bytes}.
   *
   * @param path of the file, for the message
   * @param at offset in the file, in bytes
   * @throws IOException that names the file, as when its disk is full
   */
  public static void write(FileChannel channel, Path path, ByteBuffer bytes, long at)
      throws IOException {
    long to = at;
    try {
      while (bytes.hasRemaining()) {
        to += channel.write(bytes, to);
      }
    } catch (ClosedChannelException e) {
      throw e; // Closed on purpose, or interrupted.
    } catch (IOException e) {
      throw new IOException(
          "Expected to write "
              + path
              + " at byte "
              + to
              + ", but: "
              + e.getMessage()
              + (DENIED.contains(String.valueOf(e.getMessage()))
                  ? ". See that it may be written"
                  : ". Free space there")
              + ", or write to another place",
          e);
    }
  }

  /**
   * Forces what was written to disk.
   *
   * @param path of the file, for the message
   * @param metadata whether what only describes the file, such as its times, is forced too
   * @throws IOException that names the file: nothing that was written since it was last forced can
   *     be relied on, even where it reads back, for the system forgets what it could not write
   */
  public static void force(FileChannel channel, Path path, boolean metadata) throws IOException {
    try {
      channel.force(metadata);
    } catch (ClosedChannelException e) {
      throw e; // Closed on purpose, or interrupted.
    } catch (IOException e) {
      throw new IOException(
          "Expected " + path + " to be on its disk, but: " + e.getMessage() + ". Check that disk",
          e);
    }
  }
}
