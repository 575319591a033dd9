// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether what a command printed got where it was to go, of which {@link System#out} is silent. */
public final class Printed {
  private static final Path STDOUT = Path.of("/proc/self/fd/1");

  private Printed() {}

  /** The code that a command ends with: a result that nobody can read is none. */
  public static int kept(int code) {
    if (code != Exit.OK || !lost()) {
      return code;
    }
    System.err.println(
        "drover: Expected to print how it came out, but that could not be written: see that there is"
            + " room where it goes. What was asked is done.");
    return Exit.NOT_WELL;
  }

  private static boolean lost() {
    try {
      // Whoever read a pipe, such as head, had enough. Elsewhere than on Linux nothing tells.
      return System.out.checkError() && Files.exists(STDOUT) && !FileType.isRead(STDOUT);
    } catch (IOException e) {
      return true;
    }
  }
}
