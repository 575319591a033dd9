// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.image.LockFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

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
    }
  }
}
