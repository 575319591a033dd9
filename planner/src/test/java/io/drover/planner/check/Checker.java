// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Resource;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Judges a schedule against every constraint of its problem. It reads the records of the problem
 * and calls nothing of the planner: sums over sorted events, no timelines, no searches.
 */
public final class Checker {
  private final Problem problem;
  private final Schedule schedule;
  private final List<String> wrong = new ArrayList<>();

  private Checker(Problem problem, Schedule schedule) {
    this.problem = problem;
    this.schedule = schedule;
  }

  /** What is wrong, in words; empty if nothing is. Jobs without a place are passed over. */
  public static List<String> check(Problem problem, Schedule schedule) {
    var checker = new Checker(problem, schedule);
    checker.jobs();
    checker.units();
    checker.stages();
    checker.resources();
    return checker.wrong;
  }

  /**
   * What is wrong with what a result says of itself: its makespan is where the last cutover ends,
   * its bound is not above that, nor below the longest outage, nor below what any resource that is
   * used all of the time would need if it were never idle.
   */
  public static List<String> bound(Problem problem, Solver.Result result) {
    var wrong = new ArrayList<String>();
    int end = end(problem, result.schedule());
    int bound = result.bound().seconds();
    if (end != result.makespan()) {
      wrong.add("the makespan is said to be " + result.makespan() + ", but is " + end);
    }
    if (bound > end) {
      wrong.add("the bound " + bound + " is above the makespan " + end);
    }
    long least = least(problem);
    if (bound < least) {
      wrong.add("the bound is " + bound + ", but " + least + " is as easily proved");
    }
    return wrong;
  }

  /** The work of each resource over its capacity, and the longest job: no schedule is shorter. */
  private static long least(Problem problem) {
    long[] work = new long[problem.resources().size()];
    long least = 0;
    for (Job job : problem.jobs()) {
      Activity cutover = job.cutover();
      Activity copy = job.ahead();
      least = Math.max(least, cutover.seconds() + (copy == null ? 0 : copy.seconds()));
      for (int i = 0; i < cutover.resource().length; i++) {
        work[cutover.resource()[i]] += (long) cutover.amount()[i] * cutover.length()[i];
      }
      for (int i = 0; copy != null && i < copy.resource().length; i++) {
        work[copy.resource()[i]] += (long) copy.amount()[i] * copy.length()[i];
      }
    }
    for (int r = 0; r < work.length; r++) {
      Resource resource = problem.resources().get(r);
      if (!resource.consumed() && resource.capacity() > 0) {
        least = Math.max(least, Math.ceilDiv(work[r], resource.capacity()));
      }
    }
    return least;
  }

  /** The end of the last cutover. */
  public static int end(Problem problem, Schedule schedule) {
    int end = 0;
    for (int j = 0; j < problem.jobs().size(); j++) {
      if (schedule.cutover()[j] >= 0) {
        end = Math.max(end, schedule.cutover()[j] + problem.jobs().get(j).cutover().seconds());
      }
    }
    return end;
  }

  private void jobs() {
    for (int j = 0; j < problem.jobs().size(); j++) {
      Job job = problem.jobs().get(j);
      int cutover = schedule.cutover()[j];
      int ahead = schedule.ahead()[j];
      if (cutover < 0) {
        if (ahead >= 0) {
          wrong.add(job.name() + " copies ahead of a cutover that it does not have");
        }
        continue;
      }
      if (window(job.cutover(), cutover) < 0) {
        wrong.add(job.name() + " cuts over outside its calendar");
      }
      Activity copy = job.ahead();
      if (copy == null) {
        if (ahead >= 0) {
          wrong.add(job.name() + " copies ahead, but is cold");
        }
      } else if (ahead < 0) {
        wrong.add(job.name() + " is warm, but does not copy ahead");
      } else {
        if (window(copy, ahead) < 0) {
          wrong.add(job.name() + " copies outside its calendar");
        }
        if (ahead + copy.seconds() > cutover) {
          wrong.add(job.name() + " cuts over before its copy has ended");
        }
      }
    }
  }

