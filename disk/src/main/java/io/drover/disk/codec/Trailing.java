// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.DataFormatException;

/** Refuses data behind the end of a zlib stream, but for the zeros that pad a sector. */
final class Trailing {
  private static final int SECTOR = 512;

  private Trailing() {}

  static void check(MemorySegment in, long consumed) throws DataFormatException {
    long left = in.byteSize() - consumed;
    boolean zeros = left < SECTOR;
    for (long at = consumed; zeros && at < in.byteSize(); at++) {
      zeros = in.get(ValueLayout.JAVA_BYTE, at) == 0;
    }
    if (!zeros) {
      throw new DataFormatException(left + " bytes follow the end of the zlib stream");
    }
  }
}
