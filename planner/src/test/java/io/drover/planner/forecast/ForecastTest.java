// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Resource;
import io.drover.planner.schedule.Schedule;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForecastTest {
  @Test
  void whatIsLateUsesTheShareOfAWindowThatIsKeptFree() {
    // Given a cutover that fills what is planned of its window, of which a quarter is kept free
    var window = new Calendar("night", List.of(new Calendar.Interval(0, 4000)));
    Calendar planned = window.keepingFree(25, 0);
    assertThat(planned.open()).containsExactly(new Calendar.Interval(0, 3000));

    // When durations are drawn
    double kept = missed(planned);
    double full = missed(new Calendar("night", planned.open()));

    // Then half of them are longer than forecast, and few of them than the window
    assertThat(full).isBetween(0.4, 0.6);
    assertThat(kept).isLessThan(0.2).isPositive();
  }

  @Test
  void whatIsTooLongForTheRestOfAWindowHasAllThatItNeeds() {
    var windows =
        new Calendar(
            "night",
            List.of(
                new Calendar.Interval(0, 1000),
                new Calendar.Interval(2000, 2500),
                new Calendar.Interval(5000, Calendar.END)));

    assertThat(windows.keepingFree(50, 700).open())
        .containsExactly(
            new Calendar.Interval(0, 700),
            new Calendar.Interval(2000, 2500),
            new Calendar.Interval(5000, Calendar.END));
    assertThat(windows.keepingFree(50, 700).whole()).isEqualTo(windows.open());
  }

  @Test
  void ofAWindowOfMonthsNoMoreIsKeptFreeThanOfADay() {
    var freeze = new Calendar("before the freeze", List.of(new Calendar.Interval(0, 8_640_000)));

    assertThat(freeze.keepingFree(10, 0).open())
        .containsExactly(new Calendar.Interval(0, 8_640_000 - 8_640));
  }

  /** Probability that a cutover of 3,000 seconds misses its window. */
  private static double missed(Calendar calendar) {
    var job = new Job("vm", 0, null, Activity.whole(3000, new int[] {0}, new int[] {1}, 0));
    var unit = new Unit("app", new int[] {0}, 0, new int[0], 0, Calendar.END, false);
    var problem =
        new Problem(
            List.of(Resource.slots("slot", 1)), List.of(calendar), List.of(unit), List.of(job));
    var schedule = new Schedule(new int[] {-1}, new int[] {0});
    return Forecast.of(problem, schedule, new int[1], new int[1], 0.25, 1000, 1).missed()[0];
  }
}
