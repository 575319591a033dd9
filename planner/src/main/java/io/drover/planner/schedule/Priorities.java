// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.Arrays;
import java.util.Comparator;

/** What a good first order of units looks at: how scarce what a unit needs is, and how long it takes. */
final class Priorities {
  /** Share of the load of the scarcest resource, per unit. */
  final double[] scarcity;

  /** Longest way of one of its jobs in seconds, per unit. */
  final int[] longest;

  /** Amount-seconds over capacity, summed over resources, per unit. */
  final double[] work;

  Priorities(Problem problem) {
    int resources = problem.resources().size();
    double[] load = new double[resources];
    for (Job job : problem.jobs()) {
      count(problem, job.ahead(), load);
      count(problem, job.cutover(), load);
    }
    double most = Math.max(1, Arrays.stream(load).max().orElse(1));
    int units = problem.units().size();
    scarcity = new double[units];
    longest = new int[units];
    work = new double[units];
    for (int u = 0; u < units; u++) {
      for (int j : problem.units().get(u).jobs()) {
        Job job = problem.jobs().get(j);
        Activity copy = job.ahead();
        longest[u] =
            Math.max(longest[u], job.cutover().seconds() + (copy == null ? 0 : copy.seconds()));
        double[] mine = new double[1];
        for (Activity activity : new Activity[] {job.cutover(), copy}) {
          if (activity == null) {
            continue;
          }
          for (int i = 0; i < activity.resource().length; i++) {
            int r = activity.resource()[i];
            if (activity.amount()[i] > 0 && !problem.resources().get(r).consumed()) {
              scarcity[u] = Math.max(scarcity[u], load[r] / most);
              mine[0] += share(problem, activity, i);
            }
          }
        }
        work[u] += mine[0];
      }
    }
  }

  private static double share(Problem problem, Activity activity, int i) {
    return (double) activity.amount()[i]
        * activity.seconds()
        / Math.max(1, problem.resources().get(activity.resource()[i]).capacity());
  }

  private static void count(
      Problem problem, @org.jspecify.annotations.Nullable Activity activity, double[] load) {
    if (activity == null) {
      return;
    }
    for (int i = 0; i < activity.resource().length; i++) {
      if (!problem.resources().get(activity.resource()[i]).consumed()) {
        load[activity.resource()[i]] += share(problem, activity, i);
      }
    }
  }

  /** The rules that the first orders are made by. */
  Comparator<Integer> rule(Rule rule, Problem problem) {
    Comparator<Integer> by =
        switch (rule) {
          case SCARCE_THEN_LONG ->
              Comparator.<Integer>comparingDouble(u -> -Math.round(scarcity[u] * 50))
                  .thenComparing(u -> -longest[u]);
          case LONGEST -> Comparator.<Integer>comparingInt(u -> -longest[u]);
          case MOST_WORK -> Comparator.<Integer>comparingDouble(u -> -work[u]);
          case SCARCE_TIMES_LONG ->
              Comparator.<Integer>comparingDouble(u -> -scarcity[u] * longest[u]);
        };
    // Atoms of many jobs are the hardest to fit into one window: between equals they go first.
    return by.thenComparing(u -> -jobs(problem.units().get(u))).thenComparing(u -> u);
  }

  private static int jobs(Unit unit) {
    return unit.jobs().length;
  }

  /** First orders. */
  enum Rule {
    SCARCE_THEN_LONG,
    LONGEST,
    MOST_WORK,
    SCARCE_TIMES_LONG
  }
}
