// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import io.drover.disk.image.GuestDisk;
import java.io.IOException;

/** A sink that takes extents in any order, from many threads: a file or a block device. */
public interface PositionalSink extends ExtentSink {

  /**
   * Stores the blocks that are in the extent's mask; leaves the others as they are. No two calls at
   * a time are for one block.
   */
  void write(Extent extent, Bench bench) throws IOException;

  /**
   * The same, for a sink that can use the stored data as it came.
   *
   * @param packed what the extent was unpacked from
   */
  default void write(Extent extent, Packed packed, Bench bench) throws IOException {
    write(extent, bench);
  }

  /** Whether the sink needs the guest bytes themselves, beside the stored data. */
  default boolean needsContent(Packed packed) {
    return true;
  }

  /**
   * The largest piece that is stored as one, in bytes. An extent that comes in parts can be taken
   * only where this is at most {@link Extent#BLOCK}.
   */
  int unit();

  /** Opens what was finished, as an independent reader sees it. */
  GuestDisk reopen() throws IOException;
}
