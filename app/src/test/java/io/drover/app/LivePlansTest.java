// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.drover.app.cli.ConsoleClient;
import io.drover.console.Herd;
import io.drover.schemas.CopyEvidence;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What plans are made of beside the inventory: what is under way, and what of it is to come. */
class LivePlansTest {
  @TempDir private Path folder;

  private static List<Tuple> coming(MemoryDrover drover) {
    return drover.estate().coming().stream()
        .map(each -> tuple(each.spec().source().name(), each.volumes(), each.machine()))
        .toList();
  }

  @Test
  void whatIsUnderWayIsToComeUntilItIsAtTheTarget() throws Exception {
    try (var drover = new MemoryDrover(folder, "a", "b", "c")) {
      ConsoleClient ada = drover.console("ada");
      ConsoleClient grace = drover.console("grace");
      Map<String, Object> overrides =
          Map.of("a", Map.of("wave", 1), "b", Map.of("wave", 1), "c", Map.of("wave", 2));
      ada.post(
          "/api/v1/plans/herd", Map.of("waveSize", 2, "settings", Map.of("overrides", overrides)));
      grace.post("/api/v1/waves/herd/1/approve", Map.of("planVersion", 1));
      assertThat(coming(drover)).isEmpty();

      grace.post("/api/v1/waves/herd/1/start", Map.of("planVersion", 1));
      assertThat(coming(drover)).containsExactly(tuple("a", true, true), tuple("b", true, true));

      drover.pass(Duration.ofMinutes(5));
      assertThat(coming(drover))
          .containsExactly(tuple("a", false, false), tuple("b", false, false));

      ada.post(
          "/api/v1/migrations/" + MemoryDrover.VCENTER + "/u-a/rollback",
          Map.of("reason", "the fan is loud"));
      drover.pass(Duration.ofMinutes(5));
      assertThat(coming(drover)).containsExactly(tuple("b", false, false));
    }
  }

  @ParameterizedTest
  @CsvSource({"400, 1000, 1000", "700, 0, 700"})
  void aCopyIsLearnedInTheBytesThatPlansCount(long overTheWire, long ofTheGuest, long learned) {
    Instant began = Instant.parse("2026-01-01T00:00:00Z");
    var seen =
        new CopyEvidence.DiskTransferred(
            "ns/volume", overTheWire, ofTheGuest, null, null, began, began.plusSeconds(9));
    var disk = new Herd.CopiedDisk(MemoryDrover.VCENTER + "/u-a", "datastore-1", "block", seen);

    assertThat(LivePlans.copy(disk, "host-1").bytes()).isEqualTo(learned);
  }
}
