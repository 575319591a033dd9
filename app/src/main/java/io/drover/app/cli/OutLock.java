// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.image.LockedFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The right to write an image, which one command has at a time: a lock on an empty file of its own
 * beside it. On no other file: what is opened and closed meanwhile gives its locks up.
 */
final class OutLock implements AutoCloseable {
  private static final int TRIES = 100;

  private final Path path;
  private final LockedFile file;

  private OutLock(Path path, LockedFile file) {
    this.path = path;
    this.file = file;
  }

  /** The file that is locked while an image is written. */
  static Path of(Path out) {
    return out.resolveSibling(out.getFileName() + ".lock");
  }

  /**
   * Takes the right.
   *
   * @throws io.drover.disk.image.InUseException where another command has it
   * @throws Failure where it would cost a file that is not ours
   */
  static OutLock take(Path out) throws IOException {
    Path path = of(out);
    for (int i = 0; i < TRIES; i++) {
      @Nullable OutLock lock = tryTake(path, out);
      if (lock != null) {
        return lock;
      }
    }
    throw new IOException(path + " is removed again and again. See who does so");
  }

  /** Null where the file was removed meanwhile: a lock on it would keep nobody out. */
  private static @Nullable OutLock tryTake(Path path, Path out) throws IOException {
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      // Another command's, or one's that was killed.
    }
    try {
      BasicFileAttributes before = state(path);
      if (!before.isRegularFile() || before.size() > 0) {
        throw new Failure(
            Exit.REFUSED,
            "Expected "
                + path
                + " to be free, to keep others from writing "
                + out
                + ", but it is something else: move it, or name OUT otherwise.");
      }
      LockedFile file =
          LockedFile.open(path, out, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      boolean same = false;
      try {
        same = Objects.equals(before.fileKey(), state(path).fileKey());
        return same ? new OutLock(path, file) : null;
      } finally {
        if (!same) {
          file.close();
        }
      }
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static BasicFileAttributes state(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Gives the right back. */
  @Override
  public void close() throws IOException {
    try (file) {
      // Before it is unlocked: afterwards it may be another's.
      Files.deleteIfExists(path);
    }
  }
}
