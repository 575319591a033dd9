// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.image.LockFile;
import io.drover.disk.image.LockedFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The right to write OUT, which one command has at a time. */
final class OutLock {
  private OutLock() {}

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
  static LockFile take(Path out) throws IOException {
    try {
      return LockFile.take(of(out), out, LockFile.Without.THIS_PROCESS);
    } catch (FileAlreadyExistsException e) {
      throw new Failure(
          Exit.REFUSED,
          "Expected "
              + of(out)
              + " to be free, to keep others from writing "
              + out
              + ", but it is something else: move it, or name OUT otherwise.");
    } catch (AccessDeniedException e) {
      if (Files.exists(of(out), LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
      throw new Failure(
          Exit.CONFIGURATION,
          "Expected to write into "
              + out.toAbsolutePath().getParent()
              + ", but this user may not: allow it, or name OUT otherwise.");
    }
  }

  /**
   * Takes the right to replace a file that is there, which nobody may be writing in place.
   *
   * @return null where there is none, or none that anybody here could write
   * @throws io.drover.disk.image.InUseException where somebody writes it
   */
  static @Nullable LockedFile takeReplaced(Path out) throws IOException {
    try {
      return Files.isRegularFile(out) ? LockedFile.open(out, out, StandardOpenOption.WRITE) : null;
    } catch (AccessDeniedException | NoSuchFileException e) {
      return null;
    }
  }
}
