// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.bench;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What is done without a planner: jobs wait in a list, and whatever is next and fits is begun. It
 * respects every limit, stage and dependency, begins a cutover only in an open window, but does not
 * look whether it will end in it; applications are not kept together.
 */
final class Baselines {
  private final Problem problem;
  private final int[] free;
  private final int[] copied;
  private final int[] ended;

  /**
   * What came out: the end of the last cutover, cutovers that ended after their window,
   * applications split.
   */
  record Outcome(int makespan, int missed, int split) {}

  /** Per job, by what its durations are multiplied. */
  private final double[] factor;

  private Baselines(Problem problem, double[] factor) {
    this.problem = problem;
    this.factor = factor;
    this.free = problem.resources().stream().mapToInt(r -> r.capacity()).toArray();
    this.copied = new int[problem.jobs().size()];
    this.ended = new int[problem.jobs().size()];
  }

  /** Runs the list, everything as long as forecast. */
  static Outcome run(Problem problem, List<Integer> order) {
    double[] factor = new double[problem.jobs().size()];
    Arrays.fill(factor, 1);
    return new Baselines(problem, factor).run(order);
  }

  /** Runs the list, durations multiplied by those of each job. */
  static Outcome run(Problem problem, List<Integer> order, double[] factor) {
    return new Baselines(problem, factor).run(order);
  }

  private int seconds(int job, int seconds) {
    return (int) Math.max(1, Math.round(seconds * factor[job]));
  }

  private record Event(int at, int resource, int amount) {}

  private Outcome run(List<Integer> order) {
    int[] left = new int[problem.stages()];
    for (Job job : problem.jobs()) {
      left[problem.units().get(job.unit()).stage()]++;
    }
    var copies = new ArrayList<>(order);
    copies.removeIf(j -> problem.jobs().get(j).ahead() == null);
    var cutovers = new ArrayList<>(order);
    var events = new PriorityQueue<Event>((a, b) -> Integer.compare(a.at(), b.at()));
    int[] window = new int[problem.jobs().size()];
    int[] unitLeft = problem.units().stream().mapToInt(u -> u.jobs().length).toArray();
    var ending = new PriorityQueue<int[]>((a, b) -> Integer.compare(a[0], b[0]));
    int now = 0;
    int makespan = 0;
    int missed = 0;
    while (!cutovers.isEmpty()) {
      while (!events.isEmpty() && events.peek().at() <= now) {
        Event e = events.poll();
        free[e.resource()] += e.amount();
      }
      while (!ending.isEmpty() && ending.peek()[0] <= now) {
        int j = ending.poll()[1];
        unitLeft[problem.jobs().get(j).unit()]--;
        left[problem.units().get(problem.jobs().get(j).unit()).stage()]--;
      }
      start(copies, now, events);
      for (var it = cutovers.iterator(); it.hasNext(); ) {
        int j = it.next();
        Job job = problem.jobs().get(j);
        Calendar.Interval open = open(job, now);
        if (open == null || !ready(j, now, left, unitLeft) || !fits(job.cutover())) {
          continue;
        }
        take(j, job.cutover(), now, events);
        int end = now + seconds(j, job.cutover().seconds());
        ended[j] = end;
        window[j] = open.from();
        missed += end > open.to() ? 1 : 0;
        makespan = Math.max(makespan, end);
        ending.add(new int[] {end, j});
        it.remove();
      }
      now = next(now, events, ending, cutovers);
    }
    return new Outcome(makespan, missed, split(window));
  }

  private void start(List<Integer> copies, int now, PriorityQueue<Event> events) {
    int misses = 0;
    for (var it = copies.iterator(); it.hasNext() && misses < 500; ) {
      int j = it.next();
      Activity copy = problem.jobs().get(j).ahead();
      if (copy != null && fits(copy)) {
        take(j, copy, now, events);
        copied[j] = now + seconds(j, copy.seconds());
        events.add(new Event(copied[j], 0, 0));
        it.remove();
      } else {
        misses++;
      }
    }
  }

  private boolean ready(int j, int now, int[] left, int[] unitLeft) {
    Job job = problem.jobs().get(j);
    if (job.ahead() != null && (copied[j] == 0 || copied[j] > now)) {
      return false;
    }
    Unit unit = problem.units().get(job.unit());
    for (int s = 0; s < unit.stage(); s++) {
      if (left[s] > 0) {
        return false;
      }
    }
    for (int before : unit.after()) {
      if (unitLeft[before] > 0) {
        return false;
      }
    }
    return true;
  }

  private Calendar.Interval open(Job job, int now) {
    for (Calendar.Interval i : problem.calendars().get(job.cutover().calendar()).open()) {
      if (i.from() > now) {
        return null;
      }
      if (now < i.to()) {
        return i;
      }
    }
    return null;
  }

  private boolean fits(Activity activity) {
    for (int i = 0; i < activity.resource().length; i++) {
      if (free[activity.resource()[i]] < activity.amount()[i]) {
        return false;
      }
    }
    return true;
  }

  /** A list does not see phases: it holds a slot from the start on, until the phase is over. */
  private void take(int job, Activity activity, int now, PriorityQueue<Event> events) {
    for (int i = 0; i < activity.resource().length; i++) {
      free[activity.resource()[i]] -= activity.amount()[i];
      events.add(
          new Event(
              now + seconds(job, activity.offset()[i] + activity.length()[i]),
              activity.resource()[i],
              activity.amount()[i]));
    }
  }

  private int next(
      int now, PriorityQueue<Event> events, PriorityQueue<int[]> ending, List<Integer> waiting) {
    int next = Integer.MAX_VALUE;
    if (!events.isEmpty()) {
      next = events.peek().at();
    }
    if (!ending.isEmpty()) {
      next = Math.min(next, ending.peek()[0]);
    }
    for (Calendar calendar : problem.calendars()) {
      for (Calendar.Interval i : calendar.open()) {
        if (i.from() > now) {
          next = Math.min(next, i.from());
          break;
        }
      }
    }
    if (next == Integer.MAX_VALUE) {
      throw new IllegalStateException(waiting.size() + " jobs never go");
    }
    return Math.max(now + 1, next);
  }

  private int split(int[] window) {
    int split = 0;
    for (Unit unit : problem.units()) {
      boolean apart = false;
      for (int j : unit.jobs()) {
        apart |= window[j] != window[unit.jobs()[0]];
      }
      split += apart ? 1 : 0;
    }
    return split;
  }
}
