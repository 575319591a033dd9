// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.digest;

/**
 * A range of guest bytes, to name what differs.
 *
 * @param offset first byte
 * @param length bytes
 */
public record ByteRange(long offset, long length) {

  /** The byte after the last. */
  public long end() {
    return offset + length;
  }

  @Override
  public String toString() {
    return "[" + offset + ", " + end() + ")";
  }
}
