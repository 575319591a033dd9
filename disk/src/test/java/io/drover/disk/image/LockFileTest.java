// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
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

/** One writer at a time, whatever comes and goes beside. */
class LockFileTest {
  @TempDir private Path folder;

  private static Path of(Path out) {
    return out.resolveSibling(out.getFileName() + ".lock");
  }

  private static LockFile take(Path out) throws IOException {
    return LockFile.take(of(out), out, LockFile.Without.NOBODY);
  }

  @Test
  void anImageHasOneWriter() throws IOException {
    // Given
    Path out = folder.resolve("out");
    try (var first = take(out)) {

      // When, Then
      assertThatThrownBy(() -> take(out))
          .isInstanceOf(InUseException.class)
          .hasMessageContaining("Expected to write " + out + " alone");
    }
    assertThat(folder).isEmptyDirectory();
    take(out).close();
  }

  @Test
  void theSystemKeepsItWhateverIsOpenedAndClosedBeside() throws IOException {
    // Given
    Path out = folder.resolve("out");
    try (var lock = take(out)) {
      Path held = of(out);

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
    Files.createFile(of(out));

    // When
    take(out).close();

    // Then
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFileThatHoldsSomethingIsNoLock() throws IOException {
    // Given
    Path out = folder.resolve("out");
    Files.writeString(of(out), "mine");

    // When, Then
    assertThatThrownBy(() -> take(out)).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(of(out)).hasContent("mine");
  }

  @Test
  void whereThereAreNoLocksNoFileIsLeft() throws IOException {
    // Given
    Path out = folder.resolve("out");

    // When, Then
    assertThatThrownBy(() -> takeWithoutLocks(out)).hasMessageContaining("No locks available");
    assertThat(folder).isEmptyDirectory();

    // Given
    Files.createFile(of(out));

    // When, Then
    assertThatThrownBy(() -> takeWithoutLocks(out)).hasMessageContaining("No locks available");
    assertThat(of(out)).exists();
    take(out).close();
  }

  private static void takeWithoutLocks(Path out) throws IOException {
    LockFile.take(
            of(out),
            out,
            LockFile.Without.NOBODY,
            channel -> {
              throw new IOException("No locks available");
            })
        .close();
  }

  @Test
  void whoComesWhileItIsGivenBackLeavesNoFile() throws IOException {
    // Given
    Path out = folder.resolve("out");
    try (var lock = take(out)) {
      // As it is between the removal and the unlocking.
      Files.delete(of(out));

      // When, Then
      assertThatThrownBy(() -> take(out)).isInstanceOf(InUseException.class);
      assertThat(folder).isEmptyDirectory();
    }
  }

  @Test
  void byAnotherNameOfItsFolderItIsTheSame() throws IOException {
    // Given
    Path out = Files.createDirectory(folder.resolve("real")).resolve("out");
    Path alias = Files.createSymbolicLink(folder.resolve("alias"), folder.resolve("real"));
    try (var lock = take(out)) {
      Files.delete(of(out));

      // When, Then
      assertThatThrownBy(() -> take(alias.resolve("out"))).isInstanceOf(InUseException.class);
      assertThat(folder.resolve("real")).isEmptyDirectory();
    }
  }

  @Test
  void closedTwiceItLeavesTheNextOnesAlone() throws IOException {
    // Given
    Path out = folder.resolve("out");
    LockFile first = take(out);
    first.close();
    try (var second = take(out)) {

      // When
      first.close();

      // Then
      assertThat(of(out)).exists();
    }
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
            try (var lock = take(out)) {
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
