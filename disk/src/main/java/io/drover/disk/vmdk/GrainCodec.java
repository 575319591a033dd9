// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.Packed;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.zip.Adler32;
import java.util.zip.DataFormatException;

/** Turns the compressed grains of an extent into guest bytes, checking each one. */
final class GrainCodec {
  private static final String DAMAGED = "The image is damaged: transfer or export it again.";

  private final int grainBytes;
  private final long size;

  GrainCodec(int grainBytes, long size) {
    this.grainBytes = grainBytes;
    this.size = size;
  }

  void unpack(Packed packed, Extent out, Bench bench) throws IOException {
    long touched = 0;
    for (int i = 0; i < packed.count(); i++) {
      long guest = packed.guestOffset(i);
      int at = (int) (guest - out.offset());
      int block = at / Extent.BLOCK;
      if (grainBytes < Extent.BLOCK && (touched >>> block & 1) == 0) {
        // The other grains of this block may be absent.
        out.memory().asSlice((long) block * Extent.BLOCK, Extent.BLOCK).fill((byte) 0);
      }
      inflate(
          packed.piece(i),
          guest,
          packed.streamOffset(i),
          out.memory().asSlice(at, grainBytes),
          bench);
      for (int j = block; j <= (at + grainBytes - 1) / Extent.BLOCK; j++) {
        touched |= 1L << j;
      }
    }
    for (int block = 0; block < out.blocks(); block++) {
      if ((touched >>> block & 1) != 0) {
        out.seal(block);
      }
    }
  }

  /**
   * Inflates one grain.
   *
   * @param guest its guest offset in bytes
   * @param at where it stands in the file or stream, for messages
   * @param target as long as a grain
   */
  void inflate(MemorySegment piece, long guest, long at, MemorySegment target, Bench bench)
      throws DiskFormatException {
    checkZlibHeader(piece, at, guest);
    int produced;
    try {
      produced = bench.inflate().zlib(piece, target);
    } catch (DataFormatException e) {
      throw damaged(why(piece, target, bench, e), at, guest);
    }
    // A writer may cut the last grain where the disk ends.
    int least = (int) Math.min(grainBytes, size - guest);
    if (produced < least) {
      throw damaged("The grain holds " + produced + " bytes, not " + least, at, guest);
    }
  }

  private void checkZlibHeader(MemorySegment piece, long at, long guest)
      throws DiskFormatException {
    int cmf = Byte.toUnsignedInt(piece.get(JAVA_BYTE, 0));
    int flags = Byte.toUnsignedInt(piece.get(JAVA_BYTE, 1));
    if ((cmf & 0x0f) != 8 || cmf >>> 4 > 7 || (cmf << 8 | flags) % 31 != 0) {
      throw damaged(
          String.format("The grain does not begin as zlib data: 0x%02x%02x", cmf, flags),
          at,
          guest);
    }
    if ((flags & 0x20) != 0) {
      throw damaged("The grain needs a preset dictionary, which VMDK has none of", at, guest);
    }
  }

  /** Tells a wrong checksum from damaged data, which costs a second pass that errors can afford. */
  private static String why(
      MemorySegment piece, MemorySegment target, Bench bench, DataFormatException e) {
    try {
      int produced = bench.inflate().deflate(piece.asSlice(2), target);
      Adler32 adler = new Adler32();
      adler.update(target.asSlice(0, produced).asByteBuffer());
      if (String.valueOf(e.getMessage()).contains("follow")) {
        return "The grain is followed by what is not its own: " + e.getMessage();
      }
      return String.format(
          "The grain's %d bytes have the Adler-32 %08x, not the one stored with them",
          produced, adler.getValue());
    } catch (DataFormatException inner) {
      return "The grain cannot be inflated: " + e.getMessage();
    }
  }

  private DiskFormatException damaged(String what, long at, long guest) {
    return new DiskFormatException(what, at, guest / grainBytes, DAMAGED);
  }
}
