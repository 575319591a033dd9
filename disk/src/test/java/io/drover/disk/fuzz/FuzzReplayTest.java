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
      Map.ofEntries(
          Map.entry("StreamOptimizedFuzz", StreamOptimizedFuzz::fuzzerTestOneInput),
          Map.entry("SparseFileFuzz", SparseFileFuzz::fuzzerTestOneInput),
          Map.entry("ExtentsFuzz", ExtentsFuzz::fuzzerTestOneInput),
          Map.entry("DiskImagesFuzz", DiskImagesFuzz::fuzzerTestOneInput),
          Map.entry("Qcow2Fuzz", Qcow2Fuzz::fuzzerTestOneInput),
          Map.entry("ClusterClaimsFuzz", ClusterClaimsFuzz::fuzzerTestOneInput),
          Map.entry("OvaFuzz", OvaFuzz::fuzzerTestOneInput),
          Map.entry("OvaDiskFuzz", OvaDiskFuzz::fuzzerTestOneInput),
          Map.entry("OvfFuzz", OvfFuzz::fuzzerTestOneInput),
          Map.entry("ManifestFuzz", ManifestFuzz::fuzzerTestOneInput),
          Map.entry("JournalFuzz", JournalFuzz::fuzzerTestOneInput));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "StreamOptimizedFuzz",
        "SparseFileFuzz",
        "ExtentsFuzz",
        "DiskImagesFuzz",
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
