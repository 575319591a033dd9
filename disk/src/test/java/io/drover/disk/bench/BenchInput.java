// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Makes the raw disk of the benchmark: runs of data and of free space in turn, as a file system
 * leaves them. Half of the data are this system's own files, the rest noise, logs and stale blocks.
 * OUT MIB STORED_MIB.
 */
final class BenchInput {
  private static final int PIECE = 1 << 20;

  /** The longest run of data, in pieces; half of it on average. */
  private static final int RUN = 64;

  private BenchInput() {}

  public static void main(String[] args) throws IOException {
    long size = Long.parseLong(args[1]) << 20;
    double stored = Double.parseDouble(args[2]) / Double.parseDouble(args[1]);
    Random random = new Random(5);
    try (FileChannel out =
            FileChannel.open(
                Path.of(args[0]),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        Stream<Path> walk = Files.walk(Path.of("/usr"))) {
      out.write(ByteBuffer.allocate(1), size - 1);
      Iterator<Path> files = walk.filter(Files::isRegularFile).sorted().iterator();
      ByteBuffer rest = ByteBuffer.allocate(0);
      long at = 0;
      double due = 0;
      while (at < size) {
        int run = 1 + random.nextInt(RUN);
        for (int i = 0; i < run && at < size; i++, at += PIECE) {
          ByteBuffer piece = ByteBuffer.allocate(PIECE);
          int kind = random.nextInt(55);
          if (kind < 28) {
            rest = system(files, rest, piece);
          } else if (kind < 36) {
            random.nextBytes(piece.array());
          } else if (kind < 43) {
            log(random, piece);
          } else {
            stale(random, piece);
          }
          out.write(piece.clear(), at);
        }
        due += run / stored - run;
        long free = (long) due;
        due -= free;
        at += free * PIECE;
      }
    }
  }

  private static ByteBuffer system(Iterator<Path> files, ByteBuffer begun, ByteBuffer piece)
      throws IOException {
    ByteBuffer rest = begun;
    while (piece.hasRemaining()) {
      if (!rest.hasRemaining()) {
        if (!files.hasNext()) {
          return rest;
        }
        try (InputStream in = Files.newInputStream(files.next())) {
          rest = ByteBuffer.wrap(in.readNBytes(8 * PIECE));
        }
        // Files begin on blocks of 4 KiB.
        piece.position(Math.min(PIECE, (piece.position() + 4095) & -4096));
        continue;
      }
      int count = Math.min(rest.remaining(), piece.remaining());
      piece.put(rest.slice(rest.position(), count));
      rest.position(rest.position() + count);
    }
    return rest;
  }

  private static void log(Random random, ByteBuffer piece) {
    while (piece.remaining() > 200) {
      piece.put(
          String.format(
                  "2026-03-%02d 12:%02d:%02d INFO request %08x from 10.0.%d.%d took %d ms%n",
                  1 + random.nextInt(28),
                  random.nextInt(60),
                  random.nextInt(60),
                  random.nextInt(),
                  random.nextInt(256),
                  random.nextInt(256),
                  random.nextInt(5000))
              .getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void stale(Random random, ByteBuffer piece) {
    byte[] bytes = piece.array();
    for (int at = 0; at < PIECE; at += 4096) {
      if (random.nextInt(3) > 0) {
        for (int i = 0; i < 4096; i++) {
          bytes[at + i] = (byte) (random.nextInt(100) < 60 ? 32 + i % 61 : random.nextInt(256));
        }
      }
    }
  }
}
