// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.SplitMix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What becomes of a schedule when durations are not as forecast: Monte Carlo. Nothing begins before
 * its planned second, before the resources that it begins with are free, or before what must come
 * before it has ended; what is late is started in the planned order. What an activity takes later
 * on (a conversion pod) it takes whether it is free or not.
 *
 * @param end P50 and P95 of the end, per group
 * @param missed probability that a cutover of the group ends after its window, per group
 * @param outage P50 and P95 of the outage in seconds, per job
 * @param samples how often the luck was drawn
 */
@SuppressWarnings("ArrayRecordComponent")
public record Forecast(int[][] end, double[] missed, int[][] outage, int samples) {

  /**
   * Forecasts.
   *
   * @param groupOf group (wave) of each job
   * @param hostOf a number for the host of each job: what share a host share their luck
   * @param spread deviation of the logarithm of a duration
   */
  public static Forecast of(
      Problem problem,
      Schedule schedule,
      int[] groupOf,
      int[] hostOf,
      double spread,
      int samples,
      long seed) {
    return new Maker(problem, schedule, groupOf, hostOf, spread).make(samples, seed);
  }

  /** One activity to run. */
  private record Run(int job, boolean ahead, int planned) {}

  /** Draws and counts. */
  private static final class Maker {
    private final Problem problem;
    private final Schedule schedule;
    private final int[] groupOf;
    private final int[] hostOf;
    private final double spread;
    private final List<Run> runs = new ArrayList<>();
    private final int[] windowEnd;
    private final int groups;
    private final int hosts;

    Maker(Problem problem, Schedule schedule, int[] groupOf, int[] hostOf, double spread) {
      this.problem = problem;
      this.schedule = schedule;
      this.groupOf = groupOf;
      this.hostOf = hostOf;
      this.spread = spread;
      this.groups = Arrays.stream(groupOf).max().orElse(-1) + 1;
      this.hosts = Arrays.stream(hostOf).max().orElse(-1) + 1;
      this.windowEnd = new int[problem.jobs().size()];
      for (int j = 0; j < problem.jobs().size(); j++) {
        if (schedule.cutover()[j] < 0) {
          continue;
        }
        runs.add(new Run(j, false, schedule.cutover()[j]));
        if (schedule.ahead()[j] >= 0) {
          runs.add(new Run(j, true, schedule.ahead()[j]));
        }
        windowEnd[j] = windowEnd(problem.jobs().get(j).cutover(), schedule.cutover()[j]);
      }
      runs.sort(
          Comparator.comparingInt(Run::planned)
              .thenComparing(r -> !r.ahead())
              .thenComparingInt(Run::job));
    }

    private int windowEnd(Activity cutover, int start) {
      for (Calendar.Interval open : problem.calendars().get(cutover.calendar()).whole()) {
        if (open.from() <= start && start < open.to()) {
          return open.to();
        }
      }
      return Calendar.END;
    }

    Forecast make(int samples, long seed) {
      var random = new SplitMix(seed);
      int jobs = problem.jobs().size();
      int[][] ends = new int[groups][samples];
      int[] missed = new int[groups];
      int[][] outages = new int[jobs][samples];
      for (int s = 0; s < samples; s++) {
        int[] end = sample(random.split(), outages, s);
        boolean[] late = new boolean[groups];
        for (int j = 0; j < jobs; j++) {
          if (schedule.cutover()[j] >= 0) {
            ends[groupOf[j]][s] = Math.max(ends[groupOf[j]][s], end[j]);
            late[groupOf[j]] |= end[j] > windowEnd[j];
          }
        }
        for (int g = 0; g < groups; g++) {
          missed[g] += late[g] ? 1 : 0;
        }
      }
      int[][] groupEnd = new int[groups][];
      for (int g = 0; g < groups; g++) {
        groupEnd[g] = p50p95(ends[g]);
      }
      int[][] outage = new int[jobs][];
      for (int j = 0; j < jobs; j++) {
        outage[j] = p50p95(outages[j]);
      }
      return new Forecast(
          groupEnd,
          Arrays.stream(missed).mapToDouble(m -> (double) m / samples).toArray(),
          outage,
          samples);
    }

    private static int[] p50p95(int[] values) {
      Arrays.sort(values);
      return new int[] {
        values[(values.length - 1) / 2], values[(int) Math.ceil(0.95 * (values.length - 1))]
      };
    }

