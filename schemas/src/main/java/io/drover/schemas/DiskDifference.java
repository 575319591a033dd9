// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;

/**
 * Where a landed volume is not what its source was: found by the digest's level-2 list, then its
 * leaves.
 *
 * @param extents within how many extents of 4 MiB: all those of a GiB where only its digest is
 *     known
 * @param ranges the first of them, neighbours joined, ascending
 */
public record DiskDifference(long extents, List<Range> ranges) {
  public DiskDifference {
    ranges = List.copyOf(ranges);
  }

  /**
   * Bytes of the guest-visible disk.
   *
   * @param offset of the first, from the disk's beginning
   * @param length in bytes
   */
  public record Range(long offset, long length) {}
}
