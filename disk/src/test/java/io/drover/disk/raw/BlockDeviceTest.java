// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.Conversion;
import io.drover.disk.DiskDigests;
import io.drover.disk.DiskImages;
import io.drover.disk.pipe.Progress;
import io.drover.disk.sample.Peer;
import io.drover.disk.sample.SampleDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real block device: a loop device, which only root may make. */
class BlockDeviceTest {
  private static final int SIZE = (9 << 20) + 512 * 3;
  private static final int VOLUME = 12 << 20;

  @TempDir Path dir;

  private final SampleDisk disk = SampleDisk.mixed(SIZE, 4);
  private Path backing = Path.of("");
  private Path device = Path.of("");

  @BeforeEach
  void aDeviceFullOfOldData() throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/dev/loop-control")), "only root can make a block device");
    byte[] old = new byte[VOLUME];
    Arrays.fill(old, (byte) 0x5a);
    backing = Files.write(dir.resolve("backing"), old);
    Peer.Result made = Peer.run("losetup", "--find", "--show", backing.toString());
    Assumptions.assumeTrue(made.code() == 0, "no block device: " + made.output());
    device = Path.of(made.output().strip());
  }

  @AfterEach
  void detach() throws Exception {
    if (device.isAbsolute()) {
      assertThat(Peer.run("losetup", "--detach", device.toString()).code()).isZero();
    }
  }

  @Test
  void itHoldsTheDiskAndIsLeftAloneBehindIt() throws IOException {
    // When
    Conversion.of(Conversion.disk(disk), new InPlaceWriter(device, false)).run();

    // Then
    byte[] now = Files.readAllBytes(backing);
    assertThat(Arrays.copyOf(now, SIZE)).isEqualTo(disk.bytes());
    assertThat(Arrays.copyOfRange(now, SIZE, VOLUME)).containsOnly(0x5a);
    assertThat(DiskDigests.ofRaw(device, SIZE, null, Progress.NONE, () -> false))
        .isEqualTo(DiskDigests.of(disk, null, Progress.NONE, () -> false));
    assertThat(DiskImages.key(device, null)).isNull();
  }

  @Test
  void whatTheDiskDoesNotStoreIsPunchedOutOfTheDevice() throws IOException {
    // Given a device over a file that can have holes, and a disk of zeros with two islands
    Peer.Result holes =
        Peer.run("fallocate", "--punch-hole", "--length", "65536", backing.toString());
    Assumptions.assumeTrue(holes.code() == 0, "no holes in this file system: " + holes.output());
    byte[] bytes = new byte[VOLUME];
    Arrays.fill(bytes, 1 << 20, 2 << 20, (byte) 1);
    Arrays.fill(bytes, (9 << 20) + (64 << 10), 10 << 20, (byte) 1);

    // When
    Conversion.of(Conversion.disk(new SampleDisk(bytes)), new InPlaceWriter(device, false)).run();

    // Then
    assertThat(Files.readAllBytes(backing)).isEqualTo(bytes);
    try (RawDisk behind = RawDisk.open(backing)) {
      assertThat(behind.isZero(0, 1 << 20)).isTrue();
      assertThat(behind.isZero(1 << 20, 1 << 20)).isFalse();
      assertThat(behind.isZero(2 << 20, (7 << 20) + (64 << 10))).isTrue();
      assertThat(behind.isZero((9 << 20) + (64 << 10), 64 << 10)).isFalse();
      assertThat(behind.isZero(10 << 20, 2 << 20)).isTrue();
    }
  }

  @Test
  void whatTheCacheHoldsAndTheDeviceDoesNotIsNotReadBack() throws IOException {
    // Given a device that was written and lost a part, of which its cache knows nothing
    Conversion.of(Conversion.disk(disk), new InPlaceWriter(device, false)).run();
    try (FileChannel cached = FileChannel.open(device, StandardOpenOption.READ);
        FileChannel behind = FileChannel.open(backing, StandardOpenOption.WRITE)) {
      ByteBuffer all = ByteBuffer.allocate(VOLUME);
      while (all.hasRemaining() && cached.read(all) >= 0) {}
      behind.write(ByteBuffer.wrap(new byte[1 << 20]), 0);
      var written = DiskDigests.of(disk, null, Progress.NONE, () -> false);
      assertThat(DiskDigests.ofRaw(device, SIZE, null, Progress.NONE, () -> false))
          .as("what the cache says")
          .isEqualTo(written);

      // When
      RawDisk past = RawDisk.openPastCache(device, SIZE);
      assertThat(past.isPastCache()).isTrue();
      var readBack = DiskDigests.of(past, null, Progress.NONE, () -> false);

      // Then
      assertThat(readBack).isNotEqualTo(written);
      assertThat(readBack)
          .isEqualTo(DiskDigests.ofRaw(backing, SIZE, null, Progress.NONE, () -> false));
    }
  }

  @Test
  void whatTheCacheHoldsAndTheDeviceDoesNotIsWritten() throws IOException {
    // Given a device that was written and lost a part, of which its cache knows nothing
    Conversion.of(Conversion.disk(disk), new InPlaceWriter(device, false)).run();
    try (FileChannel cached = FileChannel.open(device, StandardOpenOption.READ);
        FileChannel behind = FileChannel.open(backing, StandardOpenOption.WRITE)) {
      ByteBuffer all = ByteBuffer.allocate(VOLUME);
      while (all.hasRemaining() && cached.read(all) >= 0) {}
      behind.write(ByteBuffer.wrap(new byte[1 << 20]), 0);
      var writer = new InPlaceWriter(device, false).passOverWhatIsThere();

      // When
      Conversion.of(Conversion.disk(disk), writer).run();

      // Then
      assertThat(Arrays.copyOf(Files.readAllBytes(backing), SIZE)).isEqualTo(disk.bytes());
      assertThat(writer.passedOver()).isPositive();
    }
  }
}
