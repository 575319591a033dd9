// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Says which units go into which window so that a stage ends by a given second. Unit after unit at
 * its earliest leaves something free in each window for which, at the end, everything that is left
 * is too large; here all windows of a calendar are looked at together, as bins of a vector packing
 * with a dimension for each resource: most work first into the first window that takes it, then
 * moves, swaps and chains of two between windows, at first also such as make it worse (annealing).
 * Where there is next to nothing to spare, {@link FullWindows} are looked for instead. The board
 * has the last word: what has no place there by all of its rules is not placed, and then nothing is
 * changed. Units that may be split, or that come before or after others of their stage, and those
 * of other calendars stay where they are. A step looks at the {@link Cells} that one or two units
 * touch.
 */
final class WindowPacking {
  /** Steps per unit: more find little more. */
  private static final int PATIENCE = 1_000;

  /** More units are too many to look for windows that are full to the brim. */
  private static final int FEW = 80;

  /** The share of a resource to be spared up to which windows count as full to the brim. */
  private static final double BRIM = 0.002;

  /** So many nodes of that search take the time of a step. */
  private static final long NODES = 500;

  private final Problem problem;
  private final Board board;
  private final int[] units;
  private final Priorities priorities;
  private final SplitMix random;
  private final BitSet tied = new BitSet();
  private long stepsTaken;

  WindowPacking(Problem problem, Board board, int[] units, Priorities priorities, SplitMix random) {
    this.problem = problem;
    this.board = board;
    this.units = units;
    this.priorities = priorities;
    this.random = random;
    var stage = new BitSet();
    for (int u : units) {
      stage.set(u);
    }
    for (int u : units) {
      for (int before : problem.units().get(u).after()) {
        if (stage.get(before)) {
          tied.set(u);
          tied.set(before);
        }
      }
    }
  }

  /** Looks at what another window would do to a unit, or to two. */
  long steps() {
    return stepsTaken;
  }

  /**
   * Tries for so many steps; if it fails, the board is what it was.
   *
   * @param end second by which everything is to be over
   */
  boolean run(int end, long steps, BooleanSupplier stop) {
    int calendar = calendarOfTheLate(end);
    if (calendar < 0) {
      return false;
    }
    int[] packed = Arrays.stream(units).filter(u -> free(u) && calendarOf(u) == calendar).toArray();
    if (packed.length > steps) {
      return false;
    }
    int release = board.released(problem.units().get(packed[0]).stage());
    var open = new ArrayList<Calendar.Interval>();
    for (Calendar.Interval window : problem.calendars().get(calendar).open()) {
      int from = Math.max(window.from(), release);
      int to = Math.min(window.to(), end);
      if (from < to) {
        open.add(new Calendar.Interval(from, to));
      }
    }
    var may = new BitSet[packed.length];
    for (int i = 0; i < packed.length; i++) {
      may[i] = windows(packed[i], open);
      if (may[i].isEmpty()) {
        return false;
      }
    }
    int[][] was = new int[packed.length][];
    for (int i = 0; i < packed.length; i++) {
      was[i] = board.memory(packed[i]);
      board.removeCutovers(packed[i]);
    }
    var packing = new Packing(packed, open, may);
    long until = stepsTaken + Math.min(steps, (long) PATIENCE * packed.length);
    boolean done =
        packing.full(until, was, stop)
            || (packing.firstFit(until) && packing.anneal(until, stop) && packing.placed());
    if (!done) {
      restore(packed, was);
    }
    return done;
  }

  private void restore(int[] packed, int[][] was) {
    for (int u : packed) {
      board.remove(u);
    }
    for (int i = 0; i < packed.length; i++) {
      board.restore(packed[i], was[i]);
    }
  }

  /** -1 if there is more than one, or one of the late cannot be packed. */
  private int calendarOfTheLate(int end) {
    int calendar = -1;
    for (int u : units) {
      if (!board.placed(u)) {
        return -1;
      }
      if (board.end(u) > end) {
        if (!free(u) || (calendar >= 0 && calendarOf(u) != calendar)) {
          return -1;
        }
        calendar = calendarOf(u);
      }
    }
    return calendar;
  }

  private boolean free(int unit) {
    return !tied.get(unit) && !problem.units().get(unit).splittable();
  }

  private int calendarOf(int unit) {
    return problem.jobs().get(problem.units().get(unit).jobs()[0]).cutover().calendar();
  }

  /** The windows that are long enough for each job of a unit once it is ready. */
  private BitSet windows(int index, List<Calendar.Interval> open) {
    Unit unit = problem.units().get(index);
    var may = new BitSet();
    for (int w = 0; w < open.size(); w++) {
      boolean fits = true;
      for (int j : unit.jobs()) {
        int from = Math.max(open.get(w).from(), board.readyAt(j));
        int end = from + problem.jobs().get(j).cutover().seconds();
        fits &= end <= Math.min(open.get(w).to(), unit.deadline());
      }
      if (fits) {
        may.set(w);
      }
    }
    return may;
  }

  /** What is packed, and where it is; units are called by their place in {@link #units}. */
  private final class Packing {
    private final int[] units;
    private final List<Calendar.Interval> open;
    private final BitSet[] may;
    private final int[] window;
    private final Cells cells;

    /** By how many seconds all cells together are over. */
    private long over;

