// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * When each unit of a stage must have begun at the latest so that it, and what must come after it,
 * is over by a given second: what a good order looks at first. A Saturday's unit on which a
 * Sunday's waits has less time than one that nothing waits for, and a weeknight's has more than
 * both.
 */
final class Latest {
  private final Problem problem;

  /** Latest begin of its cutovers in seconds, per unit of the problem; 0 if it is late already. */
  final int[] start;

  /** Latest begin of the copies ahead of them; that of the cutovers if there are none. */
  final int[] copies;

  private Latest(Problem problem, int[] start, int[] copies) {
    this.problem = problem;
    this.start = start;
    this.copies = copies;
  }

  /** The latest begins of {@code units}, which are of one stage, if all are over by {@code end}. */
  static Latest of(Problem problem, int[] units, int end) {
    int all = problem.units().size();
    var latest = new Latest(problem, new int[all], new int[all]);
    latest.make(units, end);
    return latest;
  }

  private void make(int[] units, int end) {
    int[] until = new int[start.length];
    for (int u : units) {
      until[u] = Math.min(end, problem.units().get(u).deadline());
    }
    List<Integer> order = predecessorsFirst(units);
    for (int i = order.size() - 1; i >= 0; i--) {
      int u = order.get(i);
      Unit unit = problem.units().get(u);
      latest(u, unit, until[u]);
      for (int before : unit.after()) {
        until[before] = Math.min(until[before], start[u]);
      }
    }
  }

  /** Kahn's algorithm; what is in a circle (there is none in a sound problem) is not listed. */
  private List<Integer> predecessorsFirst(int[] units) {
    var inStage = new java.util.BitSet();
    for (int u : units) {
      inStage.set(u);
    }
    int[] waiting = new int[start.length];
    var followers = new java.util.HashMap<Integer, List<Integer>>();
    for (int u : units) {
      for (int before : problem.units().get(u).after()) {
        if (inStage.get(before)) {
          waiting[u]++;
          followers.computeIfAbsent(before, b -> new ArrayList<>()).add(u);
        }
      }
    }
    var order = new ArrayList<Integer>();
    Arrays.stream(units).filter(u -> waiting[u] == 0).forEach(order::add);
    for (int i = 0; i < order.size(); i++) {
      for (int next : followers.getOrDefault(order.get(i), List.of())) {
        if (--waiting[next] == 0) {
          order.add(next);
        }
      }
    }
    return order;
  }

  private void latest(int u, Unit unit, int until) {
    start[u] = until;
    copies[u] = until;
    for (int j : unit.jobs()) {
      int at = Math.max(0, begin(problem, problem.jobs().get(j).cutover(), until));
      Activity copy = problem.jobs().get(j).ahead();
      start[u] = Math.min(start[u], at);
      copies[u] = Math.min(copies[u], copy == null ? at : Math.max(0, begin(problem, copy, at)));
    }
  }

  /** The last second at which an activity can begin to be over by {@code until}; -1 if none. */
  static int begin(Problem problem, Activity activity, int until) {
    Calendar calendar = problem.calendars().get(activity.calendar());
    for (int w = Math.min(calendar.indexAt(until), calendar.open().size() - 1); w >= 0; w--) {
      Calendar.Interval window = calendar.open().get(w);
      int at = Math.min(until, window.to()) - activity.seconds();
      if (at >= window.from()) {
        return at;
      }
    }
    return -1;
  }

  /** Other latest begins of the same units. */
  Latest with(int[] start, int[] copies) {
    return new Latest(problem, start, copies);
  }

  /** The units whose copies are the most urgent first. */
  Comparator<Integer> byCopies() {
    return Comparator.<Integer>comparingInt(u -> copies[u]).thenComparing(u -> u);
  }

  /** The units whose cutovers are the most urgent first. */
  Comparator<Integer> byCutovers() {
    return Comparator.<Integer>comparingInt(u -> start[u]).thenComparing(u -> u);
  }
}
