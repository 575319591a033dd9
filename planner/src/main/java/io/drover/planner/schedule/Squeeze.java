// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Makes a stage end by a given second: what ends later is taken off and waits; then, again and
 * again, room is made for one that waits where it could be, and what was in its way looks for
 * another place. It counts how much work waits, and a little more of it is taken for a while, so
 * that the search does not stand still. After Christiaens and Vanden Berghe, "Slack induction by
 * string removals" (2020), who empty vehicles as this empties windows.
 */
final class Squeeze {
  private final Problem problem;
  private final Board board;
  private final int[] units;
  private final Priorities priorities;
  private final SplitMix random;
  private final int[][] users;
  private final int[] absences;
  private final double[] key;
  private final LinkedHashSet<Integer> waiting = new LinkedHashSet<>();

  /** Of what is in the way, that of which a copy is. */
  private final HashSet<Integer> copies = new HashSet<>();

  private Latest latest;
  private int end;
  private long stepsTaken;

  Squeeze(Problem problem, Board board, int[] units, Priorities priorities, SplitMix random) {
    this.problem = problem;
    this.board = board;
    this.units = units;
    this.priorities = priorities;
    this.random = random;
    this.absences = new int[problem.units().size()];
    this.key = new double[absences.length];
    this.users = users(problem, units);
    this.latest = Latest.of(problem, new int[0], 0);
  }

  /** Per resource, the units of the stage that take of it. */
  private static int[][] users(Problem problem, int[] units) {
    var lists = new ArrayList<LinkedHashSet<Integer>>();
    problem.resources().forEach(r -> lists.add(new LinkedHashSet<>()));
    for (int u : units) {
      for (int j : problem.units().get(u).jobs()) {
        Job job = problem.jobs().get(j);
        for (int r : job.cutover().resource()) {
          lists.get(r).add(u);
        }
        Activity copy = job.ahead();
        if (copy != null) {
          for (int r : copy.resource()) {
            lists.get(r).add(u);
          }
        }
      }
    }
    return lists.stream()
        .map(set -> set.stream().mapToInt(Integer::intValue).toArray())
        .toArray(int[][]::new);
  }

  /** Units taken off and put back. */
  long steps() {
    return stepsTaken;
  }

  /**
   * Tries for so many steps; if it fails, the board is what it was.
   *
   * @param end second by which everything is to be over
   */
  boolean run(int end, long steps, BooleanSupplier stop) {
    this.end = end;
    latest = Latest.of(problem, units, end);
    waiting.clear();
    Arrays.fill(absences, 1);
    int[][] was = new int[units.length][];
    for (int i = 0; i < units.length; i++) {
      was[i] = board.memory(units[i]);
    }
    for (int u : units) {
      if (!board.placed(u) || board.end(u) > end) {
        board.remove(u);
        waiting.add(u);
      }
    }
    board.horizon(end);
    long until = stepsTaken + steps;
    while (!waiting.isEmpty() && stepsTaken < until && !stop.getAsBoolean()) {
      again();
    }
    board.horizon(Calendar.END);
    boolean done = waiting.isEmpty();
    if (!done) {
      for (int u : units) {
        board.remove(u);
      }
      for (int i = 0; i < units.length; i++) {
        board.restore(units[i], was[i]);
      }
    }
    return done;
  }

  private void again() {
    int wanted = wanted();
    var inTheWay = new LinkedHashSet<Integer>();
    copies.clear();
    inTheWay(wanted, inTheWay, 0);
    inTheWay.remove(wanted);
    int[] removed = inTheWay.stream().mapToInt(Integer::intValue).toArray();
    int[][] was = new int[removed.length][];
    for (int i = 0; i < removed.length; i++) {
      was[i] = board.memory(removed[i]);
      // To find copies a place takes long: mostly they stay, unless one of them is in the way.
      if (copies.contains(removed[i]) || random.below(4) == 0) {
        board.remove(removed[i]);
      } else {
        board.removeCutovers(removed[i]);
      }
    }
    var back = new ArrayList<Integer>();
    for (int u : removed) {
      back.add(u);
    }
    int others = waiting.size() <= 8 ? 8 : 2;
    for (int u : waiting) {
      if (u != wanted && (waiting.size() <= others || random.below(waiting.size()) < others)) {
        back.add(u);
      }
    }
    back.add(wanted);
    sort(back, wanted);
    stepsTaken += back.size();
    var placed = new ArrayList<Integer>();
    double lost = 0;
    double won = 0;
    for (int u : back) {
      boolean waited = waiting.contains(u);
      if (board.place(u)) {
        placed.add(u);
        won += waited ? priorities.work[u] : 0;
      } else {
        lost += waited ? 0 : priorities.work[u];
        absences[u]++;
      }
    }
    if (lost <= won * (1 + 0.2 * random.unit() * random.unit())) {
      for (int u : removed) {
        if (!board.placed(u)) {
          waiting.add(u);
        }
      }
      waiting.removeAll(placed);
      return;
    }
    for (int u : placed) {
      board.remove(u);
    }
    for (int i = 0; i < removed.length; i++) {
      board.restore(removed[i], was[i]);
    }
  }

