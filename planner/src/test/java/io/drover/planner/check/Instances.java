// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Resource;
import io.drover.planner.schedule.SplitMix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Scheduling problems out of a seed: random ones, and ones whose optimum is known. */
public final class Instances {
  private Instances() {}

  /** A problem and the makespan that no schedule beats and one reaches. */
  public record Known(String name, Problem problem, int optimum) {}

  /**
   * A random problem.
   *
   * @param largest the longest duration in seconds
   */
  public static Problem random(long seed, int jobs, int largest, boolean windows) {
    return random(seed, jobs, Integer.MAX_VALUE, largest, windows);
  }

  /** A random problem of so many units of one or two jobs. */
  public static Problem atoms(long seed, int units, int largest, boolean windows) {
    return random(seed, 2 * units, units, largest, windows);
  }

  private static Problem random(long seed, int jobs, int most, int largest, boolean windows) {
    var random = new SplitMix(seed);
    int hosts = 1 + random.below(3);
    var resources = new ArrayList<Resource>();
    for (int h = 0; h < hosts; h++) {
      resources.add(Resource.slots("host " + h, 2 + random.below(3)));
    }
    resources.add(Resource.slots("link", 4 + random.below(6)));
    resources.add(Resource.slots("people", 1 + random.below(4)));
    var calendars = new ArrayList<Calendar>();
    calendars.add(Calendar.ALWAYS);
    if (windows) {
      var open = new ArrayList<Calendar.Interval>();
      int at = random.below(largest);
      for (int w = 0; w < 40 * jobs; w++) {
        int length = largest + random.below(2 * largest);
        open.add(new Calendar.Interval(at, at + length));
        at += length + 1 + random.below(2 * largest);
      }
      calendars.add(new Calendar("windows", open));
    }
    var units = new ArrayList<Unit>();
    var list = new ArrayList<Job>();
    int stages = 1 + random.below(2);
    while (list.size() < jobs && units.size() < most) {
      int size = Math.min(jobs - list.size(), 1 + random.below(2));
      int unit = units.size();
      int calendar = random.below(calendars.size());
      int[] members = new int[size];
      for (int i = 0; i < size; i++) {
        members[i] = list.size();
        int host = random.below(hosts);
        Activity cutover = activity(random, largest, host, hosts, resources, calendar, true);
        Activity ahead =
            random.below(3) == 0
                ? activity(random, largest, host, hosts, resources, 0, false)
                : null;
        list.add(new Job("job " + list.size(), unit, ahead, cutover));
      }
      int stage = Math.min(stages - 1, list.size() * stages / Math.max(1, jobs));
      int[] after =
          unit > 0 && random.below(4) == 0 && units.get(unit - 1).stage() == stage
              ? new int[] {unit - 1}
              : new int[0];
      units.add(
          new Unit(
              "unit " + unit,
              members,
              stage,
              after,
              0,
              Calendar.END,
              random.below(8) == 0 && size == 1));
    }
    return new Problem(resources, calendars, units, list);
  }

  private static Activity activity(
      SplitMix random,
      int largest,
      int host,
      int hosts,
      List<Resource> resources,
      int calendar,
      boolean people) {
    int amount = 1 + random.below(resources.get(host).capacity());
    int link = 1 + random.below(3);
    int seconds = 1 + random.below(largest);
    return people
        ? Activity.whole(
            seconds, new int[] {host, hosts, hosts + 1}, new int[] {amount, link, 1}, calendar)
        : Activity.whole(seconds, new int[] {host, hosts}, new int[] {amount, link}, calendar);
  }

