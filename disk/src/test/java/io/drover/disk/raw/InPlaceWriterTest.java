// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskDigests;
import io.drover.disk.image.InUseException;
import io.drover.disk.image.LockedFile;
import io.drover.disk.sample.SampleDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InPlaceWriterTest {
  @TempDir Path dir;

  @Test
  void whatWasOnTheVolumeIsGoneAndWhatLiesBehindTheDiskIsLeftAlone() throws IOException {
    // Given a volume full of old data, larger than the disk
    SampleDisk disk = SampleDisk.mixed((9 << 20) + 512 * 3, 4);
    byte[] old = new byte[12 << 20];
    Arrays.fill(old, (byte) 0x5a);
    Path volume = Files.write(dir.resolve("volume"), old);

    // When
    Conversion.of(Conversion.disk(disk), new InPlaceWriter(volume, false)).run();

    // Then
    byte[] now = Files.readAllBytes(volume);
    assertThat(Arrays.copyOf(now, disk.bytes().length)).isEqualTo(disk.bytes());
    assertThat(now).hasSize(old.length);
    assertThat(Arrays.copyOfRange(now, disk.bytes().length, now.length)).containsOnly(0x5a);
  }

  @Test
  void whatAnEarlierAttemptWroteIsComparedAndNotWrittenAgain() throws IOException {
    // Given a volume that holds some of the disk, some blocks of which are spoilt, and old data
    SampleDisk disk = SampleDisk.mixed((13 << 20) + 512 * 3, 4);
    byte[] old = new byte[16 << 20];
    Arrays.fill(old, (byte) 0x5a);
    System.arraycopy(disk.bytes(), 0, old, 0, 8 << 20);
    old[(5 << 20) + 70_000] ^= 1;
    Path volume = Files.write(dir.resolve("volume"), old);
    var writer = new InPlaceWriter(volume, false).passOverWhatIsThere();

    // When
    ConversionResult result = Conversion.of(Conversion.disk(disk), writer).run();

    // Then
    byte[] now = Files.readAllBytes(volume);
    assertThat(Arrays.copyOf(now, disk.bytes().length)).isEqualTo(disk.bytes());
    assertThat(now[now.length - 1]).isEqualTo((byte) 0x5a);
    assertThat(writer.passedOver()).isLessThan(8 << 20);
    try (Standing direct = Standing.open(volume)) {
      assertThat(writer.passedOver() > 0).isEqualTo(direct != null);
    }
    assertThat(result.digest()).isEqualTo(DiskDigests.of(disk, null, (b, g) -> {}, () -> false));
  }

  @Test
  void whatTheDiskDoesNotStoreIsPunchedOutOfAFile() throws IOException {
    // Given a file full of old data, on a file system that has holes, and a disk with a hole in it
    byte[] old = new byte[12 << 20];
    Arrays.fill(old, (byte) 0x5a);
    Path volume = Files.write(dir.resolve("volume"), old);
    try (Holes holes = Holes.open(volume, true)) {
      Assumptions.assumeTrue(
          holes != null && holes.punch(0, 1 << 20) && holes.nextData(0) == 1 << 20,
          "this file system has no holes");
    }
    Files.write(volume, old);
    byte[] bytes = new byte[12 << 20];
    Arrays.fill(bytes, 0, 4 << 20, (byte) 1);
    bytes[(9 << 20) + 5] = 1;

    // When
    Conversion.of(Conversion.disk(new SampleDisk(bytes)), new InPlaceWriter(volume, false)).run();

    // Then
    assertThat(Files.readAllBytes(volume)).isEqualTo(bytes);
    try (RawDisk now = RawDisk.open(volume)) {
      assertThat(now.isZero(4 << 20, 5 << 20)).isTrue();
      assertThat(now.isZero(0, 4 << 20)).isFalse();
      assertThat(now.isZero(9 << 20, 1 << 20)).isFalse();
      assertThat(now.isZero(10 << 20, 2 << 20)).isTrue();
    }
  }

  @Test
  void aFileThatTookTheVolumesNameIsLeftAloneAndTold() throws IOException {
    // Given
    Path volume = Files.write(dir.resolve("volume"), new byte[1 << 20]);
    byte[] other = new byte[1 << 20];
    Arrays.fill(other, (byte) 7);
    try (var writer = new InPlaceWriter(volume, false)) {
      writer.begin(1 << 20);
      Files.move(
          Files.write(dir.resolve("other"), other), volume, StandardCopyOption.REPLACE_EXISTING);

      // When, Then
      assertThatThrownBy(writer::finish).hasMessageContaining("was replaced or removed");
    }
    assertThat(Files.readAllBytes(volume)).isEqualTo(other);
  }

  @Test
  void aVolumeHasOneWriterUntilAllIsWritten() throws IOException {
    // Given
    Path volume = Files.write(dir.resolve("volume"), new byte[4096]);
    try (var writer = new InPlaceWriter(volume, false).passOverWhatIsThere()) {
      writer.begin(4096);

      // When
      writer.finish();

      // Then: neither this process nor another may have it before it is closed
      assertThatThrownBy(() -> new InPlaceWriter(volume, true))
          .isInstanceOf(InUseException.class)
          .hasMessageContaining(volume + " alone, but another process has it in use");
      assertThat(isLocked(volume)).isTrue();
    }
    new InPlaceWriter(volume, true).close();
  }

  @Test
  void aFileThatAnInterruptClosedIsGivenBackWhenItsWriterLetsGo() throws IOException {
    // Given a writer whose channel was closed under it
    Path volume = Files.write(dir.resolve("volume"), new byte[4096]);
    LockedFile first = LockedFile.open(volume, volume, StandardOpenOption.WRITE);
    first.channel().close();

    // When
    first.close();

    // Then the file is free; and letting go again takes nothing from the next writer
    try (LockedFile second = LockedFile.open(volume, volume, StandardOpenOption.WRITE)) {
      first.close();
      assertThat(second.channel().isOpen()).isTrue();
      assertThatThrownBy(() -> LockedFile.open(volume, volume, StandardOpenOption.WRITE).close())
          .isInstanceOf(InUseException.class);
    }
  }

  /** Whether the system knows of a lock: it may have dropped one that the JVM still believes in. */
  private static boolean isLocked(Path file) throws IOException {
    Path locks = Path.of("/proc/locks");
    return !Files.exists(locks)
        || Files.readString(locks).contains(":" + Files.getAttribute(file, "unix:ino") + " ");
  }

  @Test
  void aDescriptorIsClosedOnce() throws IOException {
    // Given
    Path file = Files.write(dir.resolve("file"), new byte[0]);
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[1]), 1 << 20);
    }
    Holes first = Holes.open(file, false);
    Assumptions.assumeTrue(
        first != null && first.nextData(0) > 0, "this file system knows of no holes");
    first.close();
    try (Holes second = Holes.open(file, false)) {

      // When
      first.close();

      // Then: it was not the other's, which has the same number now
      assertThat(second).isNotNull();
      assertThat(second.nextData(0)).isPositive();
    }
  }

  @Test
  void aVolumeThatIsTooSmallIsRefusedBeforeAnythingIsWritten() throws IOException {
    // Given
    SampleDisk disk = SampleDisk.mixed(1 << 20, 4);
    Path volume = Files.write(dir.resolve("volume"), new byte[1000]);
    Conversion conversion = Conversion.of(Conversion.disk(disk), new InPlaceWriter(volume, true));

    // When, Then
    assertThatThrownBy(conversion::run).hasMessageContaining("Ask for a larger volume");
    assertThat(Files.readAllBytes(volume)).containsOnly(0);
  }

  @Test
  void theHolesOfASparseFileAreNotRead() throws IOException {
    // Given a GiB with a byte at its end
    Path file = dir.resolve("sparse");
    new RawWriter(file, false).close();
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1}), (1L << 30) - 1);
    }

    // When
    long read =
        Conversion.of(Conversion.disk(RawDisk.open(file)), new io.drover.disk.pipe.DigestOnly())
            .run()
            .bytesRead();

    // Then
    assertThat(read).isEqualTo(4 << 20);
  }
}
