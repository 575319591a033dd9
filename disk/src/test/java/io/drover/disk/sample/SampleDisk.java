// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.sample;

import io.drover.disk.image.GuestDisk;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.util.Random;

/** A disk in memory with a seeded mix of zeros, text, noise and half-empty blocks, for tests. */
public final class SampleDisk implements GuestDisk {
  private final byte[] bytes;

  /** A disk over these bytes. */
  public SampleDisk(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A mixed disk.
   *
   * @param size bytes
   * @param seed same seed, same disk
   */
  public static SampleDisk mixed(int size, long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[size];
    int at = 0;
    while (at < size) {
      int run = Math.min(size - at, 512 * (1 + random.nextInt(400)));
      switch (random.nextInt(5)) {
        case 0, 1 -> {}
        case 2 -> {
          byte[] noise = new byte[run];
          random.nextBytes(noise);
          System.arraycopy(noise, 0, bytes, at, run);
        }
        case 3 -> {
          for (int i = 0; i < run; i++) {
            bytes[at + i] = (byte) ("the quick brown fox ".charAt(i % 20) + (i / 4096) % 3);
          }
        }
        default -> bytes[at + random.nextInt(run)] = (byte) (1 + random.nextInt(255));
      }
      at += run;
    }
    return new SampleDisk(bytes);
  }

  /** All bytes. */
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public void read(long offset, ByteBuffer into) throws EOFException {
    if (offset + into.remaining() > bytes.length) {
      throw new EOFException("past the end");
    }
    into.put(bytes, (int) offset, into.remaining());
  }
}
