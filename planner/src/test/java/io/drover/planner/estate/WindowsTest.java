// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.schedule.Calendar;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WindowsTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @Test
  void aNightInWhichTheClocksGoForwardIsAnHourShorter() {
    // 2026-03-29: 02:00 becomes 03:00.
    Calendar calendar = saturdays(List.of(), "2026-03-23T00:00:00Z", 10);

    assertThat(calendar.open())
        .singleElement()
        .satisfies(w -> assertThat(w.length()).isEqualTo(7 * 3600));
  }

  @Test
  void aNightInWhichTheClocksGoBackIsAnHourLonger() {
    Calendar calendar = saturdays(List.of(), "2026-10-19T00:00:00Z", 10);

    assertThat(calendar.open())
        .singleElement()
        .satisfies(w -> assertThat(w.length()).isEqualTo(9 * 3600));
  }

  @Test
  void aWindowIsOverWhenTheClocksSkipTheTimeAtWhichItEnds() {
    var untilHalfPastTwo =
        new Windows(
            "w",
            BERLIN,
            List.of(
                new Windows.Weekly(
                    Set.of(DayOfWeek.SATURDAY), LocalTime.of(22, 0), LocalTime.of(2, 30))),
            List.of());

    Calendar calendar =
        untilHalfPastTwo.layOut(Instant.parse("2026-03-23T00:00:00Z"), Duration.ofDays(10));

    // There is no half past two: at two it is three.
    assertThat(calendar.open())
        .singleElement()
        .satisfies(w -> assertThat(w.length()).isEqualTo(4 * 3600));
  }

  @Test
  void aFreezeClosesWhatItCovers() {
    Instant from = Instant.parse("2026-06-06T23:00:00Z");

    Calendar calendar =
        saturdays(
            List.of(new Windows.Stretch(from, from.plus(Duration.ofDays(3)), "freeze")),
            "2026-06-01T00:00:00Z",
            10);

    // 22:00 to 06:00 local is 20:00 to 04:00 UTC; the freeze leaves the first three hours.
    assertThat(calendar.open())
        .singleElement()
        .satisfies(w -> assertThat(w.length()).isEqualTo(3 * 3600));
  }

  private static Calendar saturdays(List<Windows.Stretch> closed, String start, int days) {
    return new Windows(
            "w",
            BERLIN,
            List.of(
                new Windows.Weekly(
                    Set.of(DayOfWeek.SATURDAY), LocalTime.of(22, 0), LocalTime.of(6, 0))),
            closed)
        .layOut(Instant.parse(start), Duration.ofDays(days));
  }
}
