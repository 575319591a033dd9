// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Timer;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Timers follow the state and ring once. */
class AlarmsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Timer SOAK = new Timer("soak", NOW.plusSeconds(60));

  private record Armed(Duration delay, Runnable ring, boolean[] off) {}

  private final List<Armed> armed = new ArrayList<>();
  private final List<String> rang = new ArrayList<>();
  private final Alarms alarms =
      new Alarms(
          new Alarms.Clockwork() {
            @Override
            public Instant now() {
              return NOW;
            }

            @Override
            public Runnable after(Duration delay, Runnable ring) {
              var one = new Armed(delay, ring, new boolean[1]);
              armed.add(one);
              return () -> one.off()[0] = true;
            }
          },
          (key, timer) -> rang.add(key + " " + timer.id()));

  @Test
  void aTimerOfTheStateIsArmedOnceAndRings() {
    alarms.set(0, "k", List.of(SOAK));
    alarms.set(0, "k", List.of(SOAK));
    armed.getFirst().ring().run();
    alarms.set(0, "k", List.of(SOAK));
    assertThat(armed).hasSize(1);
    assertThat(armed.getFirst().delay()).isEqualTo(Duration.ofSeconds(60));
    assertThat(rang).containsExactly("k soak");
  }

  @Test
  void aTimerThatLeftTheStateIsCalledOff() {
    alarms.set(0, "k", List.of(SOAK));
    alarms.set(0, "k", List.of());
    assertThat(armed.getFirst().off()[0]).isTrue();
  }

  @Test
  void aTimerOfThePastRingsAtOnce() {
    alarms.set(0, "k", List.of(new Timer("late", NOW.minusSeconds(5))));
    assertThat(armed.getFirst().delay()).isEqualTo(Duration.ZERO);
  }

  @Test
  void aTimerOfTheVeryFarFutureIsArmedForAYear() {
    alarms.set(0, "k", List.of(new Timer("soak", Instant.MAX)));
    assertThat(armed.getFirst().delay()).isEqualTo(Duration.ofDays(365));
  }

  @Test
  void whatWasCalledOffIsForgotten() throws Exception {
    try (var clock = new WallClock()) {
      WeakReference<Object> held = calledOff(clock);
      for (int i = 0; i < 100 && held.get() != null; i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertThat(held.get()).isNull();
    }
  }

  private static WeakReference<Object> calledOff(WallClock clock) {
    var word = new Object();
    clock.after(Duration.ofDays(1), word::hashCode).run();
    return new WeakReference<>(word);
  }

  @Test
  void aTimerThatRangTooEarlyForTheBrokerRingsAgainByTheBrokersClock() {
    alarms.set(0, "k", List.of(SOAK));
    alarms.early(0, "k", SOAK, SOAK.due().minusSeconds(3));
    assertThat(armed).hasSize(2);
    assertThat(armed.get(1).delay()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void timersOfALostPartitionAreCalledOff() {
    alarms.set(0, "k", List.of(SOAK));
    alarms.set(1, "other", List.of(SOAK));
    alarms.halt(0);
    assertThat(armed.get(0).off()[0]).isTrue();
    assertThat(armed.get(1).off()[0]).isFalse();
  }
}
