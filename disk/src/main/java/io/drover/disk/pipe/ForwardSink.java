// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A sink that takes the disk from its first byte to its last, such as the body of an upload.
 * Encoding runs on many threads, emitting on one.
 */
public interface ForwardSink extends ExtentSink {

  /**
   * Encodes an extent that is not all zeros.
   *
   * @param room {@link Packed#ROOM} bytes to use for it
   * @return the encoded bytes, in {@code room} or in the extent itself
   */
  ByteBuffer encode(Extent extent, MemorySegment room, Bench bench) throws IOException;

  /** Sends encoded bytes; called in guest order. */
  void emit(ByteBuffer encoded) throws IOException;

  /** Sends {@code length} bytes of zeros; called in guest order. */
  void emitZeros(long length) throws IOException;
}
