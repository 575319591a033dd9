// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import io.drover.planner.schedule.SplitMix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LearningTest {
  @Test
  void itFindsTheRatesThatMadeTheTransfers() {
    Learning learned = Learning.from(transfers(400, 1));

    assertThat(learned.fixedSeconds()).isCloseTo(30, withPercentage(25));
    assertThat(learned.ceilings().diskMiBs()).isCloseTo(100, withPercentage(10));
    assertThat(learned.ceilings().hosts().get("a")).isCloseTo(300, withPercentage(10));
    assertThat(learned.ceilings().hosts().get("b")).isCloseTo(150, withPercentage(10));
    assertThat(learned.ceilings().datastores()).as("nothing holds these back").isEmpty();
    assertThat(learned.ceilings().storageClasses()).isEmpty();
    assertThat(learned.ceilings().way().sharedMiBs()).isInfinite();
  }

  @Test
  void itFindsSlowDatastoresAndStorageClassesAndWhatHostsShare() {
    var truth =
        new Ceilings(
            100,
            new SharedWay(300, 900),
            Map.of("a", 300.0, "b", 150.0),
            Map.of("nfs", 120.0),
            Map.of("ec", 90.0));

    Learning learned = Learning.from(transfers(800, 4, truth));

    assertThat(learned.ceilings().datastores()).containsOnlyKeys("nfs");
    assertThat(learned.ceilings().datastores().get("nfs")).isCloseTo(120, withPercentage(15));
    assertThat(learned.ceilings().storageClasses()).containsOnlyKeys("ec");
    assertThat(learned.ceilings().storageClasses().get("ec")).isCloseTo(90, withPercentage(15));
    assertThat(learned.ceilings().way().sharedMiBs()).isCloseTo(900, withPercentage(25));
    assertThat(learned.calibration(transfers(1000, 5, truth))).isBetween(0.84, 0.98);
  }

  @Test
  void ofWhatHostsShareCopiesOneAfterTheOtherSayNothing() {
    var transfers = new ArrayList<Transfer>();
    for (Transfer t : transfers(200, 6)) {
      double host = t.busy().host();
      transfers.add(
          new Transfer(t.route(), t.bytes(), t.seconds(), new Ceilings.Busy(host, host, 1, host)));
    }

    Rates rates = Learning.from(transfers).rates(Rates.DEFAULT);

    assertThat(rates.ceilings().way().sharedMiBs())
        .isLessThanOrEqualTo(SharedWay.PUBLISHED.sharedMiBs());
  }

  @Test
  void nineOfTenUnseenTransfersAreWhereItSays() {
    double share =
        LongStream.range(2, 12)
            .mapToDouble(seed ->
                Learning.from(transfers(300, seed)).calibration(transfers(1000, seed + 100)))
            .average()
            .orElse(0);

    assertThat(share).isBetween(0.86, 0.94);
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
    return transfers(
        count,
        seed,
        new Ceilings(
            100,
            new SharedWay(300, Double.POSITIVE_INFINITY),
            Map.of("a", 300.0, "b", 150.0),
            Map.of(),
            Map.of()));
  }

  private static List<Transfer> transfers(int count, long seed, Ceilings truth) {
    var random = new SplitMix(seed);
    var transfers = new ArrayList<Transfer>();
    for (int i = 0; i < count; i++) {
      var route =
          new Ceilings.Route(
              random.below(2) == 0 ? "a" : "b",
              random.below(3) == 0 ? "nfs" : "vmfs-" + random.below(2),
              random.below(4) == 0 ? "ec" : "rbd");
      double host = 1 + random.below(8);
      var busy =
          new Ceilings.Busy(host, 1 + random.below(6), 1 + random.below(6), host + random.below(9));
      double mib = Math.exp(9 + random.normal());
      double seconds =
          (30 + mib * truth.secondsPerMiB(route, busy)) * Math.exp(0.08 * random.normal());
      transfers.add(new Transfer(route, (long) (mib * (1 << 20)), seconds, busy));
    }
    return transfers;
  }
}
