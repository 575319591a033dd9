// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.nio.charset.StandardCharsets;

/**
 * Which partition a key belongs to: murmur2 of the UTF-8 key, as Kafka's Java client does it by
 * default, so that every topic agrees and outsiders can, too.
 */
public final class Partitions {
  private static final int SEED = 0x9747b28c;
  private static final int M = 0x5bd1e995;

  private Partitions() {}

  /** The partition of {@code key} out of {@code partitions}. */
  public static int of(String key, int partitions) {
    return (murmur2(key.getBytes(StandardCharsets.UTF_8)) & 0x7fffffff) % partitions;
  }

  /** MurmurHash2, 32 bit, with the seed of Kafka's partitioner (public domain, Austin Appleby). */
  static int murmur2(byte[] data) {
    int h = SEED ^ data.length;
    int words = data.length / 4;
    for (int i = 0; i < words; i++) {
      int at = i * 4;
      int k =
          (data[at] & 0xff)
              | (data[at + 1] & 0xff) << 8
              | (data[at + 2] & 0xff) << 16
              | (data[at + 3] & 0xff) << 24;
      k *= M;
      k ^= k >>> 24;
      k *= M;
      h *= M;
      h ^= k;
    }
    int tail = words * 4;
    int left = data.length - tail;
    if (left > 2) {
      h ^= (data[tail + 2] & 0xff) << 16;
    }
    if (left > 1) {
      h ^= (data[tail + 1] & 0xff) << 8;
    }
    if (left > 0) {
      h ^= data[tail] & 0xff;
      h *= M;
    }
    h ^= h >>> 13;
    h *= M;
    h ^= h >>> 15;
    return h;
  }
}
