// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.IOException;
import java.nio.file.Path;

/** A file that was written lost its name to another: what has the name now is not what was made. */
public final class ReplacedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  ReplacedFileException(Path path) {
    super(path + " was replaced or removed while it was written. Convert again");
  }
}
