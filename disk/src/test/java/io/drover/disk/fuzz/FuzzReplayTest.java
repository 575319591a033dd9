// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the kept inputs, and each of them damaged a little, through the fuzz targets: no Jazzer. */
class FuzzReplayTest {
  private static final int DAMAGED = 60;

  private interface Target {
    void run(byte[] data) throws IOException;
  }

  private static final Map<String, Target> TARGETS =
      Map.of(
          "StreamOptimizedFuzz", StreamOptimizedFuzz::fuzzerTestOneInput,
          "SparseFileFuzz", SparseFileFuzz::fuzzerTestOneInput,
          "ExtentsFuzz", ExtentsFuzz::fuzzerTestOneInput,
          "Qcow2Fuzz", Qcow2Fuzz::fuzzerTestOneInput,
          "ClusterClaimsFuzz", ClusterClaimsFuzz::fuzzerTestOneInput,
          "OvaFuzz", OvaFuzz::fuzzerTestOneInput,
          "OvaDiskFuzz", OvaDiskFuzz::fuzzerTestOneInput,
          "OvfFuzz", OvfFuzz::fuzzerTestOneInput,
          "ManifestFuzz", ManifestFuzz::fuzzerTestOneInput,
          "JournalFuzz", JournalFuzz::fuzzerTestOneInput);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "StreamOptimizedFuzz",
        "SparseFileFuzz",
        "ExtentsFuzz",
        "Qcow2Fuzz",
        "ClusterClaimsFuzz",
        "OvaFuzz",
        "OvaDiskFuzz",
        "OvfFuzz",
        "ManifestFuzz",
        "JournalFuzz"
      })
  void everyKeptInputGivesADiskOrOnePreciseError(String name) throws IOException {
    // Given
    Target target = Objects.requireNonNull(TARGETS.get(name));
    List<Path> inputs;
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/fuzz", name))) {
      inputs = files.sorted().toList();
    }
    assertThat(inputs).isNotEmpty();
    Random random = new Random(7);
    for (Path input : inputs) {
      byte[] bytes = Files.readAllBytes(input);
      for (int i = 0; i < DAMAGED; i++) {
        // When, Then
        assertThatCode(() -> target.run(bytes)).as("%s %d", input, i).doesNotThrowAnyException();
        if (bytes.length > 0) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
    }
  }
}