    /** One course of events; returns the end of each job's cutover. */
    private int[] sample(SplitMix random, int[][] outages, int s) {
      double[] hostLuck = new double[hosts];
      for (int h = 0; h < hosts; h++) {
        hostLuck[h] = 0.5 * spread * random.normal();
      }
      int jobs = problem.jobs().size();
      int[] end = new int[jobs];
      int[] copied = new int[jobs];
      double[] factor = new double[jobs];
      for (int j = 0; j < jobs; j++) {
        factor[j] = Math.exp(hostLuck[hostOf[j]] + 0.866 * spread * random.normal());
      }
      int[] free = new int[problem.resources().size()];
      for (int r = 0; r < free.length; r++) {
        free[r] = problem.resources().get(r).capacity();
      }
      var ending =
          new PriorityQueue<long[]>(
              Comparator.comparingLong((long[] e) -> e[0]).thenComparingLong(e -> e[1]));
      var waiting = new ArrayList<Run>();
      int next = 0;
      int now = 0;
      while (next < runs.size() || !waiting.isEmpty() || !ending.isEmpty()) {
        now =
            Math.max(
                now,
                Math.min(
                    next < runs.size() ? runs.get(next).planned() : Integer.MAX_VALUE,
                    ending.isEmpty() ? Integer.MAX_VALUE : (int) ending.element()[0]));
        while (!ending.isEmpty() && ending.element()[0] <= now) {
          long[] event = ending.remove();
          free[(int) event[2]] += (int) event[3];
        }
        while (next < runs.size() && runs.get(next).planned() <= now) {
          waiting.add(runs.get(next++));
        }
        boolean startedAny = start(waiting, now, free, copied, end, factor, ending, outages, s);
        if (!startedAny && ending.isEmpty() && next >= runs.size() && !waiting.isEmpty()) {
          throw new IllegalStateException("The schedule waits for itself at " + now);
        }
      }
      return end;
    }

    private boolean start(
        List<Run> waiting,
        int now,
        int[] free,
        int[] copied,
        int[] end,
        double[] factor,
        PriorityQueue<long[]> ending,
        int[][] outages,
        int s) {
      boolean any = false;
      for (int i = 0; i < waiting.size(); ) {
        Run run = waiting.get(i);
        Job job = problem.jobs().get(run.job());
        Activity activity = activity(run);
        boolean ready =
            run.ahead()
                || ((job.ahead() == null || (copied[run.job()] > 0 && copied[run.job()] <= now))
                    && over(problem.units().get(job.unit()), end, now));
        if (!ready || !fits(activity, free)) {
          i++;
          continue;
        }
        int seconds = (int) Math.max(1, Math.round(activity.seconds() * factor[run.job()]));
        take(activity, now, factor[run.job()], free, ending);
        if (run.ahead()) {
          copied[run.job()] = now + seconds;
        } else {
          end[run.job()] = now + seconds;
          outages[run.job()][s] = seconds;
        }
        waiting.remove(i);
        any = true;
      }
      return any;
    }

    /** Whether everything that must come before the unit has ended. */
    private boolean over(Problem.Unit unit, int[] end, int now) {
      for (int before : unit.after()) {
        for (int j : problem.units().get(before).jobs()) {
          if (schedule.cutover()[j] >= 0 && (end[j] == 0 || end[j] > now)) {
            return false;
          }
        }
      }
      return true;
    }

    private Activity activity(Run run) {
      Job job = problem.jobs().get(run.job());
      Activity copy = job.ahead();
      return run.ahead() && copy != null ? copy : job.cutover();
    }

    private boolean fits(Activity activity, int[] free) {
      for (int i = 0; i < activity.resource().length; i++) {
        int r = activity.resource()[i];
        if (activity.offset()[i] == 0
            && !problem.resources().get(r).consumed()
            && free[r] < activity.amount()[i]) {
          return false;
        }
      }
      return true;
    }

    /** Takes what it begins with, and notes when it takes the rest and when it gives all back. */
    private void take(
        Activity activity, int now, double factor, int[] free, PriorityQueue<long[]> events) {
      for (int i = 0; i < activity.resource().length; i++) {
        int r = activity.resource()[i];
        int amount = activity.amount()[i];
        if (problem.resources().get(r).consumed()) {
          continue;
        }
        long from = now + Math.round(activity.offset()[i] * factor);
        long to =
            Math.max(
                from + 1, now + Math.round((activity.offset()[i] + activity.length()[i]) * factor));
        if (activity.offset()[i] == 0) {
          free[r] -= amount;
        } else {
          events.add(new long[] {from, events.size(), r, -amount});
        }
        events.add(new long[] {to, events.size(), r, amount});
      }
      // Its end is looked at even if it took nothing: something may wait for it.
      events.add(new long[] {now + Math.round(activity.seconds() * factor), -1, 0, 0});
    }
  }
}
