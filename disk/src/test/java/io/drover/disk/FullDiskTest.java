// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.sample.SampleDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A disk without room, and one that forgets what was written: Linux has both, in /dev/full, which
 * refuses every write, and /dev/null, which cannot be forced.
 */
class FullDiskTest {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"raw", "plain", "zstd"})
  void aFullDiskIsNamedAndNothingWholeIsLeft(String format) throws IOException {
    // Given
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "only Linux has a full disk");
    Path image = dir.resolve("a.image");
    Path partial = Files.createSymbolicLink(dir.resolve("a.image.partial"), Path.of("/dev/full"));
    ExtentSink sink =
        switch (format) {
          case "raw" -> new RawWriter(image, true);
          case "plain" -> new Qcow2Writer(image, Qcow2Options.plain());
          default -> new Qcow2Writer(image, Qcow2Options.zstd());
        };

    // When, Then
    assertThatThrownBy(
            () -> Conversion.of(Conversion.disk(SampleDisk.mixed(9 << 20, 5)), sink).run())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.image.partial at byte ")
        .hasMessageContaining("No space left")
        .hasMessageContaining("Free space there");
    assertThat(image).doesNotExist();
    assertThat(Files.exists(partial, LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatCannotBeForcedIsNamedAndNeverTakenForDurable(boolean resumable) throws IOException {
    // Given
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "only Linux has such a disk");
    Path image = dir.resolve("a.image");
    Files.createSymbolicLink(dir.resolve("a.image.partial"), Path.of("/dev/null"));
    Path journal = dir.resolve("journal");
    Conversion conversion =
        Conversion.of(
                Conversion.disk(SampleDisk.mixed(9 << 20, 5)),
                new Qcow2Writer(image, Qcow2Options.plain()))
            .checkpointEvery(Duration.ofMillis(1));
    if (resumable) {
      conversion.resume(journal, "key");
    }

    // When, Then
    assertThatThrownBy(conversion::run)
        .hasMessageContaining("a.image.partial to be on its disk, but: ")
        .hasMessageContaining("Check that disk");
    assertThat(image).doesNotExist();
    assertThat(journal).doesNotExist();
  }

  @Test
  void aJournalWithoutRoomIsNamed() throws IOException {
    // Given
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "only Linux has a full disk");
    Path journal = Files.createSymbolicLink(dir.resolve("journal"), Path.of("/dev/full"));
    Conversion conversion =
        Conversion.of(
                Conversion.disk(SampleDisk.mixed(1 << 20, 5)),
                new Qcow2Writer(dir.resolve("a.image"), Qcow2Options.plain()))
            .resume(journal, "key");

    // When, Then
    assertThatThrownBy(conversion::run)
        .hasMessageContaining(journal + " at byte 0, but: No space left");
  }
}
