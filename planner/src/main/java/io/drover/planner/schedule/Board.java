// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.Arrays;
import java.util.List;

/**
 * A schedule in the making: what is placed, and what every resource has left. Units are placed
 * whole at their earliest, or not at all, and can be taken off again.
 */
final class Board {
  private final Problem problem;
  private final Room room;
  private final int[] ahead;
  private final int[] cutover;
  private final int[] release;
  private final int[][] before;
  private int horizon = Calendar.END;

  Board(Problem problem) {
    this.problem = problem;
    this.room = new Room(problem);
    this.ahead = new int[problem.jobs().size()];
    this.cutover = new int[problem.jobs().size()];
    Arrays.fill(ahead, -1);
    Arrays.fill(cutover, -1);
    this.release = new int[problem.stages() + 1];
    this.before = problem.followers();
  }

  /** No cutover of the stage begins before this second. */
  void open(int stage, int at) {
    release[stage] = at;
  }

  /** Second from which on a job's cutover may begin, as far as its unit and its copy say. */
  int readyAt(int job) {
    return readyAt(job, release(problem.units().get(problem.jobs().get(job).unit())));
  }

  private int release(Unit unit) {
    return Math.max(unit.release(), release[unit.stage()]);
  }

  /** What is free of a resource and when; see {@link Timeline#free}. */
  Timeline.Free free(int resource, int from, int to) {
    return room.free(resource, from, to);
  }

  /** Second from which on cutovers of the stage may begin. */
  int released(int stage) {
    return release[stage];
  }

  /** From now on nothing is placed that would end after this second. */
  void horizon(int end) {
    horizon = end;
  }

  Schedule schedule() {
    return new Schedule(ahead.clone(), cutover.clone());
  }

  boolean placed(int unit) {
    int[] jobs = problem.units().get(unit).jobs();
    return jobs.length == 0 || cutover[jobs[0]] >= 0;
  }

  /** Second at which the last cutover of a placed unit has ended; 0 for an empty unit. */
  int end(int unit) {
    int end = 0;
    for (int j : problem.units().get(unit).jobs()) {
      end = Math.max(end, endOfJob(j));
    }
    return end;
  }

  /** Begin of the open interval in which the last cutover of a placed unit lies. */
  int window(int unit) {
    int begin = 0;
    for (int j : problem.units().get(unit).jobs()) {
      Calendar calendar = problem.calendars().get(problem.jobs().get(j).cutover().calendar());
      begin = Math.max(begin, calendar.open().get(calendar.indexAt(cutover[j])).from());
    }
    return begin;
  }

  private int start(int unit) {
    int start = Integer.MAX_VALUE;
    for (int j : problem.units().get(unit).jobs()) {
      start = Math.min(start, cutover[j]);
    }
    return start;
  }

  /** Whether every unit that must come before is placed. */
  boolean ready(int unit) {
    for (int first : problem.units().get(unit).after()) {
      if (!placed(first)) {
        return false;
      }
    }
    return true;
  }

  /** Copies of a unit before anything else of it is placed; a later {@link #place} keeps them. */
  void copyFirst(int index) {
    Unit unit = problem.units().get(index);
    for (int j : unit.jobs()) {
      copyAhead(j, unit.deadline());
    }
  }

  /** The copy of one job, if it has one. */
  void copyFirstOf(int job) {
    copyAhead(job, problem.units().get(problem.jobs().get(job).unit()).deadline());
  }

  /**
   * Places a unit at its earliest, copies that are there already left where they are; false, and
   * nothing of it is on the board, if it fits nowhere or something that comes before it is missing.
   */
  boolean place(int index) {
    return place(index, problem.units().get(index).jobs(), 0);
  }

  /**
   * The same with its jobs in another order.
   *
   * @param notBefore second before which no cutover of it begins
   */
  boolean place(int index, int[] jobs, int notBefore) {
    Unit unit = problem.units().get(index);
    int from = Math.max(notBefore, release(unit));
    for (int first : unit.after()) {
      if (!placed(first)) {
        takeOff(unit);
        return false;
      }
      from = Math.max(from, end(first));
    }
    int until = Math.min(horizon, unit.deadline());
    for (int next : before[index]) {
      if (placed(next)) {
        until = Math.min(until, start(next));
      }
    }
    return place(unit, jobs, from, until);
  }

