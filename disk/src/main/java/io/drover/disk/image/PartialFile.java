// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that grows under a name ending in {@code .partial} and takes its own name only when it is
 * whole, so nothing partial is ever mistaken for an image.
 */
public final class PartialFile implements Closeable {
  private final Path path;
  private final Path partial;
  private final FileChannel channel;
  private boolean complete;

  private PartialFile(Path path, Path partial, FileChannel channel) {
    this.path = path;
    this.partial = partial;
    this.channel = channel;
  }

  /** The name a file has until it is whole. */
  public static Path partialOf(Path path) {
    return path.resolveSibling(path.getFileName() + ".partial");
  }

  /** Begins an empty file; one left behind by an earlier attempt is replaced. */
  public static PartialFile create(Path path) throws IOException {
    Path partial = partialOf(path);
    FileChannel channel =
        FileChannel.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    return new PartialFile(path, partial, channel);
  }

  /** The open file. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Gives the file its own name, replacing what was there.
   *
   * @param durable whether its bytes are forced to disk first
   */
  public void complete(boolean durable) throws IOException {
    if (durable) {
      channel.force(true);
    }
    Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    complete = true;
  }

  /** Closes the file, and removes it unless it is complete. */
  @Override
  public void close() throws IOException {
    channel.close();
    if (!complete) {
      Files.deleteIfExists(partial);
    }
  }
}
