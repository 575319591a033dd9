// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a first read past the cache says of a volume. */
class StandingTest {
  private static final int UNIT = 1;

  @TempDir private Path dir;

  private static Standing over(Path path) throws IOException {
    assumeTrue(Files.isReadable(path), "a system without " + path);
    return new Standing(FileChannel.open(path, StandardOpenOption.READ), UNIT);
  }

  private static void assertClosed(Standing standing) {
    assertThatThrownBy(standing::isRead).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void aDeviceThatFailsIsNotOneWithoutDirectReads() throws IOException {
    // Given: no page is mapped where it begins
    Standing dead = over(Path.of("/proc/self/mem"));

    // When, Then
    assertThatThrownBy(dead::isRead)
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining("Input/output error");
    assertClosed(dead);
  }

  @Test
  void whatRefusesTheReadingHasNoDirectReads() throws IOException {
    // Given: it is read by eights only
    Standing refusing = over(Path.of("/proc/self/pagemap"));

    // When, Then
    assertThat(refusing.isRead()).isFalse();
    assertClosed(refusing);
  }

  @Test
  void whatRefusesToBeOpenedSoHasNoDirectReads() throws IOException {
    // Given: no file of it is on a device
    Path listed = Path.of("/proc/self/status");
    assumeTrue(Files.isReadable(listed), "a system without " + listed);

    // When, Then
    assertThat(Standing.open(listed)).isNull();
  }

  @Test
  void whatCannotBeOpenedIsNotOneWithoutDirectReads() {
    // Given: a name that says what a refusal says
    Path gone = dir.resolve("Invalid argument");

    // When, Then
    assertThatThrownBy(() -> Standing.open(gone)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void anEmptyFileProvesNothing() throws IOException {
    // Given
    Standing empty = over(Files.createFile(dir.resolve("empty")));

    // When, Then
    assertThat(empty.isRead()).isFalse();
    assertClosed(empty);
  }

  @Test
  void whatIsReadStaysOpen() throws IOException {
    // Given
    try (Standing standing = over(Files.write(dir.resolve("full"), new byte[9]))) {

      // When, Then
      assertThat(standing.isRead()).isTrue();
      assertThat(standing.isRead()).isTrue();
    }
  }
}