    Packing(int[] units, List<Calendar.Interval> open, BitSet[] may) {
      this.units = units;
      this.open = open;
      this.may = may;
      this.window = new int[units.length];
      this.cells = new Cells(problem, board, units, open, random);
    }

    /** If there is next to nothing to spare, all windows full and on the board; false if not. */
    boolean full(long until, int[][] was, BooleanSupplier stop) {
      if (units.length > FEW) {
        return false;
      }
      Integer[] order = mostWorkFirst();
      long[][] work = cells.work();
      var search =
          new FullWindows(
              Arrays.stream(order).map(i -> work[i]).toArray(long[][]::new),
              cells.room(),
              Arrays.stream(order).map(i -> may[i]).toArray(BitSet[]::new),
              windows -> placedFull(order, windows, was),
              stop);
      double spare = search.spare();
      if (spare < 0 || spare > BRIM) {
        return false;
      }
      long nodes = NODES * (until - stepsTaken);
      long left = search.search(nodes);
      stepsTaken += (nodes - Math.max(0, left)) / NODES;
      return left < 0;
    }

    private boolean placedFull(Integer[] order, int[] windows, int[][] was) {
      for (int i = 0; i < order.length; i++) {
        window[order[i]] = windows[i];
        cells.put(order[i], windows[i]);
      }
      boolean all = placed();
      for (int i = 0; i < order.length; i++) {
        cells.take(order[i], windows[i]);
      }
      if (!all) {
        restore(units, was);
        Arrays.stream(units).forEach(board::removeCutovers);
      }
      return all;
    }

    private Integer[] mostWorkFirst() {
      Integer[] order = new Integer[units.length];
      Arrays.setAll(order, i -> i);
      Arrays.sort(
          order,
          Comparator.<Integer>comparingDouble(i -> -priorities.work[units[i]])
              .thenComparing(i -> i));
      return order;
    }

    /**
     * Most work first, into the window where it does the least harm; false if it takes too long.
     */
    boolean firstFit(long until) {
      for (int u : mostWorkFirst()) {
        long least = Long.MAX_VALUE;
        for (int w = may[u].nextSetBit(0); w >= 0 && least > 0; w = may[u].nextSetBit(w + 1)) {
          if (stepsTaken++ >= until) {
            return false;
          }
          cells.put(u, w);
          long harm = cells.settled();
          cells.take(u, w);
          cells.settled();
          if (harm < least) {
            least = harm;
            window[u] = w;
          }
        }
        cells.put(u, window[u]);
        over += cells.settled();
      }
      return true;
    }

    /** Warm and cold in turns until no cell is over, or the steps are used up; then false. */
    boolean anneal(long until, BooleanSupplier stop) {
      double warm = open.stream().mapToInt(Calendar.Interval::length).max().orElse(0) / 150.0;
      long round = 50L * units.length;
      long first = stepsTaken;
      while (over > 0 && open.size() > 1 && stepsTaken < until && !stop.getAsBoolean()) {
        double heat = warm * (1 - (double) ((stepsTaken - first) % round) / round);
        stepsTaken++;
        int cell = random.below(10) == 0 ? random.below(cells.count()) : sick();
        int u = cells.unitOf(cell, random);
        int to = random.below(open.size());
        if (u < 0 || to == window[u] || !may[u].get(to)) {
          continue;
        }
        int from = window[u];
        int v = random.below(4) == 0 ? -1 : cells.unitOf(cells.in(cell, to), random);
        int then = random.below(10) < 3 ? random.below(open.size()) : from;
        if (v >= 0 && (then == to || !may[v].get(then))) {
          continue;
        }
        move(u, to);
        if (v >= 0) {
          move(v, then);
        }
        long more = cells.settled();
        if (more <= -heat * Math.log(1 - random.unit())) {
          over += more;
          continue;
        }
        if (v >= 0) {
          move(v, to);
        }
        move(u, from);
        cells.settled();
      }
      return over == 0;
    }

    private void move(int unit, int to) {
      cells.take(unit, window[unit]);
      cells.put(unit, to);
      window[unit] = to;
    }

    /** A cell that is over. */
    private int sick() {
      int cell = random.below(cells.count());
      for (int i = 0; i < cells.count() && cells.over(cell) == 0; i++) {
        cell = cell + 1 == cells.count() ? 0 : cell + 1;
      }
      return cell;
    }

    /** Puts everything on the board in the order in which it is lined up; false if not all fit. */
    boolean placed() {
      int[] begins = cells.begins();
      var jobs = new ArrayList<Integer>();
      int[] windowOf = new int[problem.units().size()];
      for (int i = 0; i < units.length; i++) {
        windowOf[units[i]] = window[i];
        for (int j : problem.units().get(units[i]).jobs()) {
          jobs.add(j);
        }
      }
      jobs.sort(
          Comparator.<Integer>comparingInt(j -> begins[j])
              .thenComparing(j -> -problem.jobs().get(j).cutover().seconds())
              .thenComparing(j -> j));
      boolean all = true;
      for (int i = 0; all && i < jobs.size(); i++) {
        int j = jobs.get(i);
        Calendar.Interval to = open.get(windowOf[problem.jobs().get(j).unit()]);
        board.horizon(to.to());
        all = board.placeJob(j, to.from());
      }
      board.horizon(Calendar.END);
      return all;
    }
  }
}
