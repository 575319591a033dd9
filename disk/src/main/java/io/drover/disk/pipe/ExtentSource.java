// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import io.drover.disk.image.StreamHash;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Where guest bytes come from, in two halves: {@link #next} runs on one thread and only moves
 * bytes, {@link #unpack} runs on many and does the work.
 */
public interface ExtentSource extends Closeable {

  /** Size of the guest disk in bytes. */
  long size();

  /**
   * Fetches the stored data of one extent. Extents never returned are zeros.
   *
   * @return false at the proven end of the image
   */
  boolean next(Packed into) throws IOException;

  /**
   * Turns stored data into guest bytes and seals every block it fills. Called from many threads,
   * each with its own {@code packed}, {@code out} and {@code bench}. {@code out} was reset to the
   * extent.
   */
  void unpack(Packed packed, Extent out, Bench bench) throws IOException;

  /** Bytes taken from the channel or file so far. */
  long bytesRead();

  /**
   * The piece in which an extent may come in several parts, in bytes; 0 where each extent comes
   * once, whole.
   */
  default int part() {
    return 0;
  }

  /**
   * Tells the source which extents need not be read again.
   *
   * @return whether {@link #next} leaves them out; a stream cannot, and returns false
   */
  default boolean passOver(LongPredicate durable) {
    return false;
  }

  /** Bytes of memory that its own buffers hold, beside what it is given. */
  default long bufferBytes() {
    return 0;
  }

  /** Checksums of the stored bytes as they came, once {@link #next} returned false; as hex. */
  default Map<StreamHash, String> hashes() {
    return Map.of();
  }

  @Override
  default void close() throws IOException {}
}
