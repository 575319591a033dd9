// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether what a command printed got where it was to go, of which a {@link PrintStream} is silent.
 */
public final class Printed {
  private static final Path STDOUT = Path.of("/proc/self/fd/1");

  private Printed() {}

  /** The code that a command ends with: a result that nobody can read is none. */
  public static int kept(int code) {
    if (code != Exit.OK || !lost(System.out, STDOUT)) {
      return code;
    }
    System.err.println(
        "drover: What was to be printed could not be written: see that there is room where it"
            + " goes, and run it again.");
    return Exit.NOT_WELL;
  }

  /** A pipe is let off: whoever read it, such as {@code head}, had enough. */
  static boolean lost(PrintStream out, Path descriptor) {
    try {
      return out.checkError() && !Files.readSymbolicLink(descriptor).toString().startsWith("pipe:");
    } catch (IOException e) {
      return true; // It is closed, or this is no Linux.
    }
  }
}
