// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.cluster.control.faults.Fault.What;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rules strike where they should, as often as they should. */
class FaultTest {

  @Test
  void aRuleStrikesItsNamesAsOftenAsItSays() {
    // Given
    ClusterFaults faults = new ClusterFaults();
    var _ = faults.add(Fault.on(What.JOB_FAILS, "*", "web-*-disk").times(2));

    // When
    boolean first = faults.strike(What.JOB_FAILS, "shop", "web-01-disk").isPresent();
    boolean other = faults.strike(What.JOB_FAILS, "shop", "db-01-disk").isPresent();
    boolean second = faults.strike(What.JOB_FAILS, "shop", "web-02-disk").isPresent();
    boolean third = faults.strike(What.JOB_FAILS, "shop", "web-02-disk").isPresent();

    // Then
    assertThat(first).isTrue();
    assertThat(other).isFalse();
    assertThat(second).isTrue();
    assertThat(third).isFalse();
  }

  @Test
  void aSlowRuleMakesPhasesLonger() {
    // Given
    ClusterFaults faults = new ClusterFaults();

    // When
    var _ = faults.add(Fault.on(What.SLOW, "shop", "*").delay(Duration.ofSeconds(2)));

    // Then
    assertThat(faults.delay("shop", "x", Duration.ofMillis(30))).isEqualTo(Duration.ofMillis(2030));
    assertThat(faults.delay("other", "x", Duration.ofMillis(30))).isEqualTo(Duration.ofMillis(30));
  }
}
