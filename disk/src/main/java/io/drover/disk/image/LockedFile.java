// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A file that one writer has, against other processes and the rest of this one, until it is closed.
 * The system drops a lock as soon as the process closes any descriptor of the file: keep all others
 * open until this may go.
 */
public final class LockedFile implements Closeable {
  // What this process has, locks of files that are yet to be made included. A second one here must
  // not even be opened: to close it would give up the first one's lock.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  /** The locks of the file system. */
  interface Locks {
    /** Locks a whole file; null where another process has. */
    @Nullable FileLock tryLock(FileChannel channel) throws IOException;
  }

  private final @Nullable Path held;
  private final FileChannel channel;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param held what is let go when this is closed; null where whoever holds it does that
   */
  private LockedFile(@Nullable Path held, FileChannel channel) {
    this.held = held;
    this.channel = channel;
  }

  /**
   * Opens a file that is there and locks it; where the file system has no locks, for this process
   * only.
   *
   * @param named what is written, for the message
   * @param options for writing at least
   * @throws InUseException where it is locked already
   */
  public static LockedFile open(Path path, Path named, OpenOption... options) throws IOException {
    Path real = path.toRealPath();
    hold(real, named);
    try {
      return new LockedFile(
          real, channel(path, named, LockFile.Without.THIS_PROCESS, FileChannel::tryLock, options));
    } catch (IOException | RuntimeException e) {
      release(real);
      throw e;
    }
  }

  /** The same, of a file that the caller holds and lets go. */
  static LockedFile openHeld(
      Path path, Path named, LockFile.Without locks, Locks system, OpenOption... options)
      throws IOException {
    return new LockedFile(null, channel(path, named, locks, system, options));
  }

  /**
   * Takes a file for this process, be it there yet or not.
   *
   * @param real its path without links
   */
  static void hold(Path real, Path named) throws InUseException {
    if (!HELD.add(real)) {
      throw new InUseException(named);
    }
  }

  static void release(Path real) {
    HELD.remove(real);
  }

  private static FileChannel channel(
      Path path, Path named, LockFile.Without locks, Locks system, OpenOption... options)
      throws IOException {
    FileChannel channel = FileChannel.open(path, options);
    if (!locked(channel, locks, system)) {
      channel.close();
      throw new InUseException(named);
    }
    return channel;
  }

  private static boolean locked(FileChannel channel, LockFile.Without without, Locks system)
      throws IOException {
    try {
      FileLock lock = system.tryLock(channel);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      // A file system without locks.
      return switch (without) {
        case THIS_PROCESS -> true;
        case NOBODY -> {
          channel.close();
          throw e;
        }
      };
    }
  }

  /** The open file. */
  public FileChannel channel() {
    return channel;
  }

  @Override
  public void close() throws IOException {
    // That the channel is not open tells nothing: an interrupt of who writes closes it, too.
    if (closed.compareAndSet(false, true)) {
      try {
        channel.close();
      } finally {
        if (held != null) {
          release(held);
        }
      }
    }
  }
}