  /**
   * Places a unit exactly where it was in another schedule; false (and nothing changed) if anything
   * stands against it.
   */
  boolean placeAt(int index, int[] memory) {
    Unit unit = problem.units().get(index);
    int[] jobs = unit.jobs();
    int from = release(unit);
    for (int first : unit.after()) {
      if (!placed(first)) {
        return false;
      }
      from = Math.max(from, end(first));
    }
    int window = -1;
    for (int i = 0; i < jobs.length; i++) {
      Job job = problem.jobs().get(jobs[i]);
      Activity copy = job.ahead();
      int start = memory[jobs.length + i];
      int ready = from;
      boolean fits = start >= 0 && (copy == null) == (memory[i] < 0);
      if (fits && copy != null) {
        fits = room.earliest(copy, memory[i], memory[i] + copy.seconds()) == memory[i];
        if (fits) {
          ahead[jobs[i]] = memory[i];
          room.use(copy, memory[i], 1);
          ready = Math.max(ready, memory[i] + copy.seconds());
        }
      }
      int end = start + job.cutover().seconds();
      fits = fits && start >= ready && end <= unit.deadline();
      fits = fits && room.earliest(job.cutover(), start, end) == start;
      int mine = problem.calendars().get(job.cutover().calendar()).indexAt(start);
      fits = fits && (unit.splittable() || window < 0 || window == mine);
      if (!fits) {
        takeOff(unit);
        return false;
      }
      window = mine;
      cutover[jobs[i]] = start;
      room.use(job.cutover(), start, 1);
    }
    return true;
  }

  /**
   * Places one job of a unit at its earliest; in the window of those of the unit that are placed,
   * unless it may be split. Nothing that comes after the unit may be placed yet. False, and nothing
   * of the job is on the board, if it does not fit.
   *
   * @param notBefore second before which its cutover does not begin
   */
  boolean placeJob(int job, int notBefore) {
    Unit unit = problem.units().get(problem.jobs().get(job).unit());
    int from = Math.max(notBefore, release(unit));
    for (int first : unit.after()) {
      for (int j : problem.units().get(first).jobs()) {
        if (cutover[j] < 0) {
          return false;
        }
        from = Math.max(from, endOfJob(j));
      }
    }
    int until = Math.min(horizon, unit.deadline());
    Activity cut = problem.jobs().get(job).cutover();
    Calendar calendar = problem.calendars().get(cut.calendar());
    for (int j : unit.jobs()) {
      if (cutover[j] >= 0 && !unit.splittable()) {
        Calendar.Interval window = calendar.open().get(calendar.indexAt(cutover[j]));
        from = Math.max(from, window.from());
        until = Math.min(until, window.to());
      }
    }
    int at = copyAhead(job, until) ? room.earliest(cut, readyAt(job, from), until) : -1;
    if (at < 0) {
      takeOff(job);
      return false;
    }
    cutover[job] = at;
    room.use(cut, at, 1);
    return true;
  }

  /** Second at which the cutover of a placed job has ended. */
  int endOfJob(int job) {
    return cutover[job] + problem.jobs().get(job).cutover().seconds();
  }

  /** Whether a unit that is not placed would fit if no other unit mattered to it. */
  boolean fitsAlone(int index) {
    Unit unit = problem.units().get(index);
    boolean fits = place(unit, unit.jobs(), unit.release(), unit.deadline());
    if (fits) {
      takeOff(unit);
    }
    return fits;
  }

  private boolean place(Unit unit, int[] jobs, int from, int until) {
    for (int j : jobs) {
      if (!copyAhead(j, until)) {
        takeOff(unit);
        return false;
      }
    }
    boolean fits = unit.splittable() ? each(jobs, from, until) : together(jobs, from, until);
    if (!fits) {
      takeOff(unit);
    }
    return fits;
  }

  private boolean copyAhead(int j, int until) {
    Job job = problem.jobs().get(j);
    Activity copy = job.ahead();
    if (copy == null || ahead[j] >= 0) {
      return true;
    }
    int at = room.earliest(copy, 0, until - job.cutover().seconds());
    if (at < 0) {
      return false;
    }
    ahead[j] = at;
    room.use(copy, at, 1);
    return true;
  }

  private int readyAt(int j, int from) {
    Activity copy = problem.jobs().get(j).ahead();
    return copy == null ? from : Math.max(from, ahead[j] + copy.seconds());
  }

  private boolean each(int[] jobs, int from, int until) {
    for (int j : jobs) {
      Activity cut = problem.jobs().get(j).cutover();
      int at = room.earliest(cut, readyAt(j, from), until);
      if (at < 0) {
        return false;
      }
      cutover[j] = at;
      room.use(cut, at, 1);
    }
    return true;
  }

