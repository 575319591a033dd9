// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.digest;

import io.drover.disk.image.Extent;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Computes the leaf of an extent, by the system's OpenSSL where the machine has it, else by the
 * JDK; the system property {@code drover.disk.sha256=jdk} forces the JDK. One per thread.
 */
public final class LeafHasher implements AutoCloseable {
  private static final byte[] ZERO_EXTENT =
      HexFormat.of().parseHex("bb9f8df61474d25e71fa00722318cd387396ca1736605e1248821cc0de3d3af8");

  private static final byte[] ZERO_BLOCK = new byte[Extent.BLOCK];
  private static final boolean OPENSSL =
      !"jdk".equals(System.getProperty("drover.disk.sha256")) && LibCrypto.available();

  private final @Nullable LibCrypto openssl;
  private final @Nullable MessageDigest sha;
  // The JDK's wants an array; a block copied while it is hot in the cache is cheap.
  private final byte[] scratch;

  /** Hashes by what was chosen. */
  public LeafHasher() {
    this(OPENSSL);
  }

  LeafHasher(boolean byOpenssl) {
    openssl = byOpenssl ? new LibCrypto() : null;
    sha = byOpenssl ? null : Sha256.newDigest();
    scratch = new byte[byOpenssl ? 0 : Extent.BLOCK];
  }

  /** What hashes, for the log line at start: {@code openssl} or {@code jdk}. */
  public static String chosen() {
    return OPENSSL ? "openssl" : "jdk";
  }

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
    if (openssl != null) {
      return leaf(extent, openssl);
    }
    if (sha != null) {
      return leaf(extent, sha);
    }
    throw new IllegalStateException("A hasher that hashes by nothing");
  }

  private static byte[] leaf(Extent extent, LibCrypto hash) {
    int blocks = extent.blocks();
    for (int i = 0; i < blocks; ) {
      if (!extent.has(i)) {
        hash.update(Extent.zeros(extent.blockLength(i)));
        i++;
        continue;
      }
      int from = i * Extent.BLOCK;
      i = extent.nextAbsent(i);
      int end = Math.min(i * Extent.BLOCK, extent.length());
      hash.update(extent.memory().asSlice(from, end - from));
    }
    return hash.digest();
  }

  private byte[] leaf(Extent extent, MessageDigest hash) {
    int blocks = extent.blocks();
    for (int i = 0; i < blocks; i++) {
      int count = extent.blockLength(i);
      if (extent.has(i)) {
        MemorySegment.copy(
            extent.memory(), ValueLayout.JAVA_BYTE, (long) i * Extent.BLOCK, scratch, 0, count);
        hash.update(scratch, 0, count);
      } else {
        hash.update(ZERO_BLOCK, 0, count);
      }
    }
    return hash.digest();
  }

  @Override
  public void close() {
    if (openssl != null) {
      openssl.close();
    }
  }
}