  /** One that waits, rather one that has waited often; what it waits for goes first. */
  private int wanted() {
    int[] all = waiting.stream().mapToInt(Integer::intValue).toArray();
    int a = all[random.below(all.length)];
    int b = all[random.below(all.length)];
    int wanted = absences[a] >= absences[b] ? a : b;
    for (boolean deeper = true; deeper; ) {
      deeper = false;
      for (int before : problem.units().get(wanted).after()) {
        if (waiting.contains(before)) {
          wanted = before;
          deeper = true;
          break;
        }
      }
    }
    return wanted;
  }

  /**
   * Chooses a window of the unit and collects what is in its way there: units that take what it
   * takes, side by side in time, and what must come before it if that is too late.
   */
  private void inTheWay(int unit, LinkedHashSet<Integer> all, int depth) {
    Unit it = problem.units().get(unit);
    int[] jobs = it.jobs();
    Job job = problem.jobs().get(jobs[random.below(jobs.length)]);
    Calendar calendar = problem.calendars().get(job.cutover().calendar());
    int last = calendar.indexAt(Math.max(0, Math.min(end, latest.start[unit])));
    int first = calendar.indexAt(Math.max(it.release(), board.released(it.stage())));
    last = Math.min(last, calendar.open().size() - 1);
    if (first > last) {
      return;
    }
    // Where always is open, the last of its time is as good a window as any.
    Calendar.Interval window = calendar.open().get(first + random.below(last - first + 1));
    Activity copy = job.ahead();
    boolean ofCopy = copy != null && random.below(4) == 0;
    Activity activity = ofCopy && copy != null ? copy : job.cutover();
    int from = ofCopy ? 0 : Math.max(window.from(), board.released(it.stage()));
    int to = Math.min(window.to(), end);
    if (activity.resource().length > 0) {
      int r = activity.resource()[random.below(activity.resource().length)];
      // What may go at other times than this one gives way more easily than its like.
      int others = random.below(2) == 0 ? job.cutover().calendar() : -1;
      neighbours(r, from, to, others, all);
    }
    for (int before : it.after()) {
      if (depth < 6 && board.placed(before) && board.end(before) > window.from()) {
        all.add(before);
        inTheWay(before, all, depth + 1);
      }
    }
  }

  private void neighbours(int resource, int from, int to, int notOf, LinkedHashSet<Integer> all) {
    int[] there = new int[users[resource].length];
    int[] at = new int[there.length];
    int count = 0;
    for (int u : users[resource]) {
      int when = board.placed(u) ? board.when(u, resource, from, to) : -1;
      if (when >= 0 && calendar(u) != notOf) {
        there[count] = u;
        at[count++] = when;
      }
    }
    if (count == 0) {
      if (notOf >= 0) {
        neighbours(resource, from, to, -1, all);
      }
      return;
    }
    int pivot = at[random.below(count)];
    int many = 1 + random.below(Math.min(count, random.below(4) == 0 ? 30 : 10));
    Integer[] order = new Integer[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    Arrays.sort(
        order,
        Comparator.<Integer>comparingInt(i -> Math.abs(at[i] - pivot)).thenComparing(i -> i));
    for (int i = 0; i < many; i++) {
      int u = there[order[i]];
      all.add(u);
      if (!board.cutsOverAt(u, at[order[i]])) {
        copies.add(u);
      }
    }
  }

  private int calendar(int unit) {
    return problem.jobs().get(problem.units().get(unit).jobs()[0]).cutover().calendar();
  }

  /** An order to put them back in; what must come before comes before. */
  private void sort(List<Integer> back, int wanted) {
    int way = random.below(4);
    for (int u : back) {
      double noise = 0.8 + 0.4 * random.unit();
      key[u] =
          switch (way) {
            case 0 -> latest.start[u];
            case 1 -> -priorities.work[u] * noise;
            case 2 -> -priorities.longest[u] * noise;
            default -> random.unit();
          };
    }
    if (way == 3) {
      key[wanted] = -1;
    }
    back.sort(Comparator.<Integer>comparingDouble(u -> key[u]).thenComparing(u -> u));
    Orders.predecessorsFirst(problem, back);
  }
}