  /** All cutovers in one open interval; the earliest in which all of them fit. */
  private boolean together(int[] jobs, int from, int until) {
    if (jobs.length == 0) {
      return true;
    }
    int ready = from;
    int longest = 0;
    for (int j : jobs) {
      Activity cut = problem.jobs().get(j).cutover();
      longest = Math.max(longest, cut.seconds());
      ready = Math.max(ready, readyAt(j, from) + cut.seconds());
    }
    Calendar calendar = problem.calendars().get(problem.jobs().get(jobs[0]).cutover().calendar());
    List<Calendar.Interval> open = calendar.open();
    // An interval that ends before the last of them could be ready is of no use to any.
    for (int w = calendar.indexAt(Math.max(from, ready - 1)); w < open.size(); w++) {
      Calendar.Interval window = open.get(w);
      int end = Math.min(window.to(), until);
      if (window.from() + longest > until) {
        return false;
      }
      if (end - Math.max(from, window.from()) < longest) {
        continue;
      }
      int done = 0;
      for (; done < jobs.length; done++) {
        int j = jobs[done];
        Activity cut = problem.jobs().get(j).cutover();
        int at = room.within(cut, Math.max(readyAt(j, from), window.from()), end);
        if (at < 0) {
          break;
        }
        cutover[j] = at;
        room.use(cut, at, 1);
      }
      if (done == jobs.length) {
        return true;
      }
      while (done-- > 0) {
        takeCutoverOff(jobs[done]);
      }
    }
    return false;
  }

  /** Takes a unit off, whole. */
  void remove(int unit) {
    takeOff(problem.units().get(unit));
  }

  /** Takes the cutovers of a unit off; a later {@link #place} finds its copies where they are. */
  void removeCutovers(int unit) {
    for (int j : problem.units().get(unit).jobs()) {
      takeCutoverOff(j);
    }
  }

  private void takeCutoverOff(int j) {
    if (cutover[j] >= 0) {
      room.use(problem.jobs().get(j).cutover(), cutover[j], -1);
      cutover[j] = -1;
    }
  }

  private void takeOff(Unit unit) {
    for (int j : unit.jobs()) {
      takeOff(j);
    }
  }

  private void takeOff(int j) {
    Activity copy = problem.jobs().get(j).ahead();
    if (copy != null && ahead[j] >= 0) {
      room.use(copy, ahead[j], -1);
      ahead[j] = -1;
    }
    takeCutoverOff(j);
  }

  /**
   * Second at which an activity of a placed unit that takes of the resource begins, if one of them
   * overlaps {@code from} to {@code to}; else -1.
   */
  int when(int unit, int resource, int from, int to) {
    for (int j : problem.units().get(unit).jobs()) {
      Job job = problem.jobs().get(j);
      Activity copy = job.ahead();
      if (overlaps(job.cutover(), cutover[j], resource, from, to)) {
        return cutover[j];
      }
      if (copy != null && overlaps(copy, ahead[j], resource, from, to)) {
        return ahead[j];
      }
    }
    return -1;
  }

  /** Whether a cutover of the unit begins at this second. */
  boolean cutsOverAt(int unit, int second) {
    for (int j : problem.units().get(unit).jobs()) {
      if (cutover[j] == second) {
        return true;
      }
    }
    return false;
  }

  private static boolean overlaps(Activity activity, int at, int resource, int from, int to) {
    return at >= 0 && at < to && at + activity.seconds() > from && activity.amountOf(resource) > 0;
  }

  /** Remembers where a unit is: copies ahead, then cutovers. */
  int[] memory(int unit) {
    int[] jobs = problem.units().get(unit).jobs();
    int[] memory = new int[2 * jobs.length];
    for (int i = 0; i < jobs.length; i++) {
      memory[i] = ahead[jobs[i]];
      memory[jobs.length + i] = cutover[jobs[i]];
    }
    return memory;
  }

  /** Puts a unit where it was, without asking whether there is room. */
  void restore(int unit, int[] memory) {
    int[] jobs = problem.units().get(unit).jobs();
    for (int i = 0; i < jobs.length; i++) {
      Job job = problem.jobs().get(jobs[i]);
      Activity copy = job.ahead();
      ahead[jobs[i]] = memory[i];
      if (copy != null && memory[i] >= 0) {
        room.use(copy, memory[i], 1);
      }
      cutover[jobs[i]] = memory[jobs.length + i];
      if (cutover[jobs[i]] >= 0) {
        room.use(job.cutover(), cutover[jobs[i]], 1);
      }
    }
  }
}
