// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import io.drover.planner.schedule.SplitMix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearningTest {
  @Test
  void itFindsTheRatesThatMadeTheTransfers() {
    Learning learned = Learning.from(transfers(400, 1));

    assertThat(learned.fixedSeconds()).isCloseTo(30, withPercentage(25));
    assertThat(learned.diskMiBs()).isCloseTo(100, withPercentage(10));
    assertThat(learned.hosts().get("a")).isCloseTo(300, withPercentage(10));
    assertThat(learned.hosts().get("b")).isCloseTo(150, withPercentage(10));
  }

  @Test
  void nineOfTenUnseenTransfersAreWhereItSays() {
    Learning learned = Learning.from(transfers(300, 2));

    double share = learned.calibration(transfers(1000, 3));

    assertThat(share).isBetween(0.84, 0.95);
  }

  @Test
  void tooFewTransfersTeachNothing() {
    assertThatThrownBy(() -> Learning.from(transfers(3, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 10");
  }

  @Test
  void theSharedWayFitsWhatWasMeasuredBetween() {
    SharedWay way = SharedWay.fit(1, 294, 8, 1173);

    // 100 machines of 36,000 MiB took 1:04:57 on five hosts.
    assertThat(way.of(5)).isCloseTo(100 * 36_000 / 3897.0, withPercentage(2));
  }

  private static List<Transfer> transfers(int count, long seed) {
    var random = new SplitMix(seed);
    var transfers = new ArrayList<Transfer>();
    for (int i = 0; i < count; i++) {
      String host = random.below(2) == 0 ? "a" : "b";
      double beside = 1 + random.below(8);
      double mib = Math.exp(9 + random.normal());
      double rate = Math.min(100, (host.equals("a") ? 300 : 150) / beside);
      double seconds = (30 + mib / rate) * Math.exp(0.08 * random.normal());
      transfers.add(new Transfer(host, (long) (mib * (1 << 20)), seconds, beside));
    }
    return transfers;
  }
}
