// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import java.util.HashMap;
import java.util.Map;

/**
 * Remembers which grains came, one bit each, in pages that exist only where grains did: a lying
 * header costs nothing.
 */
final class GrainLog {
  private static final int PAGE_BITS = 1 << 16;

  private final long grains;
  private final Map<Long, long[]> pages = new HashMap<>();
  private long pageIndex = -1;
  private long[] page = new long[0];

  GrainLog(long grains) {
    this.grains = grains;
  }

  /** Notes a grain; false where it was there before. */
  boolean add(long grain) {
    if (grain < 0 || grain >= grains) {
      throw new IndexOutOfBoundsException("grain " + grain + " of " + grains);
    }
    long index = grain / PAGE_BITS;
    if (index != pageIndex) {
      page = pages.computeIfAbsent(index, unused -> new long[PAGE_BITS / 64]);
      pageIndex = index;
    }
    int bit = (int) (grain % PAGE_BITS);
    long mask = 1L << (bit & 63);
    if ((page[bit >>> 6] & mask) != 0) {
      return false;
    }
    page[bit >>> 6] |= mask;
    return true;
  }
}
