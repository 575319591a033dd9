// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressBarTest {
  private static final String WIPED = "\r\u001b[2K";
  private static final String NO_WRAP = "\u001b[?7l";
  private static final String WRAP = "\u001b[?7h";
  private static final long GIB = 1L << 30;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(said, true, UTF_8);

  @Test
  void aLineTellsShareBytesRateAndTimeLeft() {
    // Given
    var bar = new ProgressBar(out, 4 * GIB, 0, true);
    bar.show(0, seconds(1));

    // When
    bar.show(GIB, seconds(8));

    // Then
    assertThat(said.toString(UTF_8))
        .endsWith(
            WIPED
                + NO_WRAP
                + "[#######.......................]  25 %  1.00 GiB of 4.00 GiB  128 MiB/s  0:24"
                + " left"
                + WRAP);
  }

  @Test
  void hoursLeftAreTold() {
    // Given
    var bar = new ProgressBar(out, 1000 * GIB, 0, true);
    bar.show(0, seconds(1));

    // When
    bar.show(GIB, seconds(10));

    // Then
    assertThat(said.toString(UTF_8)).endsWith("102 MiB/s  2:46:30 left" + WRAP);
  }

  @Test
  void whatAnEarlierAttemptDidSaysNothingOfTheRate() {
    // Given a conversion that passed over 2 GiB at once
    var bar = new ProgressBar(out, 4 * GIB, 0, true);
    bar.show(2 * GIB, seconds(1));

    // When
    bar.show(3 * GIB, seconds(16));

    // Then
    assertThat(said.toString(UTF_8)).endsWith("3.00 GiB of 4.00 GiB  64.0 MiB/s  0:16 left" + WRAP);
  }

  @Test
  void itDrawsTenTimesASecondAtMostAndIsWipedAtTheEnd() {
    // Given
    var bar = new ProgressBar(out, GIB, 0, true);
    bar.show(1 << 20, seconds(1));
    bar.show(2 << 20, seconds(1) + 50_000_000);

    // When
    bar.close();

    // Then
    assertThat(said.toString(UTF_8)).startsWith(WIPED + NO_WRAP + "[").endsWith(WIPED);
    assertThat(said.toString(UTF_8).split("%", -1)).hasSize(2);
  }

  @Test
  void aFileAPipeAndAnUnknownSystemAreToldFromATerminal(@TempDir Path folder) throws Exception {
    // Given
    Path terminal = Files.createSymbolicLink(folder.resolve("0"), Path.of("/dev/pts/7"));
    Path file = Files.createSymbolicLink(folder.resolve("1"), Path.of("/home/me/errors"));
    Path pipe = Files.createSymbolicLink(folder.resolve("2"), Path.of("pipe:[123]"));

    // When, Then
    assertThat(ProgressBar.elsewhere(terminal)).isFalse();
    assertThat(ProgressBar.elsewhere(file)).isTrue();
    assertThat(ProgressBar.elsewhere(pipe)).isTrue();
    assertThat(ProgressBar.elsewhere(folder.resolve("none"))).isFalse();
  }

  @Test
  void nobodyWatchingSeesNothing() {
    // Given
    var bar = new ProgressBar(out, GIB, 0, false);

    // When
    bar.show(1 << 20, seconds(1));
    bar.close();

    // Then
    assertThat(said.size()).isZero();
  }

  private static long seconds(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }
}
