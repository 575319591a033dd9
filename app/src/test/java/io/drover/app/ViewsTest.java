// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.console.Herd;
import io.drover.schemas.Brain;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Nobody reads journals that its roles do not need. */
class ViewsTest {
  private static List<String> read(Roles... roles) {
    return Views.topics(Set.of(roles)).stream().flatMap(List::stream).toList();
  }

  @Test
  void executorAndConverterReadNothing() {
    assertThat(read(Roles.EXECUTOR, Roles.CONVERTER)).isEmpty();
  }

  @Test
  void ingestAndPlannerReadWhatPlansAreMadeOfAndThePlannerItsPlans() {
    assertThat(read(Roles.INGEST))
        .containsExactlyInAnyOrder(
            Brain.INVENTORY.facts(), Brain.CONVERSION.facts(), Brain.DISPATCH.facts());
    assertThat(read(Roles.INGEST, Roles.PLANNER))
        .containsExactlyInAnyOrder(
            Brain.INVENTORY.facts(),
            Brain.CONVERSION.facts(),
            Brain.DISPATCH.facts(),
            Brain.PLAN.facts());
  }

  @Test
  void whatPlansAreMadeOfIsReadFirstAndTogether() {
    for (Roles role : List.of(Roles.PLANNER, Roles.CONSOLE)) {
      assertThat(Views.topics(Set.of(role)).getFirst())
          .contains(Brain.INVENTORY.facts(), Brain.PLAN.facts());
    }
  }

  @Test
  void theConsoleReadsEverythingOnce() {
    assertThat(read(Roles.values())).containsExactlyInAnyOrderElementsOf(Herd.topics());
  }
}
