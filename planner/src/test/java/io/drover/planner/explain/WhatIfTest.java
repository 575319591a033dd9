// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.planner.Herd;
import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.estate.Estate;
import io.drover.planner.schedule.Calendar.Interval;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other circumstances change what they name, and nothing else. */
class WhatIfTest {
  @Test
  void aHostMoreTakesItsShareOfTheFullestOnesOfItsCluster() {
    Estate estate = SyntheticEstate.of(300, 4);
    String cluster = estate.vms().getFirst().placement().cluster();

    Estate other = WhatIf.withHost(estate, cluster);

    Map<String, Long> before = perHost(estate, cluster);
    Map<String, Long> after = perHost(other, cluster);
    long all = before.values().stream().mapToLong(n -> n).sum();
    assertThat(after).hasSize(before.size() + 1);
    assertThat(after.get("another host of " + cluster)).isEqualTo(all / (before.size() + 1));
    assertThat(after.values().stream().mapToLong(n -> n).sum()).isEqualTo(all);
    long fullest = after.values().stream().mapToLong(n -> n).max().orElseThrow();
    before.forEach((host, n) -> {
      // Only those give away that had more than the fullest one has now.
      assertThat(after.get(host)).isLessThanOrEqualTo(n);
      assertThat(n <= fullest - 1 ? after.get(host) : n).isEqualTo(n);
    });
    assertThat(other.vms().stream().map(Inventory.Vm::vm))
        .containsExactlyElementsOf(estate.vms().stream().map(Inventory.Vm::vm).toList());
  }

  @Test
  void twoHostsMoreAreTwo() {
    Estate estate = SyntheticEstate.of(300, 4);
    String cluster = estate.vms().getFirst().placement().cluster();
    int hosts = perHost(estate, cluster).size();

    Estate other = WhatIf.withHost(WhatIf.withHost(estate, cluster), cluster);

    assertThat(perHost(other, cluster)).hasSize(hosts + 2);
  }

  @Test
  void thereIsNothingOfWhichThereIsNone() {
    Estate estate = new Herd().vm("a").estate();

    assertThatThrownBy(() -> WhatIf.limits(estate, 0, null, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NFC connections of 1 or more, but got 0");
    assertThatThrownBy(() -> WhatIf.limits(estate, null, null, null, 0))
        .hasMessageContaining("MiB/s of the link of 1 or more, but got 0");
  }

  private static Map<String, Long> perHost(Estate estate, String cluster) {
    return estate.vms().stream()
        .filter(vm -> vm.placement().cluster().equals(cluster))
        .collect(Collectors.groupingBy(vm -> vm.placement().host(), Collectors.counting()));
  }

  @Test
  void otherSlotsCountAtAVCenterThatHasLimitsOfItsOwnToo() {
    Estate estate = new Herd().vm("a").estate();
    Limits own = new Limits(2, 3, 4, 5, 6, 7L);
    estate = estate.at(estate.site().with(estate.site().limits(), Map.of("vc", own)));

    Estate other = WhatIf.limits(estate, 40, null, null, null);

    assertThat(other.site().limits().disksPerVCenter()).isEqualTo(40);
    assertThat(other.site().limitsOf("vc"))
        .isEqualTo(new Limits(2, 3, 40, 5, 6, 7L, own.hostBytesPerSecond()));
  }

  @Test
  void aWindowMoreIsOfItsCalendarAlone() {
    Estate estate = new Herd().vm("a").calendar("prod", 0, 60).calendar("dev", 0, 60).estate();

    Estate other = WhatIf.withWindow(estate, "prod=2026-09-07T07:00:00Z/2026-09-07T08:00:00Z");

    assertThat(other.calendars().get("prod").open())
        .isEqualTo(List.of(new Interval(0, 60), new Interval(3600, 7200)));
    assertThat(other.calendars().get("dev")).isEqualTo(estate.calendars().get("dev"));
  }

  @ParameterizedTest
  @CsvSource({
    "prod,A window is CALENDAR=FROM/TO",
    "test=2026-09-07T07:00:00Z/2026-09-07T08:00:00Z,There is no calendar 'test'; there are prod",
    "prod=7:00/8:00,has no times like",
    "prod=2026-09-07T08:00:00Z/2026-09-07T07:00:00Z,ends before it begins",
    "prod=2026-09-06T08:00:00Z/2026-09-06T09:00:00Z,is over before the plan begins"
  })
  void aWindowThatIsNoneSaysWhatItLacks(String said, String message) {
    Estate estate = new Herd().vm("a").calendar("prod", 0, 60).estate();

    assertThatThrownBy(() -> WhatIf.withWindow(estate, said))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
