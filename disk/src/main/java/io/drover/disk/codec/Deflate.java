// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import java.lang.foreign.MemorySegment;

/** Compresses one whole grain or cluster at a time. One per thread, closed by its owner. */
public interface Deflate extends AutoCloseable {

  /**
   * Writes a zlib stream (RFC 1950).
   *
   * @return bytes written to {@code out}, or 0 where it does not fit
   */
  int zlib(MemorySegment in, MemorySegment out);

  /**
   * Writes raw deflate data (RFC 1951).
   *
   * @return bytes written to {@code out}, or 0 where it does not fit
   */
  int deflate(MemorySegment in, MemorySegment out);

  @Override
  void close();
}
