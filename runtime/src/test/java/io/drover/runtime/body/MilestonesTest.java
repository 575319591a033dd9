// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.CopyId;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage.DiskAdvanced;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which reports of progress a journey is told. */
class MilestonesTest {
  private static final Instant BEGIN = Instant.parse("2026-03-01T00:00:00Z");
  private static final long TOTAL = 1_000_000;

  private final Milestones milestones = new Milestones();

  private @Nullable DiskAdvanced report(String what, long second, long done) {
    return milestones.of(
        new DiskProgress(
            new VmKey("vc", "vm"),
            new MigrationId("m"),
            new CopyId("c"),
            2000,
            what,
            done,
            TOTAL,
            BEGIN.plusSeconds(second)));
  }

  @Test
  void the_first_comes_soon_and_says_how_fast_the_disk_is() {
    report("copying", 0, 0);

    DiskAdvanced first = report("copying", 30, 60_000);

    assertThat(first)
        .isEqualTo(
            new DiskAdvanced(new CopyId("c"), 2000, 60_000, TOTAL, 2_000, BEGIN.plusSeconds(30)));
  }

  @Test
  void a_disk_that_copies_for_an_hour_is_told_of_a_handful_of_times() {
    List<Long> told = new ArrayList<>();

    for (long second = 0; second <= 3_600; second++) {
      if (report("copying", second, TOTAL * second / 3_600) != null) {
        told.add(second);
      }
    }

    assertThat(told).containsExactly(30L, 630L, 1_230L, 1_830L, 2_430L, 3_030L, 3_600L);
  }

  @Test
  void a_disk_that_has_arrived_is_told_of_once_however_fast_it_was() {
    report("copying", 0, 0);
    assertThat(report("copying", 10, TOTAL / 2)).isNull();

    assertThat(report("copying", 20, TOTAL))
        .isEqualTo(
            new DiskAdvanced(new CopyId("c"), 2000, TOTAL, TOTAL, 50_000, BEGIN.plusSeconds(20)));
    assertThat(report("copying", 40, TOTAL)).isNull();
  }

  @Test
  void what_comes_after_the_bytes_and_what_begins_anew_is_no_advance() {
    report("copying", 0, 0);
    report("copying", 40, 500_000);

    assertThat(report("reading again", 900, 900_000)).isNull();
    assertThat(report("importing", 900, 400_000)).isNull();
    assertThat(report("importing", 900, 800_000)).isNotNull();
  }
}
