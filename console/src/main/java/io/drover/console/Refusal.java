// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

/** A no to a caller, with the HTTP status that says which kind. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;

  public Refusal(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The message, never null. */
  public String text() {
    String message = getMessage();
    return message == null ? "refused" : message;
  }
}
