// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import java.nio.ByteBuffer;

/** Numbers of the qcow2 format, after QEMU's docs/interop/qcow2.txt; all fields big-endian. */
final class Qcow2Header {
  static final int MAGIC = 0x514649fb;
  static final int LENGTH = 112;
  static final long COPIED = 1L << 63;
  static final long COMPRESSED = 1L << 62;
  static final long ZERO_FLAG = 1L;
  static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
  static final long INCOMPATIBLE_DIRTY = 1L;
  static final long INCOMPATIBLE_CORRUPT = 1L << 1;
  static final long INCOMPATIBLE_DATA_FILE = 1L << 2;
  static final long INCOMPATIBLE_COMPRESSION = 1L << 3;
  static final long INCOMPATIBLE_EXTENDED_L2 = 1L << 4;
  static final int ZLIB = 0;
  static final int ZSTD = 1;
  static final int REFCOUNT_ORDER = 4;

  private Qcow2Header() {}

  /** The header of a version 3 image with nothing optional but the compression type. */
  static ByteBuffer encode(
      int clusterBits,
      long size,
      int l1Size,
      long l1Offset,
      long tableOffset,
      int tableClusters,
      boolean zstd) {
    // The 8 zero bytes after the header end the list of extensions.
    ByteBuffer out = ByteBuffer.allocate(LENGTH + 8);
    out.putInt(0, MAGIC)
        .putInt(4, 3)
        .putInt(20, clusterBits)
        .putLong(24, size)
        .putInt(36, l1Size)
        .putLong(40, l1Offset)
        .putLong(48, tableOffset)
        .putInt(56, tableClusters)
        .putLong(72, zstd ? INCOMPATIBLE_COMPRESSION : 0)
        .putInt(96, REFCOUNT_ORDER)
        .putInt(100, LENGTH)
        .put(104, (byte) (zstd ? ZSTD : ZLIB));
    return out;
  }
}
