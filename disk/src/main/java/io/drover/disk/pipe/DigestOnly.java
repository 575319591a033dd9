// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import java.io.IOException;

/** A sink that stores nothing, for runs that only digest. */
public final class DigestOnly implements PositionalSink {
  @Override
  public void begin(long size) {}

  @Override
  public int unit() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void write(Extent extent, Bench bench) {}

  @Override
  public void finish() {}

  @Override
  public GuestDisk reopen() throws IOException {
    throw new IOException("A digest alone has nothing to read back");
  }

  @Override
  public void close() {}
}