  /**
   * A full schedule cut into pieces: every slot of every host is in use in every open second until
   * the end, so nothing can end before it, and the pieces put back end exactly there.
   *
   * @param windows 0 = open all the time, else how many windows hold it
   */
  public static Known cut(long seed, int pieces, int hosts, int slots, int windows) {
    var random = new SplitMix(seed);
    int length = 36_000;
    var intervals = new ArrayList<Calendar.Interval>();
    if (windows == 0) {
      intervals.add(new Calendar.Interval(0, length * 4));
    } else {
      for (int w = 0; w < windows; w++) {
        intervals.add(new Calendar.Interval(w * 86_400 + 3600, w * 86_400 + 3600 + length));
      }
    }
    int optimum = intervals.getLast().to();
    var rectangles = new ArrayList<int[]>(); // host, from, to, amount, window
    for (int h = 0; h < hosts; h++) {
      for (int w = 0; w < intervals.size(); w++) {
        rectangles.add(new int[] {h, intervals.get(w).from(), intervals.get(w).to(), slots, w});
      }
    }
    while (rectangles.size() < pieces) {
      // Larger pieces are cut more often, as in a real estate there are few very long copies.
      int a = random.below(rectangles.size());
      int b = random.below(rectangles.size());
      int pick = area(rectangles.get(a)) >= area(rectangles.get(b)) ? a : b;
      int[] r = rectangles.get(pick);
      boolean byTime = r[3] == 1 || random.below(3) > 0;
      if (byTime && r[2] - r[1] >= 1200) {
        int at = r[1] + 600 + random.below(r[2] - r[1] - 1199);
        rectangles.set(pick, new int[] {r[0], r[1], at, r[3], r[4]});
        rectangles.add(new int[] {r[0], at, r[2], r[3], r[4]});
      } else if (!byTime) {
        int amount = 1 + random.below(r[3] - 1);
        rectangles.set(pick, new int[] {r[0], r[1], r[2], amount, r[4]});
        rectangles.add(new int[] {r[0], r[1], r[2], r[3] - amount, r[4]});
      }
    }
    return new Known(
        pieces
            + " pieces, "
            + hosts
            + " hosts of "
            + slots
            + (windows == 0 ? "" : ", " + windows + " windows"),
        problem(random, rectangles, intervals, hosts, slots, windows),
        optimum);
  }

  private static long area(int[] r) {
    return (long) (r[2] - r[1]) * r[3];
  }

  private static Problem problem(
      SplitMix random,
      List<int[]> rectangles,
      List<Calendar.Interval> intervals,
      int hosts,
      int slots,
      int windows) {
    var resources = new ArrayList<Resource>();
    for (int h = 0; h < hosts; h++) {
      resources.add(Resource.slots("host " + h, slots));
    }
    resources.add(Resource.slots("vCenter", hosts * slots));
    Calendar calendar;
    if (windows == 0) {
      calendar = Calendar.ALWAYS;
    } else {
      var open = new ArrayList<>(intervals);
      for (int w = windows; w < 3 * windows + 5; w++) {
        open.add(new Calendar.Interval(w * 86_400 + 3600, w * 86_400 + 3600 + 36_000));
      }
      calendar = new Calendar("windows", open);
    }
    // Pieces of one window that lie side by side in the list become an application now and then.
    rectangles.sort((x, y) -> Integer.compare(x[4], y[4]));
    var jobs = new ArrayList<Job>();
    var units = new ArrayList<Unit>();
    for (int i = 0; i < rectangles.size(); ) {
      int size = windows == 0 ? 1 : 1 + random.below(4);
      int end = i;
      while (end < rectangles.size()
          && end < i + size
          && rectangles.get(end)[4] == rectangles.get(i)[4]) {
        end++;
      }
      int[] members = new int[end - i];
      for (int k = i; k < end; k++) {
        int[] r = rectangles.get(k);
        members[k - i] = k;
        jobs.add(
            new Job(
                "piece " + k,
                units.size(),
                null,
                Activity.whole(r[2] - r[1], new int[] {r[0], hosts}, new int[] {r[3], r[3]}, 0)));
      }
      units.add(
          new Unit(
              "app " + units.size(),
              longestFirst(members, jobs),
              0,
              new int[0],
              0,
              Calendar.END,
              false));
      i = end;
    }
    return new Problem(resources, List.of(calendar), units, jobs);
  }

  private static int[] longestFirst(int[] members, List<Job> jobs) {
    return Arrays.stream(members)
        .boxed()
        .sorted((a, b) -> jobs.get(b).cutover().seconds() - jobs.get(a).cutover().seconds())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** At least fifty problems of known optimum, from 20 to 2,000 machines. */
  public static List<Known> known() {
    var all = new ArrayList<Known>();
    int[][] shapes = {
      {20, 1, 4, 0},
      {40, 2, 4, 0},
      {100, 2, 8, 0},
      {200, 4, 8, 0},
      {500, 8, 8, 0},
      {1000, 16, 8, 0},
      {2000, 32, 8, 0},
      {60, 2, 4, 3},
      {150, 3, 6, 5},
      {400, 4, 8, 8},
      {1000, 8, 8, 12},
      {2000, 16, 8, 15}
    };
    for (int[] s : shapes) {
      for (int seed = 1; seed <= 5; seed++) {
        all.add(cut(seed * 7919L + s[0], s[0], s[1], s[2], s[3]));
      }
    }
    return all;
  }
}
