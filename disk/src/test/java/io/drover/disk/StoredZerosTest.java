// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.qcow2.Qcow2Disk;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Options.Compression;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Zeros that the input stores, byte for byte or as grains, take no room in what is written. */
class StoredZerosTest {
  private static final int BLOCK = 64 << 10;
  private static final int SIZE = (12 << 20) + 512 * 5;

  /** The blocks that hold something: a whole extent of zeros lies between them. */
  private static final int[] BLOCKS = {3, 4, 150};

  @TempDir Path dir;

  private final byte[] bytes = new byte[SIZE];

  @BeforeEach
  void threeBlocksOfNoise() {
    byte[] noise = new byte[BLOCK];
    for (int block : BLOCKS) {
      new Random(block).nextBytes(noise);
      System.arraycopy(noise, 0, bytes, block * BLOCK, BLOCK);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "raw file, NONE, 65536",
    "raw file, NONE, 4096",
    "raw file, NONE, 2097152",
    "raw file, ZLIB, 65536",
    "raw file, ZSTD, 65536",
    "grains, NONE, 65536",
    "grains, NONE, 2097152",
    "grains, ZLIB, 65536",
    "grains, ZSTD, 4096",
    "grains, REWRAP, 65536"
  })
  void aQcow2ImageHasNoClusterForThem(String input, Compression compression, int cluster)
      throws IOException {
    // Given
    Path image = dir.resolve("a.qcow2");
    Qcow2Options options = new Qcow2Options(compression, 1, cluster, false);

    // When
    ConversionResult result = Conversion.of(source(input), new Qcow2Writer(image, options)).run();

    // Then: a header, the data, and five tables
    int clusters = cluster > BLOCK ? 2 : BLOCKS.length * BLOCK / cluster;
    assertThat(Files.size(image)).isLessThanOrEqualTo((clusters + 6L) * cluster);
    assertThat(result.guestBytesAllocated()).isEqualTo(BLOCKS.length * BLOCK);
    try (GuestDisk back = Qcow2Disk.open(image)) {
      for (long at = 0; at < SIZE; at += cluster) {
        int length = (int) Math.min(cluster, SIZE - at);
        assertThat(back.isZero(at, length)).as("at %s", at).isEqualTo(zeros(at, length));
      }
      assertThat(read(back)).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw file", "grains"})
  void aRawFileHasHolesForThem(String input) throws IOException {
    // Given
    assumeHoles();
    Path image = dir.resolve("a.raw");

    // When
    Conversion.of(source(input), new RawWriter(image, false)).run();

    // Then
    try (GuestDisk back = RawDisk.open(image)) {
      // The last block was written to give the file its length.
      for (long at = 0; at < SIZE - BLOCK; at += BLOCK) {
        assertThat(back.isZero(at, BLOCK)).as("at %s", at).isEqualTo(zeros(at, BLOCK));
      }
    }
    assertThat(image).hasBinaryContent(bytes);
  }

  /** A file system of larger blocks than ours may have holes, and none of ours. */
  private void assumeHoles() throws IOException {
    Path file = dir.resolve("holes");
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1}), BLOCK);
    }
    try (GuestDisk holes = RawDisk.open(file)) {
      Assumptions.assumeTrue(holes.isZero(0, BLOCK), "this file system has no holes");
    }
  }

  private ExtentSource source(String input) throws IOException {
    if (input.equals("raw file")) {
      Path raw = Files.write(dir.resolve("in.raw"), bytes);
      try (GuestDisk stored = RawDisk.open(raw)) {
        assertThat(stored.isZero(0, BLOCK)).as("zeros are stored").isFalse();
      }
      return DiskImages.source(raw);
    }
    byte[] vmdk = Vmdk.stream(bytes, 3, BLOCK, true);
    assertThat(Vmdk.markers(vmdk).stream().filter(at -> Vmdk.isGrain(vmdk, at)))
        .as("zeros are stored")
        .hasSize((SIZE + BLOCK - 1) / BLOCK);
    return Conversion.streamOptimized(
        Channels.newChannel(new ByteArrayInputStream(vmdk)), Set.of());
  }

  private boolean zeros(long at, int length) {
    ByteBuffer part = ByteBuffer.wrap(bytes, (int) at, length);
    return part.mismatch(ByteBuffer.allocate(length)) < 0;
  }

  private static byte[] read(GuestDisk disk) throws IOException {
    byte[] back = new byte[(int) disk.size()];
    disk.read(0, ByteBuffer.wrap(back));
    return back;
  }
}
