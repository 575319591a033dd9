// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the fuzz targets share. */
final class Some {
  static final Workers WORKERS = new Workers(1);

  /** A digest has a leaf for each 4 MiB: above this it is not worth a fuzzer's time. */
  static final long MUCH = 64L << 30;

  private static final int STEP = 1 << 20;
  private static final int STEPS = 24;
  private static final Path DIRECTORY;

  static {
    try {
      Path memory = Path.of("/dev/shm");
      DIRECTORY =
          Files.isDirectory(memory)
              ? Files.createTempDirectory(memory, "fuzz")
              : Files.createTempDirectory("fuzz");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    // The last first: the folder must be empty by then.
    DIRECTORY.toFile().deleteOnExit();
    DIRECTORY.resolve("input").toFile().deleteOnExit();
  }

  private Some() {}

  /** The input as a file. */
  static Path file(byte[] data) throws IOException {
    return file("input", data);
  }

  /** The input as a file of this name. */
  static Path file(String name, byte[] data) throws IOException {
    return Files.write(DIRECTORY.resolve(name), data);
  }

  /** Reads a disk here and there: its size is what the input says. */
  static void read(GuestDisk disk) throws IOException {
    ByteBuffer room = ByteBuffer.allocate(STEP);
    long stride = Math.max(STEP, disk.size() / STEPS);
    for (long at = 0; at < disk.size(); at += stride) {
      int count = (int) Math.min(STEP, disk.size() - at);
      disk.isZero(at, count);
      disk.read(at, room.clear().limit(count));
    }
  }

  /** An error must say what is wrong and what to do. */
  static void precise(DiskFormatException e) {
    if (e.remedy().isBlank() || String.valueOf(e.getMessage()).length() < 20) {
      throw new AssertionError("An error that helps nobody", e);
    }
  }
}
