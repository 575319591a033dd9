// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskDigests;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.sample.SampleDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A growing image is written into a file of its own, and takes its name only with that one. */
class PartialFileTest {
  private static final int SIZE = 9 * (1 << 20) + 512 * 77;

  @TempDir Path dir;

  private final SampleDisk disk = SampleDisk.mixed(SIZE, 7);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anotherFileIsNotWrittenThroughALink(boolean symbolic) throws IOException {
    // Given another's file that has the name of ours while it grows, too
    Path other = Files.writeString(dir.resolve("other"), "not ours");
    Path partial = dir.resolve("a.raw.partial");
    Path ignored =
        symbolic ? Files.createSymbolicLink(partial, other) : Files.createLink(partial, other);

    // When, Then
    assertThatThrownBy(() ->
            Conversion.of(Conversion.disk(disk), new RawWriter(dir.resolve("a.raw"), false)).run())
        .hasMessageContaining(partial + ": it is a link")
        .hasMessageContaining("Move it");
    assertThat(other).hasContent("not ours");
  }

  @Test
  void whatReplacedTheGrowingFileIsNeitherTakenForItNorGoneOnWith() throws IOException {
    // Given another's file that takes the name while all of the disk is written
    Path image = dir.resolve("a.raw");
    Path partial = dir.resolve("a.raw.partial");
    Path journal = dir.resolve("journal");
    Path other = Files.write(dir.resolve("other"), new byte[SIZE]);
    Conversion conversion =
        Conversion.of(Conversion.disk(disk), new RawWriter(image, false))
            .progress((read, done) -> {
              if (done == SIZE && Files.exists(other)) {
                replace(partial, other);
              }
            })
            .resume(journal, "key");

    // When, Then
    assertThatThrownBy(conversion::run).isInstanceOf(ReplacedFileException.class);
    assertThat(image).doesNotExist();
    assertThat(partial).hasBinaryContent(new byte[SIZE]);

    // When the same is asked for again
    ConversionResult again =
        Conversion.of(Conversion.disk(disk), new RawWriter(image, false))
            .resume(journal, "key")
            .run();

    // Then it began anew
    assertThat(again.guestBytesPassedOver()).isZero();
    assertThat(DiskDigests.ofRaw(image)).isEqualTo(again.digest());
  }

  private static void replace(Path file, Path by) {
    try {
      Files.move(by, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
