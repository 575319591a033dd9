// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;

/**
 * What a good first order of units looks at: how scarce what a unit needs is, and how long it
 * takes.
 */
final class Priorities {
  /** How scarce the scarcest thing it needs is in the time it may have it, 0 to 1, per unit. */
  final double[] scarcity;

  /**
   * The same of its cutovers alone and of what has windows, 0 where it is always open, per unit.
   */
  final double[] congestion;

  /** Longest way of one of its jobs in seconds, per unit. */
  final int[] longest;

  /** Amount-seconds over capacity, summed over resources, per unit. */
  final double[] work;

  Priorities(Problem problem) {
    // Load per resource and calendar: what may go in one window a week is scarcer than its work
    // says.
    var load = new HashMap<Long, Double>();
    double[] openShare = openShares(problem);
    for (Job job : problem.jobs()) {
      for (Activity activity : activities(job)) {
        for (int i = 0; i < activity.resource().length; i++) {
          if (counts(problem, activity, i)) {
            load.merge(key(activity, i), share(problem, activity, i), Double::sum);
          }
        }
      }
    }
    int units = problem.units().size();
    scarcity = new double[units];
    congestion = new double[units];
    longest = new int[units];
    work = new double[units];
    double most = 0;
    for (int u = 0; u < units; u++) {
      for (int j : problem.units().get(u).jobs()) {
        int seconds = 0;
        for (Activity activity : activities(problem.jobs().get(j))) {
          seconds += activity.seconds();
          for (int i = 0; i < activity.resource().length; i++) {
            if (counts(problem, activity, i)) {
              double scarce =
                  load.getOrDefault(key(activity, i), 0.0) / openShare[activity.calendar()];
              scarcity[u] = Math.max(scarcity[u], scarce);
              if (openShare[activity.calendar()] < 0.9) {
                congestion[u] = Math.max(congestion[u], scarce);
              }
              work[u] += share(problem, activity, i);
            }
          }
        }
        longest[u] = Math.max(longest[u], seconds);
      }
      most = Math.max(most, scarcity[u]);
    }
    for (int u = 0; u < units && most > 0; u++) {
      scarcity[u] /= most;
      congestion[u] /= most;
    }
  }

  private static boolean counts(Problem problem, Activity activity, int i) {
    return activity.amount()[i] > 0 && !problem.resources().get(activity.resource()[i]).consumed();
  }

  private static long key(Activity activity, int i) {
    return ((long) activity.resource()[i] << 32) | activity.calendar();
  }

  private static List<Activity> activities(Job job) {
    Activity copy = job.ahead();
    return copy == null ? List.of(job.cutover()) : List.of(job.cutover(), copy);
  }

  /** The share of its first eight weeks that each calendar is open. */
  private static double[] openShares(Problem problem) {
    int span = 56 * 86_400;
    double[] shares = new double[problem.calendars().size()];
    for (int c = 0; c < shares.length; c++) {
      long open = 0;
      for (Calendar.Interval interval : problem.calendars().get(c).open()) {
        open += Math.max(0, Math.min(span, interval.to()) - Math.min(span, interval.from()));
      }
      shares[c] = Math.max(0.001, (double) open / span);
    }
    return shares;
  }

  private static double share(Problem problem, Activity activity, int i) {
    return (double) activity.amount()[i]
        * activity.length()[i]
        / Math.max(1, problem.resources().get(activity.resource()[i]).capacity());
  }

  /** The rules that the first orders are made by. */
  Comparator<Integer> rule(Rule rule, Problem problem) {
    Comparator<Integer> by =
        switch (rule) {
          case CONGESTED_THEN_LONG ->
              Comparator.<Integer>comparingDouble(u -> -Math.round(congestion[u] * 100))
                  .thenComparing(u -> -longest[u]);
          case SCARCE_THEN_LONG ->
              Comparator.<Integer>comparingDouble(u -> -Math.round(scarcity[u] * 50))
                  .thenComparing(u -> -longest[u]);
          case LONGEST -> Comparator.<Integer>comparingInt(u -> -longest[u]);
          case MOST_WORK -> Comparator.<Integer>comparingDouble(u -> -work[u]);
        };
    // Atoms of many jobs are the hardest to fit into one window: between equals they go first.
    return by.thenComparing(u -> -jobs(problem.units().get(u))).thenComparing(u -> u);
  }

  private static int jobs(Unit unit) {
    return unit.jobs().length;
  }

  /** First orders. */
  enum Rule {
    CONGESTED_THEN_LONG,
    SCARCE_THEN_LONG,
    LONGEST,
    MOST_WORK
  }
}
