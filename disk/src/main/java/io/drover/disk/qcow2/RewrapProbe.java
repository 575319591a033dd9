// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import io.drover.disk.codec.Codecs;
import io.drover.disk.codec.Deflate;
import io.drover.disk.image.Extent;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.Packed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * The self-test of the rewrap mode: an image whose clusters need the whole deflate window of 32
 * KiB, which a reader with a window of 4 KiB that inflates in pieces gets wrong. Have the reader
 * that will consume rewrapped images convert it to raw, then ask {@link #survived}.
 */
public final class RewrapProbe {
  private static final int SIZE = 16 << 20;
  private static final int CLUSTER = 64 << 10;
  private static final long SEED = 20_260_401L;

  private RewrapProbe() {}

  /**
   * Writes the image.
   *
   * @param image a qcow2 file of 16 MiB guest size, replaced if it exists
   */
  public static void write(Path image) throws IOException {
    byte[] guest = guest();
    try (Qcow2Writer writer = new Qcow2Writer(image, Qcow2Options.rewrap().withDurable(false));
        Arena arena = Arena.ofConfined();
        Bench bench = new Bench();
        Packed packed = new Packed();
        Deflate deflate = Codecs.deflate(9)) {
      writer.begin(SIZE);
      MemorySegment plain = arena.allocate(CLUSTER);
      MemorySegment room = arena.allocate(2L * CLUSTER);
      for (int at = 0; at < SIZE; at += Extent.SIZE) {
        Extent extent = bench.extent();
        extent.reset(SIZE, at / Extent.SIZE);
        packed.reset(at / Extent.SIZE, CLUSTER);
        for (int grain = at; grain < at + Extent.SIZE; grain += CLUSTER) {
          plain.asByteBuffer().put(guest, grain, CLUSTER);
          int stored = deflate.zlib(plain, room);
          packed.add(grain, 0, stored).put(room.asSlice(0, stored).asByteBuffer());
          extent.view(grain - at, CLUSTER).put(guest, grain, CLUSTER);
          extent.seal((grain - at) / CLUSTER);
        }
        writer.write(extent, packed, bench);
      }
      writer.finish();
    }
  }

  /**
   * Whether a reader got all of it right.
   *
   * @param raw what the reader made of the image
   */
  public static boolean survived(Path raw) throws IOException {
    byte[] guest = guest();
    ByteBuffer read = ByteBuffer.allocate(SIZE);
    try (FileChannel channel = FileChannel.open(raw, StandardOpenOption.READ)) {
      while (read.hasRemaining() && channel.read(read) >= 0) {}
    }
    return read.position() == SIZE && read.flip().equals(ByteBuffer.wrap(guest));
  }

  /** Text that repeats at every distance up to 32 KiB, mixed with noise. */
  private static byte[] guest() {
    Random random = new Random(SEED);
    byte[] bytes = new byte[SIZE];
    for (int at = 0; at < SIZE; ) {
      int within = at % CLUSTER;
      int run = Math.min(16 + random.nextInt(400), CLUSTER - within);
      if (within > 300 && random.nextInt(3) > 0) {
        int distance = 1 + random.nextInt(Math.min(within, 32_000));
        for (int i = 0; i < run; i++) {
          bytes[at + i] = bytes[at + i - distance];
        }
      } else {
        for (int i = 0; i < run; i++) {
          bytes[at + i] = (byte) random.nextInt(256);
        }
      }
      at += run;
    }
    return bytes;
  }
}
