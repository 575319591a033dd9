// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.IOException;
import java.nio.file.Path;

/** Says that somebody else works on a file, which was not touched: two writers would mix. */
public final class InUseException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With the file that is in use. */
  public InUseException(Path file) {
    super("Expected to write " + file + " alone, but another process has it in use");
  }
}
