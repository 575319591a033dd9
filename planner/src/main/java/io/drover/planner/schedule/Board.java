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
  private final Timeline[] timelines;
  private final boolean[] consumed;
  private final int[] ahead;
  private final int[] cutover;
  private final int[] release;
  private final int[][] before;

  Board(Problem problem) {
    this.problem = problem;
    int resources = problem.resources().size();
    this.timelines = new Timeline[resources];
    this.consumed = new boolean[resources];
    for (int r = 0; r < resources; r++) {
      Resource resource = problem.resources().get(r);
      timelines[r] = new Timeline(resource.capacity());
      consumed[r] = resource.consumed();
      for (Resource.Block block : resource.blocks()) {
        timelines[r].add(block.from(), block.to(), block.amount());
      }
    }
    this.ahead = new int[problem.jobs().size()];
    this.cutover = new int[problem.jobs().size()];
    Arrays.fill(ahead, -1);
    Arrays.fill(cutover, -1);
    this.release = new int[problem.stages() + 1];
    this.before = followers(problem);
  }

  /** Per unit, the units that must come after it. */
  private static int[][] followers(Problem problem) {
    int[] count = new int[problem.units().size()];
    for (Unit unit : problem.units()) {
      for (int first : unit.after()) {
        count[first]++;
      }
    }
    int[][] followers = new int[count.length][];
    for (int u = 0; u < count.length; u++) {
      followers[u] = new int[count[u]];
    }
    for (int u = 0; u < count.length; u++) {
      for (int first : problem.units().get(u).after()) {
        followers[first][--count[first]] = u;
      }
    }
    return followers;
  }

  /** No cutover of the stage begins before this second. */
  void open(int stage, int at) {
    release[stage] = at;
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
      end = Math.max(end, cutover[j] + problem.jobs().get(j).cutover().seconds());
    }
    return end;
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

  /** Places a unit at its earliest; false (and nothing changed) if it fits nowhere. */
  boolean place(int index) {
    Unit unit = problem.units().get(index);
    int from = Math.max(unit.release(), release[unit.stage()]);
    for (int first : unit.after()) {
      if (!placed(first)) {
        return false;
      }
      from = Math.max(from, end(first));
    }
    int until = unit.deadline();
    for (int next : before[index]) {
      if (placed(next)) {
        until = Math.min(until, start(next));
      }
    }
    return place(unit, from, until);
  }

  /**
   * Places a unit exactly where it was in another schedule; false (and nothing changed) if anything
   * stands against it.
   */
  boolean placeAt(int index, int[] memory) {
    Unit unit = problem.units().get(index);
    int[] jobs = unit.jobs();
    int from = Math.max(unit.release(), release[unit.stage()]);
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
        fits = earliest(copy, memory[i], memory[i] + copy.seconds()) == memory[i];
        if (fits) {
          ahead[jobs[i]] = memory[i];
          use(copy, memory[i], 1);
          ready = Math.max(ready, memory[i] + copy.seconds());
        }
      }
      int end = start + job.cutover().seconds();
      fits = fits && start >= ready && end <= unit.deadline();
      fits = fits && earliest(job.cutover(), start, end) == start;
      int mine = problem.calendars().get(job.cutover().calendar()).indexAt(start);
      fits = fits && (unit.splittable() || window < 0 || window == mine);
      if (!fits) {
        takeOff(unit);
        return false;
      }
      window = mine;
      cutover[jobs[i]] = start;
      use(job.cutover(), start, 1);
    }
    return true;
  }

  /** Whether a unit that is not placed would fit if no other unit mattered to it. */
  boolean fitsAlone(int index) {
    Unit unit = problem.units().get(index);
    boolean fits = place(unit, unit.release(), unit.deadline());
    if (fits) {
      takeOff(unit);
    }
    return fits;
  }

  private boolean place(Unit unit, int from, int until) {
    for (int j : unit.jobs()) {
      if (!copyAhead(j, until)) {
        takeOff(unit);
        return false;
      }
    }
    boolean fits = unit.splittable() ? each(unit, from, until) : together(unit, from, until);
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
    int at = earliest(copy, 0, until - job.cutover().seconds());
    if (at < 0) {
      return false;
    }
    ahead[j] = at;
    use(copy, at, 1);
    return true;
  }

  private int readyAt(int j, int from) {
    Activity copy = problem.jobs().get(j).ahead();
    return copy == null ? from : Math.max(from, ahead[j] + copy.seconds());
  }

  private boolean each(Unit unit, int from, int until) {
    for (int j : unit.jobs()) {
      Activity cut = problem.jobs().get(j).cutover();
      int at = earliest(cut, readyAt(j, from), until);
      if (at < 0) {
        return false;
      }
      cutover[j] = at;
      use(cut, at, 1);
    }
    return true;
  }

  /** All cutovers in one open interval; the earliest in which all of them fit. */
  private boolean together(Unit unit, int from, int until) {
    int[] jobs = unit.jobs();
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
        int at = within(cut, Math.max(readyAt(j, from), window.from()), end);
        if (at < 0) {
          break;
        }
        cutover[j] = at;
        use(cut, at, 1);
      }
      if (done == jobs.length) {
        return true;
      }
      while (done-- > 0) {
        Activity cut = problem.jobs().get(jobs[done]).cutover();
        use(cut, cutover[jobs[done]], -1);
        cutover[jobs[done]] = -1;
      }
    }
    return false;
  }

  private int earliest(Activity activity, int from, int until) {
    Calendar calendar = problem.calendars().get(activity.calendar());
    List<Calendar.Interval> open = calendar.open();
    for (int w = calendar.indexAt(from); w < open.size(); w++) {
      Calendar.Interval window = open.get(w);
      if (window.from() + activity.seconds() > until) {
        return -1;
      }
      int at = within(activity, Math.max(from, window.from()), Math.min(window.to(), until));
      if (at >= 0) {
        return at;
      }
    }
    return -1;
  }

  /** The earliest start in {@code [from, end - duration]} at which every resource has room. */
  private int within(Activity activity, int from, int end) {
    int latest = end - activity.seconds();
    int at = from;
    int agreed = 0;
    int[] resources = activity.resource();
    for (int i = 0; agreed < resources.length; i = (i + 1) % resources.length) {
      int r = resources[i];
      int seconds = consumed[r] ? Calendar.END : activity.length()[i];
      int offset = activity.offset()[i];
      int next = timelines[r].earliest(at + offset, seconds, activity.amount()[i], latest + offset);
      if (next < 0) {
        return -1;
      }
      next -= offset;
      agreed = next == at ? agreed + 1 : 1;
      at = next;
    }
    return at <= latest ? at : -1;
  }

  private void use(Activity activity, int at, int sign) {
    int[] resources = activity.resource();
    for (int i = 0; i < resources.length; i++) {
      int r = resources[i];
      int from = at + activity.offset()[i];
      int end = consumed[r] ? 2 * Calendar.END : from + activity.length()[i];
      timelines[r].add(from, end, sign * activity.amount()[i]);
    }
  }

  /** Takes a unit off, whole. */
  void remove(int unit) {
    takeOff(problem.units().get(unit));
  }

  private void takeOff(Unit unit) {
    for (int j : unit.jobs()) {
      Job job = problem.jobs().get(j);
      Activity copy = job.ahead();
      if (copy != null && ahead[j] >= 0) {
        use(copy, ahead[j], -1);
        ahead[j] = -1;
      }
      if (cutover[j] >= 0) {
        use(job.cutover(), cutover[j], -1);
        cutover[j] = -1;
      }
    }
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
        use(copy, memory[i], 1);
      }
      cutover[jobs[i]] = memory[jobs.length + i];
      if (cutover[jobs[i]] >= 0) {
        use(job.cutover(), cutover[jobs[i]], 1);
      }
    }
  }
}
