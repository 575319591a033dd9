// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The JDK's inflater, which every machine has. */
final class JdkInflate implements Inflate {
  private final Inflater zlib = new Inflater();
  private final Inflater raw = new Inflater(true);

  @Override
  public int zlib(MemorySegment in, MemorySegment out) throws DataFormatException {
    int produced = run(zlib, in, out);
    Trailing.check(in, zlib.getBytesRead());
    return produced;
  }

  @Override
  public int deflate(MemorySegment in, MemorySegment out) throws DataFormatException {
    return run(raw, in, out);
  }

  private static int run(Inflater inflater, MemorySegment in, MemorySegment out)
      throws DataFormatException {
    inflater.reset();
    inflater.setInput(in.asByteBuffer());
    ByteBuffer target = out.asByteBuffer();
    while (!inflater.finished()) {
      int count = inflater.inflate(target);
      if (inflater.needsDictionary()) {
        throw new DataFormatException("needs a preset dictionary");
      }
      if (count > 0 || inflater.finished()) {
        continue;
      }
      if (!target.hasRemaining()) {
        // The output may be complete with only the trailer left to read: let it be checked.
        if (inflater.inflate(new byte[1]) > 0) {
          throw new DataFormatException("holds more than " + out.byteSize() + " bytes");
        }
        if (inflater.finished()) {
          break;
        }
      }
      throw new DataFormatException("ends before its final block");
    }
    return target.position();
  }

  @Override
  public void close() {
    zlib.end();
    raw.end();
  }
}
