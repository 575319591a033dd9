// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.Packed;
import java.lang.foreign.MemorySegment;
import java.util.zip.DataFormatException;

/** The zlib frame around a grain (RFC 1950): 2 bytes in front of the deflate data, 4 behind. */
final class ZlibFrame {
  static final int HEADER = 2;
  private static final int TRAILER = 4;
  private static final String DAMAGED = "The image is damaged: transfer or export it again.";

  private ZlibFrame() {}

  /** Checks the frame of a piece; returns the length of the deflate data in it. */
  static int check(Packed packed, int i) throws DiskFormatException {
    MemorySegment piece = packed.piece(i);
    int payload = packed.length(i) - HEADER - TRAILER;
    int cmf = payload < 1 ? 0 : Byte.toUnsignedInt(piece.get(JAVA_BYTE, 0));
    int flags = payload < 1 ? 0 : Byte.toUnsignedInt(piece.get(JAVA_BYTE, 1));
    if ((cmf & 0x0f) != 8 || cmf >>> 4 > 7 || (cmf << 8 | flags) % 31 != 0 || (flags & 0x20) != 0) {
      throw damaged(packed, i, "The grain does not begin as zlib data");
    }
    return payload;
  }

  /** Inflates a piece into its block, zeros behind the end of the disk. */
  static void inflate(Packed packed, int i, Extent extent, int block, Bench bench)
      throws DiskFormatException {
    MemorySegment room = extent.memory().asSlice((long) block * Extent.BLOCK, packed.grainBytes());
    try {
      int produced = bench.inflate().zlib(packed.piece(i), room);
      int length = extent.blockLength(block);
      if (produced < length) {
        throw damaged(packed, i, "The grain holds " + produced + " bytes, not " + length);
      }
      room.asSlice(length).fill((byte) 0);
    } catch (DataFormatException e) {
      throw damaged(packed, i, "The grain cannot be inflated: " + e.getMessage());
    }
  }

  private static DiskFormatException damaged(Packed packed, int i, String what) {
    return new DiskFormatException(
        what, packed.streamOffset(i), packed.guestOffset(i) / packed.grainBytes(), DAMAGED);
  }
}
