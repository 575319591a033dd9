// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A disk as its guest sees it, for random access: every seekable image format opens to one. Reads
 * are safe from several threads at once.
 */
public interface GuestDisk extends Closeable {

  /** Size of the guest disk in bytes. */
  long size();

  /**
   * Fills {@code into} from its position to its limit with guest bytes; what is not stored reads as
   * zeros.
   *
   * @param offset guest offset in bytes
   * @throws DiskFormatException where the image is damaged
   * @throws IOException where the file cannot be read; {@link java.io.EOFException} past the end of
   *     the disk
   */
  void read(long offset, ByteBuffer into) throws IOException;

  /**
   * Whether the range is known to be zeros without reading it (a hole). False says nothing.
   *
   * @param offset guest offset in bytes
   * @param length bytes
   */
  default boolean isZero(long offset, long length) throws IOException {
    return false;
  }

  /** Bytes of memory that its buffers hold. */
  default long bufferBytes() {
    return 0;
  }

  @Override
  default void close() throws IOException {}
}
