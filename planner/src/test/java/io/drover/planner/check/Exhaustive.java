// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.Arrays;
import java.util.List;

/**
 * The true optimum of tiny problems: every window for every unit, every order of the activities,
 * each at its earliest on plain arrays of seconds. For a fixed choice of windows, among the
 * schedules that some order gives is an optimal one, because ending earlier never hurts.
 */
final class Exhaustive {
  private final Problem problem;
  private final int horizon;
  private final int[][] used;
  private final int[] windowOf;
  private final int[] cutover;
  private final int[] ahead;
  private int best = Integer.MAX_VALUE;

  private Exhaustive(Problem problem, int horizon) {
    this.problem = problem;
    this.horizon = horizon;
    this.used = new int[problem.resources().size()][horizon];
    this.windowOf = new int[problem.units().size()];
    this.cutover = new int[problem.jobs().size()];
    this.ahead = new int[problem.jobs().size()];
    Arrays.fill(cutover, -1);
    Arrays.fill(ahead, -1);
  }

  /**
   * The least makespan, or {@link Integer#MAX_VALUE} if there is no schedule before the horizon.
   */
  static int best(Problem problem, int horizon) {
    var search = new Exhaustive(problem, horizon);
    search.windows(0);
    return search.best;
  }

  private Calendar.Interval window(int unit, int index) {
    return calendar(unit).get(index);
  }

  private List<Calendar.Interval> calendar(int unit) {
    Job first = problem.jobs().get(problem.units().get(unit).jobs()[0]);
    return problem.calendars().get(first.cutover().calendar()).open();
  }

  private void windows(int unit) {
    if (unit == problem.units().size()) {
      orders(0, 0);
      return;
    }
    for (int w = 0;
        w < calendar(unit).size() && window(unit, w).from() < Math.min(best, horizon);
        w++) {
      windowOf[unit] = w;
      windows(unit + 1);
    }
  }

  private void orders(int placed, int end) {
    if (end >= best) {
      return;
    }
    if (placed == problem.jobs().size()) {
      best = end;
      return;
    }
    for (int j = 0; j < problem.jobs().size(); j++) {
      Job job = problem.jobs().get(j);
      Activity copy = job.ahead();
      if (cutover[j] >= 0) {
        continue;
      }
      if (copy != null && ahead[j] < 0) {
        int at = earliest(copy, 0, horizon);
        if (at >= 0) {
          ahead[j] = at;
          use(copy, at, 1);
          orders(placed, end);
          use(copy, at, -1);
          ahead[j] = -1;
        }
        continue;
      }
      int from = from(job, copy == null ? 0 : ahead[j] + copy.seconds());
      if (from < 0) {
        continue;
      }
      Calendar.Interval window = window(job.unit(), windowOf[job.unit()]);
      int at =
          earliest(job.cutover(), Math.max(from, window.from()), Math.min(window.to(), horizon));
      if (at >= 0) {
        cutover[j] = at;
        use(job.cutover(), at, 1);
        orders(placed + 1, Math.max(end, at + job.cutover().seconds()));
        use(job.cutover(), at, -1);
        cutover[j] = -1;
      }
    }
  }

  /**
   * The earliest second a cutover may begin at, -1 if something that must come before is missing.
   */
  private int from(Job job, int ready) {
    Unit unit = problem.units().get(job.unit());
    int from = Math.max(ready, unit.release());
    for (int other = 0; other < problem.jobs().size(); other++) {
      int otherUnit = problem.jobs().get(other).unit();
      boolean before =
          problem.units().get(otherUnit).stage() < unit.stage()
              || Arrays.stream(unit.after()).anyMatch(u -> u == otherUnit);
      if (before) {
        if (cutover[other] < 0) {
          return -1;
        }
        from = Math.max(from, cutover[other] + problem.jobs().get(other).cutover().seconds());
      }
    }
    return from;
  }

  private int earliest(Activity activity, int from, int to) {
    for (int at = from; at + activity.seconds() <= to; at++) {
      if (free(activity, at)) {
        return at;
      }
    }
    return -1;
  }

  private boolean free(Activity activity, int at) {
    for (int i = 0; i < activity.resource().length; i++) {
      int r = activity.resource()[i];
      for (int t = at + activity.offset()[i];
          t < at + activity.offset()[i] + activity.length()[i];
          t++) {
        if (used[r][t] + activity.amount()[i] > problem.resources().get(r).capacity()) {
          return false;
        }
      }
    }
    return true;
  }

  private void use(Activity activity, int at, int sign) {
    for (int i = 0; i < activity.resource().length; i++) {
      for (int t = at + activity.offset()[i];
          t < at + activity.offset()[i] + activity.length()[i];
          t++) {
        used[activity.resource()[i]][t] += sign * activity.amount()[i];
      }
    }
  }
}
