// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.digest;

import io.drover.disk.image.Extent;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Computes the leaf of an extent. One per thread. */
public final class LeafHasher {
  private static final byte[] ZERO_EXTENT =
      HexFormat.of().parseHex("bb9f8df61474d25e71fa00722318cd387396ca1736605e1248821cc0de3d3af8");

  private static final byte[] ZERO_BLOCK = new byte[Extent.BLOCK];

  private final MessageDigest sha = Sha256.newDigest();
  // The digest wants an array; a block copied while it is hot in the cache is cheap.
  private final byte[] scratch = new byte[Extent.BLOCK];

  /** The leaf of an extent of {@code length} zeros. */
  public static byte[] zeroLeaf(int length) {
    if (length == Extent.SIZE) {
      return ZERO_EXTENT.clone();
    }
    MessageDigest sha = Sha256.newDigest();
    for (int left = length; left > 0; left -= Extent.BLOCK) {
      sha.update(ZERO_BLOCK, 0, Math.min(Extent.BLOCK, left));
    }
    return sha.digest();
  }

  /** SHA-256 of the extent's bytes; absent blocks count as zeros. */
  public byte[] leaf(Extent extent) {
    if (extent.isZero()) {
      return zeroLeaf(extent.length());
    }
    int blocks = extent.blocks();
    for (int i = 0; i < blocks; i++) {
      int count = extent.blockLength(i);
      if (extent.has(i)) {
        MemorySegment.copy(
            extent.memory(), ValueLayout.JAVA_BYTE, (long) i * Extent.BLOCK, scratch, 0, count);
        sha.update(scratch, 0, count);
      } else {
        sha.update(ZERO_BLOCK, 0, count);
      }
    }
    return sha.digest();
  }
}
