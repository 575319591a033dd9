// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

/**
 * An L2 entry of a compressed cluster: a byte offset, and how many further 512-byte sectors its
 * data touches.
 */
final class CompressedEntry {
  private static final int SECTOR = 512;

  private CompressedEntry() {}

  /** Bits of the offset field: 62 - (cluster bits - 8). */
  private static int offsetBits(int cluster) {
    return 62 - (Integer.numberOfTrailingZeros(cluster) - 8);
  }

  static long encode(long offset, int length, int cluster) {
    long sectors = (offset + length - 1) / SECTOR - offset / SECTOR;
    return Qcow2Header.COMPRESSED | sectors << offsetBits(cluster) | offset;
  }

  static long offset(long entry, int cluster) {
    return entry & ((1L << offsetBits(cluster)) - 1);
  }

  /** Bytes from the offset to the end of the last sector touched. */
  static int length(long entry, int cluster) {
    long sectors = (entry & ~(3L << 62)) >>> offsetBits(cluster);
    return (int) ((sectors + 1) * SECTOR - offset(entry, cluster) % SECTOR);
  }
}
