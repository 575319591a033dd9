// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

/** Hears how far a conversion or a digest is, a few times a second at most per extent. */
@FunctionalInterface
public interface Progress {
  /** Hears nothing. */
  Progress NONE = (bytesRead, guestBytes) -> {};

  /**
   * Called on the reading thread after each extent; must return soon.
   *
   * @param bytesRead bytes taken from the source
   * @param guestBytes guest bytes passed, holes included, up to the size of the disk
   */
  void at(long bytesRead, long guestBytes);
}
