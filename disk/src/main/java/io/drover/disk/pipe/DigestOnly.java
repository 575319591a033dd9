// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import java.io.IOException;

/**
 * A sink that stores nothing, for runs that only digest. With a journal, a long read-back goes on
 * where it stopped: the volume must be the same and unchanged, which the journal's key says.
 */
public final class DigestOnly implements ResumableSink {
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
  public String kind() {
    return "digest";
  }

  @Override
  public boolean hasEarlier() {
    return true;
  }

  @Override
  public void beginAgain(long size, long end) {}

  @Override
  public long[] stored(long extent) {
    return new long[0];
  }

  @Override
  public boolean restore(long extent, long[] stored) {
    return true;
  }

  @Override
  public void discard(long extent) {}

  @Override
  public long end() {
    return 0;
  }

  @Override
  public void force() {}

  @Override
  public void keep() {}

  @Override
  public void close() {}
}
