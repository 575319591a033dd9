// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.image.InUseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutLockTest {
  @TempDir private Path folder;

  @Test
  void anImageHasOneWriter() throws IOException {
    // Given
    Path out = folder.resolve("out");
    try (var first = OutLock.take(out)) {

      // When, Then
      assertThatThrownBy(() -> OutLock.take(out))
          .isInstanceOf(InUseException.class)
          .hasMessageContaining("Expected to write " + out + " alone");
    }
    assertThat(folder).isEmptyDirectory();
    OutLock.take(out).close();
  }

  @Test
  void theSystemKeepsItWhateverIsOpenedAndClosedBeside() throws IOException {
    // Given
    Path out = folder.resolve("out");
    try (var lock = OutLock.take(out)) {
      Path held = OutLock.of(out);

      // When
      for (String ending : List.of("", ".partial", ".journal")) {
        Files.write(folder.resolve("out" + ending), new byte[3]);
      }

      // Then
      Path locks = Path.of("/proc/locks");
      if (Files.exists(locks)) {
        assertThat(locks).content().contains(":" + Files.getAttribute(held, "unix:ino") + " ");
      }
    }
  }

  @Test
  void whatAKilledCommandLeftIsTaken() throws IOException {
    // Given
    Path out = folder.resolve("out");
    Files.createFile(OutLock.of(out));

    // When
    OutLock.take(out).close();

    // Then
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void thereAreNeverTwoThoughTheFileComesAndGoes() throws Exception {
    // Given
    Path out = folder.resolve("out");
    var holders = new AtomicInteger();
    Callable<Integer> contender =
        () -> {
          int taken = 0;
          for (int i = 0; i < 400; i++) {
            try (var lock = OutLock.take(out)) {
              assertThat(holders.incrementAndGet()).isEqualTo(1);
              taken++;
              holders.decrementAndGet();
            } catch (InUseException e) {
              Thread.onSpinWait();
            }
          }
          return taken;
        };

    // When
    int taken = 0;
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (Future<Integer> one :
          threads.invokeAll(new ArrayList<>(List.of(contender, contender, contender, contender)))) {
        taken += one.get();
      }
    }

    // Then
    assertThat(taken).isPositive();
    assertThat(folder).isEmptyDirectory();
  }
}
