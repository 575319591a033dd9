// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.bench;

import io.drover.disk.Conversion;
import io.drover.disk.codec.Codecs;
import io.drover.disk.codec.Inflate;
import io.drover.disk.image.Extent;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Packed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Set;

/**
 * The physical limits of this machine on one thread: inflate, SHA-256, memory. STREAM_OPTIMIZED.
 */
final class BenchLimits {
  private static final int EXTENTS = 128;

  private BenchLimits() {}

  public static void main(String[] args) throws Exception {
    try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ);
        ExtentSource source = Conversion.streamOptimized(channel, Set.of());
        Inflate inflate = Codecs.inflate();
        Arena arena = Arena.ofConfined();
        Packed packed = new Packed()) {
      MemorySegment extent = arena.allocate(Extent.SIZE);
      long nanos = 0;
      long bytes = 0;
      for (int i = 0; i < EXTENTS && source.next(packed); i++) {
        long begun = System.nanoTime();
        for (int j = 0; j < packed.count(); j++) {
          int done =
              inflate.zlib(packed.piece(j), extent.asSlice((long) j * Extent.BLOCK, Extent.BLOCK));
          bytes += done;
        }
        nanos += System.nanoTime() - begun;
      }
      double inflated = rate(bytes, nanos);
      System.out.printf(
          Locale.ROOT,
          "Limits of one thread: inflate with Adler-32 (%s) %.0f MB/s of guest data, SHA-256 %.0f MB/s,"
              + " copy %.0f MB/s.%n",
          Codecs.chosen(),
          inflated,
          sha(),
          copy(arena, extent));
    }
  }

  private static double sha() throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    byte[] block = new byte[Extent.BLOCK];
    long begun = 0;
    int rounds = 40_000;
    for (int i = -rounds / 4; i < rounds; i++) {
      if (i == 0) {
        begun = System.nanoTime();
      }
      sha.update(block);
    }
    return rate((long) rounds * block.length, System.nanoTime() - begun);
  }

  private static double copy(Arena arena, MemorySegment from) throws IOException {
    MemorySegment to = arena.allocate(Extent.SIZE);
    long begun = System.nanoTime();
    int rounds = 1000;
    for (int i = 0; i < rounds; i++) {
      to.copyFrom(from);
    }
    return rate((long) rounds * Extent.SIZE, System.nanoTime() - begun);
  }

  private static double rate(long bytes, long nanos) {
    return bytes * 1e3 / nanos;
  }
}
