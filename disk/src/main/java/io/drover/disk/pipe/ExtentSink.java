// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import java.io.Closeable;
import java.io.IOException;

/**
 * Where guest bytes go. What was not written when {@link #finish} is called is zeros. Closing
 * without finishing leaves nothing that could be taken for a whole image.
 */
public interface ExtentSink extends Closeable {

  /**
   * Called once, before anything else.
   *
   * @param size bytes of the guest disk
   */
  void begin(long size) throws IOException;

  /** Makes the image whole, and durable where the sink promises it. */
  void finish() throws IOException;
}
