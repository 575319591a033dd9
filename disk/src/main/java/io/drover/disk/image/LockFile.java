// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The right to write an image, which one writer has at a time: a lock on an empty file of its own
 * beside it. On no other file: what is opened and closed meanwhile gives its locks up. The file
 * goes with the lock; one that a killed process left is taken.
 */
public final class LockFile implements Closeable {
  private static final int TRIES = 100;

  private final Path path;
  private final LockedFile file;
  private final Path held;
  private final AtomicBoolean closed = new AtomicBoolean();

  private LockFile(Path path, LockedFile file, Path held) {
    this.path = path;
    this.file = file;
    this.held = held;
  }

  /** Where it is or will be, by whatever way its folder was named. */
  private static Path real(Path path) throws IOException {
    Path whole = path.toAbsolutePath().normalize();
    Path folder = whole.getParent();
    return folder == null
        ? whole
        : folder.toRealPath().resolve(Objects.requireNonNull(whole.getFileName()));
  }

  /** Whom a lock keeps out where the file system has none. */
  public enum Without {
    /** This process: nobody else writes there. */
    THIS_PROCESS,
    /** Nobody, so it is an error: others write there. */
    NOBODY
  }

  /**
   * Takes the right.
   *
   * @param path of the lock's file, which nothing else is kept in
   * @param named what is written, for messages
   * @throws InUseException where another has it
   * @throws FileAlreadyExistsException where the file is something else
   * @throws IOException where it cannot be made, or where there are no locks and must be
   */
  public static LockFile take(Path path, Path named, Without locks) throws IOException {
    return take(path, named, locks, FileChannel::tryLock);
  }

  static LockFile take(Path path, Path named, Without locks, LockedFile.Locks system)
      throws IOException {
    // From before the file is made until after it is gone and unlocked: a second taker here in
    // between would make a file, be refused, and leave it.
    Path real = real(path);
    LockedFile.hold(real, named);
    @Nullable LockFile lock = null;
    try {
      for (int i = 0; i < TRIES && lock == null; i++) {
        lock = tryTake(path, named, real, locks, system);
      }
    } finally {
      if (lock == null) {
        LockedFile.release(real);
      }
    }
    if (lock == null) {
      throw new IOException(path + " is removed again and again. See who does so");
    }
    return lock;
  }

  /** Null where the file was removed meanwhile: a lock on it would keep nobody out. */
  private static @Nullable LockFile tryTake(
      Path path, Path named, Path real, Without locks, LockedFile.Locks system) throws IOException {
    boolean made = false;
    try {
      Files.createFile(path);
      made = true;
    } catch (FileAlreadyExistsException e) {
      // Another writer's, or one's that was killed.
    }
    try {
      BasicFileAttributes before = state(path);
      if (!before.isRegularFile() || before.size() > 0) {
        throw new FileAlreadyExistsException(
            path.toString(), named.toString(), "no file of a lock");
      }
      LockedFile file =
          LockedFile.openHeld(
              path, named, locks, system, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      boolean same = false;
      try {
        same = Objects.equals(before.fileKey(), state(path).fileKey()) && linked(path);
        return same ? new LockFile(path, file, real) : null;
      } finally {
        if (!same) {
          file.close();
        }
      }
    } catch (NoSuchFileException e) {
      return null;
    } catch (InUseException | FileAlreadyExistsException e) {
      // Whoever has it removes it.
      throw e;
    } catch (IOException e) {
      if (made) {
        Files.deleteIfExists(path);
      }
      throw e;
    }
  }

  /**
   * Whether a file still has a name: a client of NFS may remember the name of one that has none.
   */
  private static boolean linked(Path path) throws IOException {
    return !path.getFileSystem().supportedFileAttributeViews().contains("unix")
        || (int) Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS) > 0;
  }

  private static BasicFileAttributes state(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Gives the right back, and removes the file. */
  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try (file) {
        // Before it is unlocked: afterwards it may be another's.
        Files.deleteIfExists(path);
      } finally {
        LockedFile.release(held);
      }
    }
  }
}
