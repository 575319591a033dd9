// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.Conversion;
import io.drover.disk.image.PartialFile;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Journal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an interrupted {@code drover convert} left beside its OUT, to be gone on with, and the right
 * to write there, which one process has at a time.
 */
final class EarlierAttempt implements AutoCloseable {
  private final Path out;
  private final Path journal;
  private final FileChannel channel;
  private boolean compared;

  private EarlierAttempt(Path out, Path journal, FileChannel channel) {
    this.out = out;
    this.journal = journal;
    this.channel = channel;
  }

  /**
   * Takes the right to write an image.
   *
   * @throws Failure where another process has it, or where it would cost a file that is not ours
   */
  static EarlierAttempt of(Path in, Path out) throws IOException {
    Path journal = out.resolveSibling(out.getFileName() + ".journal");
    for (Path own : List.of(journal, PartialFile.partialOf(out))) {
      if (Files.exists(own) && Files.isSameFile(in, own)) {
        throw new Failure(
            Exit.REFUSED,
            "Expected to convert " + in + ", but it would be overwritten: name OUT otherwise.");
      }
    }
    if (Files.exists(journal) && !Journal.is(journal)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected "
              + journal
              + " to be of an interrupted conversion, but it is something else:"
              + " move it, or name OUT otherwise.");
    }
    FileChannel channel =
        FileChannel.open(journal, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    var attempt = new EarlierAttempt(out, journal, channel);
    if (!locked(channel)) {
      channel.close();
      throw new Failure(
          Exit.REFUSED, "Expected to write " + out + " alone, but another process is writing it.");
    }
    return attempt;
  }

  private static boolean locked(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return true; // A file system without locks.
    }
  }

  /** Removes what is there. */
  void forget() throws IOException {
    Files.deleteIfExists(PartialFile.partialOf(out));
    // Not deleted: the lock is on it.
    channel.truncate(0);
  }

  /**
   * Has the conversion go on with what is there, and leave the same for the next one.
   *
   * @param key names what is converted; null where it cannot be known to be the same
   */
  void resume(Conversion conversion, ExtentSource source, @Nullable String key) throws IOException {
    // What comes as a stream, in parts, is compared all over again.
    compared = source.part() > 0;
    if (key == null) {
      forget();
    } else {
      conversion.resume(journal, key);
    }
  }

  /** Says what the next attempt goes on with; empty where that is nothing. */
  String left() {
    Path partial = PartialFile.partialOf(out);
    return Files.exists(partial)
        ? " What is done is in "
            + partial
            + "; the same command goes on with it, --anew begins anew."
        : "";
  }

  /** The same, where the source is damaged: one that is not compared must not be gone on with. */
  String leftByDamage() throws IOException {
    if (!compared) {
      forget();
    }
    return left();
  }

  /** Gives the right back, and removes the journal where there is nothing to go on with. */
  @Override
  public void close() throws IOException {
    try (channel) {
      if (!Files.exists(PartialFile.partialOf(out))) {
        Files.deleteIfExists(journal);
      }
    }
  }
}
