// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Makes the first schedule of a stage: units one after the other, each at its earliest. */
final class Start {
  private final Problem problem;
  private final Board board;
  private final int[] units;
  private final Priorities priorities;

  Start(Problem problem, Board board, int[] units, Priorities priorities) {
    this.problem = problem;
    this.board = board;
    this.units = units;
    this.priorities = priorities;
  }

  /**
   * The best of some greedy orders stands on the board afterwards.
   *
   * @param floor second before which the stage cannot end
   * @param enough second at which no other order is tried
   * @param starts how many are, at most
   */
  void best(int floor, int enough, int starts, BooleanSupplier stop) {
    int[] ends = ends(floor);
    Priorities.Rule[] rules = Priorities.Rule.values();
    int[][] best = null;
    long[] bestScore = null;
    int orders = Math.min(starts, 2 * ends.length + rules.length);
    for (int i = 0; i == 0 || (i < orders && !stop.getAsBoolean()); i++) {
      int rule = i - 2 * ends.length;
      if (rule < 0) {
        Latest latest = Latest.of(problem, units, ends[i % ends.length]);
        urgent(i < ends.length ? latest : Balance.of(problem, units, latest));
      } else {
        greedy(priorities.rule(rules[rule], problem));
      }
      long[] score = score();
      if (bestScore == null || Arrays.compare(score, bestScore) < 0) {
        bestScore = score;
        best = memory();
      }
      if (score[0] == 0 && score[1] <= enough) {
        return;
      }
      for (int u : units) {
        board.remove(u);
      }
    }
    for (int i = 0; best != null && i < units.length; i++) {
      board.restore(units[i], best[i]);
    }
  }

  /**
   * Seconds by which everything is to be over: the bound; as if the last windows before it had to
   * do, so that what has a window after them as well gets its turn among the others, not after
   * them; and the next two ends of windows after it, for which the windows that it cuts are whole.
   */
  private int[] ends(int floor) {
    int last = -1;
    var next = new TreeSet<Integer>();
    for (int c : calendars()) {
      List<Calendar.Interval> open = problem.calendars().get(c).open();
      int w = problem.calendars().get(c).indexAt(floor);
      last = w == 0 ? last : Math.max(last, open.get(w - 1).to());
      for (int i = w; i < Math.min(w + 2, open.size()); i++) {
        next.add(open.get(i).to());
      }
    }
    return IntStream.concat(
            IntStream.of(floor, last < 0 ? floor : last),
            next.stream().filter(end -> end < Calendar.END).limit(2).mapToInt(end -> end))
        .distinct()
        .toArray();
  }

  /** The calendars of the units. */
  private TreeSet<Integer> calendars() {
    var calendars = new TreeSet<Integer>();
    for (int u : units) {
      for (int j : problem.units().get(u).jobs()) {
        calendars.add(problem.jobs().get(j).cutover().calendar());
      }
    }
    return calendars;
  }

  /**
   * The most urgent first, copies and cutovers each for itself: a long copy for a late window is
   * begun before a short one for an early window, but does not give its cutover a place before it.
   */
  private void urgent(Latest latest) {
    var cutovers = new ArrayList<>(Arrays.stream(units).boxed().toList());
    cutovers.sort(latest.byCutovers());
    Orders.predecessorsFirst(problem, cutovers);
    var copies = new ArrayDeque<>(Arrays.stream(units).boxed().sorted(latest.byCopies()).toList());
    for (int u : cutovers) {
      while (!copies.isEmpty() && latest.copies[copies.element()] <= latest.start[u]) {
        board.copyFirst(copies.remove());
      }
      board.place(u);
    }
    for (int u : units) {
      if (!board.placed(u)) {
        board.remove(u);
      }
    }
  }

  private int[][] memory() {
    int[][] memory = new int[units.length][];
    for (int i = 0; i < units.length; i++) {
      memory[i] = board.memory(units[i]);
    }
    return memory;
  }

  /** Not placed, makespan, sum of ends. */
  private long[] score() {
    long[] score = new long[3];
    for (int u : units) {
      if (board.placed(u)) {
        score[1] = Math.max(score[1], board.end(u));
        score[2] += board.end(u);
      } else {
        score[0]++;
      }
    }
    return score;
  }

  /** Places the units in the order of the rule, each as soon as those before it are placed. */
  void greedy(Comparator<Integer> rule) {
    var waiting = new int[problem.units().size()];
    var followers = new HashMap<Integer, List<Integer>>();
    var inStage = new BitSet();
    for (int u : units) {
      inStage.set(u);
    }
    var ready = new PriorityQueue<Integer>(rule);
    for (int u : units) {
      for (int before : problem.units().get(u).after()) {
        if (inStage.get(before)) {
          waiting[u]++;
          followers.computeIfAbsent(before, b -> new ArrayList<>()).add(u);
        }
      }
      if (waiting[u] == 0) {
        ready.add(u);
      }
    }
    while (!ready.isEmpty()) {
      int u = ready.remove();
      board.place(u);
      for (int next : followers.getOrDefault(u, List.of())) {
        if (--waiting[next] == 0) {
          ready.add(next);
        }
      }
    }
  }
}
