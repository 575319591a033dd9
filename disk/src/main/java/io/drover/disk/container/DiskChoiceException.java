// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import java.io.IOException;

/** A package is as it must be, but which of its disks is meant was not said, or not rightly. */
public final class DiskChoiceException extends IOException {
  private static final long serialVersionUID = 1L;

  DiskChoiceException(String what) {
    super(what + ". Say which of them is meant, by its file, id or number.");
  }
}
