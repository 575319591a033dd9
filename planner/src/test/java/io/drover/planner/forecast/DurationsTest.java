// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.schemas.Inventory;
import io.drover.schemas.Way;
import org.junit.jupiter.api.Test;

class DurationsTest {
  private final Durations durations = new Durations(Site.DEFAULT, Rates.DEFAULT);
  private final Inventory.Vm vm = SyntheticEstate.of(10, 1).vms().getFirst();

  @Test
  void aSourceThatIsReadOnceMoreIsOffForAWholeCopyLonger() {
    for (Way way : new Way[] {Way.COLD, Way.WARM}) {
      var once = durations.of(vm, Usage.UNKNOWN, way, false, false);

      var twice = durations.of(vm, Usage.UNKNOWN, way, false, true);

      assertThat(twice.cutoverSeconds()).isEqualTo(once.cutoverSeconds() + once.copySeconds());
      assertThat(twice.deltaBytes()).isEqualTo(once.deltaBytes() + once.bytes());
      assertThat(twice.copySeconds()).isEqualTo(once.copySeconds());
    }
  }
}
