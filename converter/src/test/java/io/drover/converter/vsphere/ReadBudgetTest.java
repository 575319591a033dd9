// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.engine.StopSignal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How many disks are read at a time. */
class ReadBudgetTest {
  private final ReadBudget budget = new ReadBudget(NfcSettings.DEFAULT.withReads(1, 2));

  private CompletableFuture<ReadBudget.Place> later(String vcenter, String host) {
    // Threads of their own: one that waits must not keep the next from being started.
    return CompletableFuture.supplyAsync(
        () -> budget.take(vcenter, host, StopSignal.NEVER),
        command -> Thread.ofVirtual().start(command));
  }

  private static void waits(CompletableFuture<ReadBudget.Place> place) {
    assertThat(place).isNotCompleted();
    assertThatThrownBy(() -> place.get(300, TimeUnit.MILLISECONDS))
        .isInstanceOf(java.util.concurrent.TimeoutException.class);
  }

  @Test
  void aHostServesOneAtATimeAndTheNextWhenItIsFree() throws Exception {
    var first = budget.take("vc", "esx-1", StopSignal.NEVER);
    var second = later("vc", "esx-1");
    waits(second);

    first.close();

    assertThat(second.get(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void hostsOfOneVCenterShareItsBudget() throws Exception {
    var first = budget.take("vc", "esx-1", StopSignal.NEVER);
    var _ = budget.take("vc", "esx-2", StopSignal.NEVER);
    var third = later("vc", "esx-3");
    waits(third);

    first.close();

    assertThat(third.get(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void whoWaitsForABusyHostHoldsNoPlaceOfTheVCenter() throws Exception {
    var _ = budget.take("vc", "esx-1", StopSignal.NEVER);
    var waiting = later("vc", "esx-1");
    waits(waiting);

    assertThat(later("vc", "esx-2").get(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void vcentersDoNotWaitForEachOther() throws Exception {
    var _ = budget.take("vc", "esx-1", StopSignal.NEVER);
    var _ = budget.take("vc", "esx-2", StopSignal.NEVER);

    assertThat(later("other", "esx-1").get(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void toldToStopItWaitsNoLonger() {
    var _ = budget.take("vc", "esx-1", StopSignal.NEVER);

    assertThatThrownBy(() -> budget.take("vc", "esx-1", () -> true))
        .isInstanceOf(StopSignal.Stopped.class);
    assertThat(later("vc", "esx-2")).succeedsWithin(java.time.Duration.ofSeconds(10));
  }

  @Test
  void aPaceCanBeChangedAndTakenAway() {
    var pace = new Pace(1);
    pace.set(4 << 20);
    long began = System.nanoTime();

    pace.spend(2 << 20, StopSignal.NEVER);

    // 2 MiB at 4 MiB/s, less the burst.
    assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(350));
    pace.set(1);
    pace.set(0);
    // At one byte a second this would not end.
    pace.spend(1 << 30, StopSignal.NEVER);
  }

  @Test
  void whatIsOwedIsOwedAtTheNewPace() {
    var pace = new Pace(1000);
    long began = System.nanoTime();
    // An hour, and less the burst.
    var _ = pace.pay(3_600_000);

    pace.set(2000);

    assertThat(pace.pay(0) - began)
        .isBetween(TimeUnit.MINUTES.toNanos(29), TimeUnit.MINUTES.toNanos(31));
  }

  @Test
  void readersOfOneVCenterShareItsCap() throws Exception {
    var capped = new ReadBudget(NfcSettings.DEFAULT.withReads(2, 4).withBytesPerSecond(4 << 20));
    var one = capped.take("vc", "esx-1", StopSignal.NEVER);
    var two = capped.take("vc", "esx-2", StopSignal.NEVER);
    var other = capped.take("another", "esx-1", StopSignal.NEVER);
    long began = System.nanoTime();

    var reading =
        CompletableFuture.runAsync(
            () -> one.pace().spend(2 << 20, StopSignal.NEVER),
            command -> Thread.ofVirtual().start(command));
    two.pace().spend(2 << 20, StopSignal.NEVER);
    reading.get(60, TimeUnit.SECONDS);

    // 4 MiB at 4 MiB/s, less the burst; a slow machine only takes longer.
    assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(850));
    assertThat(other.pace()).isNotSameAs(one.pace());
  }
}
