// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

/** Ends a command with one sentence for the person and an exit code for the script. */
public final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int code;

  public Failure(int code, String message) {
    super(message);
    this.code = code;
  }

  /** One of {@link Exit}. */
  public int code() {
    return code;
  }
}
