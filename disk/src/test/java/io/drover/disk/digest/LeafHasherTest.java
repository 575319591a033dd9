// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.digest;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.image.Extent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A leaf is the SHA-256 of an extent's bytes, whoever computes it. */
class LeafHasherTest {
  /** Bytes of the disk, how many blocks in a hundred are zeros, and who hashes. */
  @ParameterizedTest
  @CsvSource({
    "4194304, 0, false",
    "4194304, 0, true",
    "4194304, 50, false",
    "4194304, 50, true",
    "4194304, 97, false",
    "4194304, 97, true",
    "4194304, 100, true",
    "65536, 0, true",
    "66048, 0, true",
    "1000448, 30, false",
    "1000448, 30, true",
    "512, 0, true"
  })
  void itIsTheHashOfAllBytesZerosIncluded(int size, int zeros, boolean openssl) throws Exception {
    // Given
    Assumptions.assumeTrue(!openssl || LibCrypto.available(), "no OpenSSL on this machine");
    Random random = new Random(size + zeros);
    try (Arena arena = Arena.ofShared();
        LeafHasher hasher = new LeafHasher(openssl)) {
      Extent extent = new Extent(arena);
      // What a buffer held before must not count.
      extent.memory().fill((byte) 7);
      extent.reset(size, 0);
      byte[] bytes = new byte[size];
      for (int i = 0; i < extent.blocks(); i++) {
        if (random.nextInt(100) >= zeros) {
          byte[] block = new byte[extent.blockLength(i)];
          random.nextBytes(block);
          System.arraycopy(block, 0, bytes, i * Extent.BLOCK, block.length);
          MemorySegment.copy(
              MemorySegment.ofArray(block),
              0,
              extent.memory(),
              (long) i * Extent.BLOCK,
              block.length);
          extent.seal(i);
        }
      }

      // When
      byte[] first = hasher.leaf(extent);

      // Then
      byte[] expected = MessageDigest.getInstance("SHA-256").digest(bytes);
      assertThat(first).isEqualTo(expected);
      assertThat(hasher.leaf(extent)).as("again").isEqualTo(expected);
    }
  }
}
