// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that grows under a name ending in {@code .partial} and takes its own name only when it is
 * whole, so nothing partial is ever mistaken for an image.
 */
public final class PartialFile implements Closeable {
  /** What the name of an unfinished file ends with. */
  public static final String ENDING = ".partial";

  private static final int FILE_TYPE = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;

  private final Path path;
  private final Path partial;
  private @Nullable FileChannel channel;
  private @Nullable FileIdentity identity;
  private boolean complete;
  private boolean kept;

  /** Touches nothing yet. */
  public PartialFile(Path path) {
    this.path = path;
    partial = partialOf(path);
  }

  /** The name a file has until it is whole. */
  public static Path partialOf(Path path) {
    return path.resolveSibling(path.getFileName() + ENDING);
  }

  /** The name this file has until it is whole. */
  public Path partial() {
    return partial;
  }

  /** Whether an earlier attempt left its file. */
  public boolean hasPartial() {
    return Files.isRegularFile(partial, LinkOption.NOFOLLOW_LINKS);
  }

  /** Begins an empty file; one left behind by an earlier attempt is replaced. */
  public FileChannel create() throws IOException {
    return open(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** Opens what an earlier attempt left. */
  public FileChannel reopen() throws IOException {
    return open();
  }

  private FileChannel open(StandardOpenOption... more) throws IOException {
    refuseForeign();
    Set<StandardOpenOption> options = EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    options.addAll(List.of(more));
    FileChannel opened = FileChannel.open(partial, options);
    channel = opened;
    identity = new FileIdentity(partial, LinkOption.NOFOLLOW_LINKS);
    return opened;
  }

  /** What is written would be in a file that nobody named. */
  private void refuseForeign() throws IOException {
    if (!Files.exists(partial, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean unix = partial.getFileSystem().supportedFileAttributeViews().contains("unix");
    boolean alone =
        hasPartial()
            ? !unix
                || (int) Files.getAttribute(partial, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1
            // A link to a device that keeps nothing costs nobody anything: the tests use /dev/full.
            : unix
                && Files.exists(partial)
                && ((int) Files.getAttribute(partial, "unix:mode") & FILE_TYPE) == CHARACTER_DEVICE;
    if (!alone) {
      throw new FileAlreadyExistsException(
          partial.toString(),
          null,
          "it is a link, a folder, or has another name too. Move it, or name the image otherwise");
    }
  }

  /** The open file. */
  public FileChannel channel() {
    FileChannel open = channel;
    if (open == null) {
      throw new IllegalStateException("the file was not begun");
    }
    return open;
  }

  /** From now on {@link #close} leaves an incomplete file in place. */
  public void keep() {
    kept = true;
  }

  /**
   * Gives the file its own name, replacing what was there.
   *
   * @param durable whether its bytes, and its name, are forced to disk
   */
  public void complete(boolean durable) throws IOException {
    if (durable) {
      FilePlace.force(channel(), partial, true);
    }
    if (identity != null) {
      identity.demand();
    }
    Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    complete = true;
    Path directory = path.toAbsolutePath().getParent();
    if (durable && directory != null) {
      try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
        parent.force(true);
      }
    }
  }

  /** Closes the file, and removes it unless it is complete or kept. */
  @Override
  public void close() throws IOException {
    FileChannel open = channel;
    if (open != null) {
      open.close();
      if (!complete && !kept && identity != null && identity.holds()) {
        Files.deleteIfExists(partial);
      }
    }
  }
}
