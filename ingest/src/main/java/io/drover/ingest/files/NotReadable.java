// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

/** A file that is not what it was given as; the message names the file and the remedy. */
public final class NotReadable extends RuntimeException {
  private static final long serialVersionUID = 1;

  public NotReadable(String message) {
    super(message);
  }
}
