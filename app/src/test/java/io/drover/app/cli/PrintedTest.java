// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintedTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"/var/log/digests, true", "/dev/full, true", "pipe:[4711], false"})
  void whatCannotBeWrittenIsLostButForAPipe(String to, boolean lost) throws IOException {
    // Given
    Path descriptor = Files.createSymbolicLink(folder.resolve("1"), Path.of(to));
    var out = new PrintStream(new Full(), true, UTF_8);
    out.println("digest");

    // When, Then
    assertThat(Printed.lost(out, descriptor)).isEqualTo(lost);
  }

  @Test
  void whatIsWrittenToAClosedDescriptorIsLost() {
    // Given
    var out = new PrintStream(new Full(), true, UTF_8);
    out.println("digest");

    // When, Then
    assertThat(Printed.lost(out, folder.resolve("none"))).isTrue();
  }

  @Test
  void whatIsWrittenIsNotLost() throws IOException {
    // Given
    Path descriptor = Files.createSymbolicLink(folder.resolve("1"), Path.of("/var/log/digests"));
    var out = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
    out.println("digest");

    // When, Then
    assertThat(Printed.lost(out, descriptor)).isFalse();
  }

  private static final class Full extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      throw new IOException("No space left on device");
    }
  }
}
