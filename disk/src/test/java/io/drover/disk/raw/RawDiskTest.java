// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.drover.disk.DiskDigests;
import io.drover.disk.pipe.Progress;
import io.drover.disk.sample.SampleDisk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawDiskTest {
  private static final int SIZE = (5 << 20) + 512 * 3;

  @TempDir Path dir;

  private final SampleDisk disk = SampleDisk.mixed(SIZE, 4);

  @Test
  void pastTheCacheEveryRangeIsWhatItIs() throws IOException {
    // Given
    Path file = Files.write(dir.resolve("disk"), disk.bytes());
    Random random = new Random(3);
    try (RawDisk past = RawDisk.openPastCache(file, -1)) {
      assumeTrue(past.isPastCache(), "a file system without direct reads");
      for (int i = 0; i < 200; i++) {
        int from = random.nextInt(SIZE);
        int count = 1 + random.nextInt(Math.min(SIZE - from, 300_000));
        ByteBuffer into = random.nextBoolean() ? ByteBuffer.allocate(count) : odd(count);

        // When
        past.read(from, into);

        // Then
        byte[] read = new byte[count];
        into.flip().get(read);
        assertThat(read).isEqualTo(Arrays.copyOfRange(disk.bytes(), from, from + count));
      }
      assertThatThrownBy(() -> past.read(SIZE - 5, ByteBuffer.allocate(6)))
          .isInstanceOf(EOFException.class);
    }
  }

  /** Native memory that begins anywhere. */
  private static ByteBuffer odd(int count) {
    return ByteBuffer.allocateDirect(count + 13).slice(13, count);
  }

  @Test
  void pastTheCacheTheDigestIsTheSame() throws IOException {
    // Given
    Path volume = dir.resolve("volume");
    Files.write(volume, Arrays.copyOf(disk.bytes(), 8 << 20));

    // When
    var digest =
        DiskDigests.of(RawDisk.openPastCache(volume, SIZE), null, Progress.NONE, () -> false);

    // Then
    assertThat(digest).isEqualTo(DiskDigests.of(disk, null, Progress.NONE, () -> false));
  }

  @Test
  void whatHasNoDirectReadsIsReadThroughTheCacheAndSaysSo() throws IOException {
    // Given
    try (FileSystem zip =
        FileSystems.newFileSystem(dir.resolve("disk.zip"), Map.of("create", "true"))) {
      Path file = Files.write(zip.getPath("disk"), disk.bytes());

      // When
      try (RawDisk opened = RawDisk.openPastCache(file, SIZE)) {
        ByteBuffer into = ByteBuffer.allocate(SIZE);
        opened.read(0, into);

        // Then
        assertThat(opened.isPastCache()).isFalse();
        assertThat(into.array()).isEqualTo(disk.bytes());
      }
    }
  }
}
