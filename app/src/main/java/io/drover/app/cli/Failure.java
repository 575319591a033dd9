// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.util.regex.Pattern;

/**
 * Ends a command with one sentence for the person and an exit code for the script. A name out of an
 * image must neither steer the terminal nor break the sentence: control characters are written out.
 */
public final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}]");

  private final int code;

  public Failure(int code, String message) {
    super(printable(message));
    this.code = code;
  }

  /** The text with its control characters written out, as {@code <1b>}. */
  static String printable(String text) {
    return CONTROL
        .matcher(text)
        .replaceAll(found -> String.format("<%02x>", (int) found.group().charAt(0)));
  }

  /** One of {@link Exit}. */
  public int code() {
    return code;
  }
}
