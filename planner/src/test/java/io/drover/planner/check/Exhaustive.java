// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * The true optimum of small problems: every order of the activities, every window for each unit,
 * each at its earliest on plain arrays of seconds. For a fixed choice of windows, among the
 * schedules that some order gives is an optimal one, because ending earlier never hurts. Placing
 * the activities of an optimal schedule again in the order of their begins delays none of them;
 * repeated until nothing moves, that gives an optimal schedule whose order is the one of its
 * begins. So only orders are looked at in which no activity begins before the one placed before it.
 */
public final class Exhaustive {
  private final Problem problem;
  private final int horizon;
  private final int[][] used;
  private final int[] windowOf;
  private final int[] cutover;
  private final int[] ahead;
  private final HashSet<String> seen = new HashSet<>();
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
  public static int best(Problem problem, int horizon) {
    var search = new Exhaustive(problem, horizon);
    Arrays.fill(search.windowOf, -1);
    search.orders(0, 0, 0);
    return search.best;
  }

  private Calendar.Interval window(int unit, int index) {
    return calendar(unit).get(index);
  }

  private List<Calendar.Interval> calendar(int unit) {
    Job first = problem.jobs().get(problem.units().get(unit).jobs()[0]);
    return problem.calendars().get(first.cutover().calendar()).open();
  }

  private void orders(int placed, int end, int begin) {
    if (end >= best || hopeless(begin) || !seen.add(state(begin))) {
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
        if (at >= begin) {
          ahead[j] = at;
          use(copy, at, 1);
          orders(placed, end, at);
          use(copy, at, -1);
          ahead[j] = -1;
        }
        continue;
      }
      int from = from(job, copy == null ? 0 : ahead[j] + copy.seconds());
      if (from < 0) {
        continue;
      }
      int chosen = windowOf[job.unit()];
      int last = chosen < 0 ? calendar(job.unit()).size() - 1 : chosen;
      for (int w = Math.max(0, chosen); w <= last; w++) {
        Calendar.Interval window = window(job.unit(), w);
        if (window.from() >= Math.min(best, horizon)) {
          break;
        }
        int at =
            earliest(job.cutover(), Math.max(from, window.from()), Math.min(window.to(), horizon));
        if (at >= begin) {
          windowOf[job.unit()] = w;
          cutover[j] = at;
          use(job.cutover(), at, 1);
          orders(placed + 1, Math.max(end, at + job.cutover().seconds()), at);
          use(job.cutover(), at, -1);
          cutover[j] = -1;
        }
      }
      windowOf[job.unit()] = chosen;
    }
  }

  /**
   * All that the rest depends on: what is placed, until when it goes on after {@code begin}, and
   * the windows of units of which something is missing.
   */
  private String state(int begin) {
    var state = new StringBuilder();
    state.append((char) begin);
    for (int j = 0; j < problem.jobs().size(); j++) {
      Job job = problem.jobs().get(j);
      Activity copy = job.ahead();
      int copied = copy == null || ahead[j] < 0 ? 0 : ahead[j] + copy.seconds();
      int ended = cutover[j] < 0 ? 0 : cutover[j] + job.cutover().seconds();
      state.append((char) (copied == 0 ? 0 : 1 + Math.max(begin, copied)));
      state.append((char) (ended == 0 ? 0 : 1 + Math.max(begin, ended)));
      state.append((char) (cutover[j] < 0 ? 1 + windowOf[job.unit()] : 0));
    }
    return state.toString();
  }

  /**
   * Whether what is not placed yet, none of which begins before {@code begin}, cannot end before
   * the best: one of them alone, or because of the work that a resource still has to do.
   */
  private boolean hopeless(int begin) {
    int[] work = new int[problem.resources().size()];
    for (int j = 0; j < problem.jobs().size(); j++) {
      Job job = problem.jobs().get(j);
      Activity copy = job.ahead();
      if (cutover[j] >= 0) {
        continue;
      }
      int from = begin;
      if (copy != null && ahead[j] < 0) {
        from += copy.seconds();
        count(copy, work);
      } else if (copy != null) {
        from = Math.max(from, ahead[j] + copy.seconds());
      }
      count(job.cutover(), work);
      if (end(job, from) >= best) {
        return true;
      }
    }
    for (int r = 0; r < work.length; r++) {
      int free = 0;
      for (int t = begin; t < Math.min(best - 1, horizon); t++) {
        free += problem.resources().get(r).capacity() - used[r][t];
      }
      if (work[r] > free) {
        return true;
      }
    }
    return false;
  }

  /** The earliest end of a cutover from {@code from} on, in its window or in any. */
  private int end(Job job, int from) {
    int chosen = windowOf[job.unit()];
    for (int w = 0; w < calendar(job.unit()).size(); w++) {
      int end = Math.max(from, window(job.unit(), w).from()) + job.cutover().seconds();
      if ((chosen < 0 || chosen == w) && end <= window(job.unit(), w).to()) {
        return end;
      }
    }
    return Integer.MAX_VALUE;
  }

  private static void count(Activity activity, int[] work) {
    for (int i = 0; i < activity.resource().length; i++) {
      work[activity.resource()[i]] += activity.amount()[i] * activity.length()[i];
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
