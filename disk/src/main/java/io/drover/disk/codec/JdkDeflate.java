// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/** The JDK's compressor, which every machine has. */
final class JdkDeflate implements Deflate {
  private final Deflater zlib;
  private final Deflater raw;

  JdkDeflate(int level) {
    zlib = new Deflater(level);
    raw = new Deflater(level, true);
  }

  @Override
  public int zlib(MemorySegment in, MemorySegment out) {
    return run(zlib, in, out);
  }

  @Override
  public int deflate(MemorySegment in, MemorySegment out) {
    return run(raw, in, out);
  }

  private static int run(Deflater deflater, MemorySegment in, MemorySegment out) {
    deflater.reset();
    deflater.setInput(in.asByteBuffer());
    deflater.finish();
    ByteBuffer target = out.asByteBuffer();
    while (!deflater.finished()) {
      if (deflater.deflate(target) == 0 && !target.hasRemaining()) {
        return 0;
      }
    }
    return target.position();
  }

  @Override
  public void close() {
    zlib.end();
    raw.end();
  }
}
