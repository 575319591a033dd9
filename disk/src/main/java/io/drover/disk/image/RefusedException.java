// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.IOException;

/** Says that what was asked cannot be, although nothing is damaged and nothing failed. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With what was expected, what is so instead, and what to do; without a full stop. */
  public RefusedException(String message) {
    super(message);
  }
}
