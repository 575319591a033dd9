// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import java.nio.ByteBuffer;

/**
 * Takes an input apart into numbers and pieces, for targets that build a well-formed file around
 * them; gives zeros once it is used up.
 */
final class Pieces {
  private final ByteBuffer in;

  Pieces(byte[] data) {
    in = ByteBuffer.wrap(data);
  }

  /** A number from 0 to 255. */
  int next() {
    return in.hasRemaining() ? in.get() & 0xff : 0;
  }

  /** A number from 0 to 65535. */
  int two() {
    return next() << 8 | next();
  }

  /** At most so many bytes. */
  byte[] bytes(int most) {
    byte[] some = new byte[Math.min(most, in.remaining())];
    in.get(some);
    return some;
  }

  boolean isEmpty() {
    return !in.hasRemaining();
  }
}
