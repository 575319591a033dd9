// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.image.RefusedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Says in words why a file could not be used, where the JDK names only the file. */
final class FileTrouble {
  private FileTrouble() {}

  /** What was wrong, without a full stop. */
  static String of(IOException e) {
    return switch (e) {
      case AccessDeniedException denied when denied.getReason() == null ->
          "there is no permission for "
              + denied.getFile()
              + " (see that this user may use it, and the folder it is in)";
      case NoSuchFileException none when none.getReason() == null ->
          "there is no file " + none.getFile();
      default -> String.valueOf(e.getMessage());
    };
  }

  /**
   * How a command ends for it: a right that is missing is a prerequisite, as the file itself is.
   */
  static int exit(IOException e) {
    return switch (e) {
      case AccessDeniedException _, NoSuchFileException _ -> Exit.CONFIGURATION;
      case RefusedException _ -> Exit.REFUSED;
      default -> Exit.NOT_WELL;
    };
  }

  /** That a file cannot be written, and what to see to, without a full stop. */
  static String unwritable(@Nullable Path file) {
    return file + " cannot be written: see that its folder exists and may be written to";
  }
}
