// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.IOException;

/** Says that work ended because its stop signal asked for it; nothing was wrong. */
public final class StoppedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With what was stopped. */
  public StoppedException(String what) {
    super(what + " was stopped as asked");
  }
}
