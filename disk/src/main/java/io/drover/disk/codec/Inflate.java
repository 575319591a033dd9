// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import java.lang.foreign.MemorySegment;
import java.util.zip.DataFormatException;

/**
 * Inflates one whole grain or cluster at a time. Holds native state: one per thread, closed by its
 * owner.
 */
public interface Inflate extends AutoCloseable {

  /**
   * Inflates a zlib stream (RFC 1950) and checks its Adler-32. Nothing but less than 512 zeros may
   * follow it.
   *
   * @return bytes written to {@code out}
   * @throws DataFormatException on damaged data, a wrong Adler-32, or more output than {@code out}
   *     takes
   */
  int zlib(MemorySegment in, MemorySegment out) throws DataFormatException;

  /**
   * Inflates raw deflate data (RFC 1951); what follows its final block is ignored.
   *
   * @return bytes written to {@code out}
   * @throws DataFormatException on damaged data or more output than {@code out} takes
   */
  int deflate(MemorySegment in, MemorySegment out) throws DataFormatException;

  @Override
  void close();
}
