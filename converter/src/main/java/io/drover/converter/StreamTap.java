// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** A stream that is looked at while it passes. */
public abstract class StreamTap implements ReadableByteChannel {
  protected final ReadableByteChannel stream;

  /**
   * @param stream closed with this
   */
  protected StreamTap(ReadableByteChannel stream) {
    this.stream = stream;
  }

  @Override
  public boolean isOpen() {
    return stream.isOpen();
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
