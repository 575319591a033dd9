// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskDigests;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Grains that become clusters as they are: what is checked beside, and what they take. */
class RewrapTest {
  private static final Qcow2Options REWRAP = Qcow2Options.rewrap().withDurable(false);

  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({
    "true, -1, have the Adler-32",
    "false, -1, have the Adler-32",
    "true, 40, cannot be inflated",
    "false, 40, cannot be inflated",
    "true, 0, does not begin as zlib data",
    "false, 0, does not begin as zlib data"
  })
  void aDamagedGrainIsRefusedByItsNumberAndNeverMoved(boolean digest, int at, String why)
      throws IOException {
    // Given a grain in the middle with a byte that is not the one stored: of its checksum, of its
    // deflate data, or of its frame
    byte[] vmdk = Vmdk.esxi(new SampleDisk(text()));
    List<Integer> grains =
        Vmdk.markers(vmdk).stream().filter(marker -> Vmdk.isGrain(vmdk, marker)).toList();
    int marker = grains.get(grains.size() / 2);
    long grain = Vmdk.little(vmdk).getLong(marker) / 128;
    int length = Vmdk.little(vmdk).getInt(marker + 8);
    vmdk[marker + 12 + Math.floorMod(at, length)] ^= 0x55;
    Path image = dir.resolve("a.qcow2");

    // When
    Throwable thrown = catchThrowable(() -> rewrap(vmdk, image, digest));

    // Then
    assertThat(thrown)
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(why)
        .hasMessageContaining("byte " + marker + ", grain " + grain)
        .hasMessageContaining("transfer or export it again");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void noiseIsStoredOnce() throws IOException {
    // Given a disk of noise, whose deflated grains are larger than clusters
    byte[] noise = new byte[4 << 20];
    new Random(5).nextBytes(noise);
    Path image = dir.resolve("a.qcow2");

    // When
    ConversionResult result = rewrap(Vmdk.esxi(new SampleDisk(noise)), image, true);

    // Then
    assertThat(Files.size(image)).isLessThan(noise.length + (512 << 10));
    assertThat(DiskDigests.ofQcow2(image)).isEqualTo(result.digest());
  }

  private static ConversionResult rewrap(byte[] vmdk, Path image, boolean digest)
      throws IOException {
    return Conversion.of(
            Conversion.streamOptimized(
                Channels.newChannel(new ByteArrayInputStream(vmdk)), Set.of()),
            new Qcow2Writer(image, REWRAP))
        .digest(digest)
        .run();
  }

  /** Nine MiB in which every grain is stored and compresses well. */
  private static byte[] text() {
    byte[] bytes = new byte[9 << 20];
    Random random = new Random(2);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(12));
    }
    return bytes;
  }
}
