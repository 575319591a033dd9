// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;

/**
 * A connection that is read by one thread at a time. Closing it from another ends a read under way
 * with an exception.
 */
interface Wire extends ReadableByteChannel {
  /**
   * {@inheritDoc} Waits for the first byte only.
   *
   * @param into has room
   * @throws java.net.SocketTimeoutException where none comes for longer than the patience
   */
  @Override
  int read(ByteBuffer into) throws IOException;

  /** Sends all of it. */
  void write(byte[] bytes) throws IOException;

  /** How long to wait from now on, each time. */
  void patience(Duration wait) throws IOException;

  /** Moves what there is, what there is room for, or so many bytes; returns how many. */
  static int move(ByteBuffer from, ByteBuffer into, int most) {
    int count = Math.min(most, Math.min(from.remaining(), into.remaining()));
    into.put(into.position(), from, from.position(), count);
    into.position(into.position() + count);
    from.position(from.position() + count);
    return count;
  }
}