  /** The open interval an activity lies in, -1 if in none. */
  private int window(Activity activity, int start) {
    List<Calendar.Interval> open = problem.calendars().get(activity.calendar()).open();
    for (int i = 0; i < open.size(); i++) {
      if (open.get(i).from() <= start && start + activity.seconds() <= open.get(i).to()) {
        return i;
      }
    }
    return -1;
  }

  private void units() {
    for (Unit unit : problem.units()) {
      int first = Integer.MAX_VALUE;
      int last = -1;
      int placed = 0;
      int window = -2;
      boolean apart = false;
      for (int j : unit.jobs()) {
        int start = schedule.cutover()[j];
        if (start < 0) {
          continue;
        }
        Activity cutover = problem.jobs().get(j).cutover();
        placed++;
        first = Math.min(first, start);
        last = Math.max(last, start + cutover.seconds());
        int mine = window(cutover, start);
        apart |= window != -2 && window != mine;
        window = mine;
      }
      if (placed == 0) {
        continue;
      }
      if (placed < unit.jobs().length) {
        wrong.add(unit.name() + " is only partly scheduled");
      }
      if (apart && !unit.splittable()) {
        wrong.add(unit.name() + " is split over windows");
      }
      if (first < unit.release() || last > unit.deadline()) {
        wrong.add(unit.name() + " is outside its release and deadline");
      }
      for (int before : unit.after()) {
        for (int j : problem.units().get(before).jobs()) {
          int start = schedule.cutover()[j];
          if (start < 0 || start + problem.jobs().get(j).cutover().seconds() > first) {
            wrong.add(
                unit.name()
                    + " begins before "
                    + problem.units().get(before).name()
                    + " has ended");
          }
        }
      }
    }
  }

  private void stages() {
    var begins = new TreeMap<Integer, Integer>();
    var ends = new TreeMap<Integer, Integer>();
    for (int j = 0; j < problem.jobs().size(); j++) {
      int start = schedule.cutover()[j];
      if (start >= 0) {
        int stage = problem.units().get(problem.jobs().get(j).unit()).stage();
        begins.merge(stage, start, Math::min);
        ends.merge(stage, start + problem.jobs().get(j).cutover().seconds(), Math::max);
      }
    }
    int before = 0;
    for (int stage : begins.keySet()) {
      if (begins.get(stage) < before) {
        wrong.add("stage " + stage + " begins before the stages before it have ended");
      }
      before = Math.max(before, ends.get(stage));
    }
  }

  private void resources() {
    var changes = new ArrayList<TreeMap<Integer, Long>>();
    for (Resource resource : problem.resources()) {
      var change = new TreeMap<Integer, Long>();
      for (Resource.Block block : resource.blocks()) {
        change.merge(block.from(), (long) block.amount(), Long::sum);
        change.merge(block.to(), (long) -block.amount(), Long::sum);
      }
      changes.add(change);
    }
    for (int j = 0; j < problem.jobs().size(); j++) {
      Job job = problem.jobs().get(j);
      count(changes, job.cutover(), schedule.cutover()[j]);
      Activity copy = job.ahead();
      if (copy != null) {
        count(changes, copy, schedule.ahead()[j]);
      }
    }
    for (int r = 0; r < changes.size(); r++) {
      Resource resource = problem.resources().get(r);
      long used = 0;
      for (var at : changes.get(r).entrySet()) {
        used += at.getValue();
        if (used > resource.capacity()) {
          wrong.add(
              used + " of " + resource.capacity() + " " + resource.name() + " at " + at.getKey());
          break;
        }
      }
    }
  }

  private void count(List<TreeMap<Integer, Long>> changes, Activity activity, int start) {
    if (start < 0) {
      return;
    }
    for (int i = 0; i < activity.resource().length; i++) {
      int r = activity.resource()[i];
      int from = start + activity.offset()[i];
      changes.get(r).merge(from, (long) activity.amount()[i], Long::sum);
      if (!problem.resources().get(r).consumed()) {
        changes.get(r).merge(from + activity.length()[i], (long) -activity.amount()[i], Long::sum);
      }
    }
  }
}
