// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskDigests;
import io.drover.disk.DiskImages;
import io.drover.disk.image.PartialFile;
import io.drover.disk.raw.RawStream;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.vmdk.VmdkStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForwardFileTest {
  private final SampleDisk disk = SampleDisk.mixed((37 << 20) + 512 * 7, 21);

  @TempDir Path dir;

  @Test
  void aVmdkStreamWrittenByManyThreadsReadsAsItsGuest() throws IOException {
    // Given
    Path file = dir.resolve("a.vmdk");

    // When
    ConversionResult written =
        Conversion.of(
                Conversion.disk(disk), new ForwardFile(file, false, out -> new VmdkStream(out, 1)))
            .run();

    // Then
    assertThat(Conversion.of(DiskImages.source(file), new DigestOnly()).run().digest())
        .isEqualTo(written.digest());
    assertThat(DiskDigests.of(DiskImages.open(file), null, (b, g) -> {}, () -> false))
        .isEqualTo(written.digest());
  }

  @Test
  void aZstdFileHoldsTheGuest() throws IOException {
    // Given
    Path file = dir.resolve("a.raw.zst");

    // When
    ConversionResult ignored =
        Conversion.of(
                Conversion.disk(disk), new ForwardFile(file, true, out -> RawStream.zstd(out, 1)))
            .run();

    // Then
    try (InputStream in = new ZstdInputStream(Files.newInputStream(file))) {
      assertThat(in.readAllBytes()).isEqualTo(disk.bytes());
    }
  }

  @Test
  void aDiskOfPartSectorsIsNoVmdkAndLeavesNothing() {
    // Given
    Path file = dir.resolve("a.vmdk");
    SampleDisk odd = SampleDisk.mixed(100_001, 3);

    // When, Then
    assertThatThrownBy(() ->
            Conversion.of(
                    Conversion.disk(odd),
                    new ForwardFile(file, false, out -> new VmdkStream(out, 1)))
                .run())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("whole sectors");
    assertThat(file).doesNotExist();
    assertThat(PartialFile.partialOf(file)).doesNotExist();
  }
}
