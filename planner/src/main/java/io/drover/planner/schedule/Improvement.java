// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Improves one stage of a board: takes some units off, among them some that end last, and puts them
 * back in another order; what is not better is undone.
 */
final class Improvement {
  private final Problem problem;
  private final Priorities priorities;
  private final Board board;
  private final int[] units;
  private final SplitMix random;
  private final int[] ends;

  private long stepsTaken;
  private boolean cut;

  Improvement(Problem problem, Board board, int[] units, Priorities priorities, SplitMix random) {
    this.problem = problem;
    this.board = board;
    this.units = units;
    this.priorities = priorities;
    this.random = random;
    this.ends = new int[problem.units().size()];
  }

  /** Units taken off and put back. */
  long steps() {
    return stepsTaken;
  }

  /** Whether the safety net ended it. */
  boolean cut() {
    return cut;
  }

  /**
   * Improves until the steps are used up, nothing has become better for long, or the stage ends at
   * {@code floor}, before which it cannot end.
   */
  void run(long steps, int floor, BooleanSupplier stop) {
    if (units.length == 0) {
      return;
    }
    for (int u : units) {
      ends[u] = board.placed(u) ? board.end(u) : Calendar.END;
    }
    int idle = 0;
    int patience = Math.max(400, Math.min(6_000, 2_000_000 / units.length));
    Integer[] order = lastFirst();
    int last = ends[order[0]];
    int gains = 0;
    while (stepsTaken < steps && idle < patience && ends[order[0]] > floor) {
      if (stop.getAsBoolean()) {
        cut = true;
        return;
      }
      int[] chosen = choose(order);
      stepsTaken += chosen.length;
      if (again(chosen)) {
        idle = 0;
        // Sorting all of a large stage after every small gain would take most of the time.
        if (ends[order[0]] < last || ++gains % Math.max(1, units.length / 500) == 0) {
          order = lastFirst();
          last = ends[order[0]];
        }
      } else {
        idle++;
      }
    }
  }

  private Integer[] lastFirst() {
    Integer[] order = Arrays.stream(units).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.<Integer>comparingInt(u -> -ends[u]).thenComparingInt(u -> u));
    return order;
  }

  /** Some that end last, and others that use what they use, anywhere in time. */
  private int[] choose(Integer[] order) {
    int size = Math.min(units.length, 4 + random.below(Math.min(28, Math.max(1, units.length))));
    var chosen = new java.util.LinkedHashSet<Integer>();
    int end = ends[order[0]];
    int tail = 1;
    while (tail < order.length && ends[order[tail]] >= end - end / 50 && tail < size / 2) {
      tail++;
    }
    chosen.add(order[random.below(tail)]);
    for (int i = 0; i < tail / 2; i++) {
      chosen.add(order[random.below(tail)]);
    }
    int first = chosen.getFirst();
    int scarce = scarcest(first);
    for (int tries = 0; chosen.size() < size && tries < 12 * size; tries++) {
      int u = units[random.below(units.length)];
      if (scarce < 0 || tries > 8 * size || uses(u, scarce)) {
        chosen.add(u);
      }
    }
    return chosen.stream().mapToInt(Integer::intValue).toArray();
  }

  private int scarcest(int unit) {
    int[] jobs = problem.units().get(unit).jobs();
    var activity = problem.jobs().get(jobs[random.below(jobs.length)]).cutover();
    int count = activity.resource().length;
    return count == 0 ? -1 : activity.resource()[random.below(count)];
  }

  private boolean uses(int unit, int resource) {
    for (int j : problem.units().get(unit).jobs()) {
      if (problem.jobs().get(j).cutover().amountOf(resource) > 0) {
        return true;
      }
    }
    return false;
  }

  /** Takes the chosen off and puts them back in another order; undone unless it is better. */
  private boolean again(int[] chosen) {
    int[][] was = new int[chosen.length][];
    int lastBefore = 0;
    long sumBefore = 0;
    int lostBefore = 0;
    for (int i = 0; i < chosen.length; i++) {
      int u = chosen[i];
      was[i] = board.memory(u);
      lostBefore += board.placed(u) ? 0 : 1;
      lastBefore = Math.max(lastBefore, ends[u]);
      sumBefore += ends[u];
    }
    for (int u : chosen) {
      // To find copies a place takes long; now and then they move as well.
      if (random.below(4) == 0) {
        board.remove(u);
      } else {
        board.removeCutovers(u);
      }
    }
    int last = 0;
    long sum = 0;
    int lost = 0;
    for (int u : shuffled(chosen)) {
      int end = board.place(u) ? board.end(u) : Calendar.END;
      lost += end == Calendar.END ? 1 : 0;
      last = Math.max(last, end);
      sum += end;
    }
    boolean better =
        lost < lostBefore
            || (lost == lostBefore
                && (last < lastBefore || (last == lastBefore && sum <= sumBefore)));
    if (better) {
      for (int u : chosen) {
        ends[u] = board.placed(u) ? board.end(u) : Calendar.END;
      }
      return last < lastBefore || sum < sumBefore;
    }
    for (int u : chosen) {
      board.remove(u);
    }
    for (int i = 0; i < chosen.length; i++) {
      board.restore(chosen[i], was[i]);
    }
    return false;
  }

  /** Longest or most work first, shaken; what must come before comes before. */
  private List<Integer> shuffled(int[] chosen) {
    double[] key = new double[chosen.length];
    int way = random.below(3);
    Integer[] order = new Integer[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      order[i] = i;
      double base =
          switch (way) {
            case 0 -> priorities.longest[chosen[i]];
            case 1 -> priorities.work[chosen[i]];
            case 2 -> ends[chosen[i]];
            default -> throw new IllegalStateException("three ways");
          };
      key[i] = -base * (0.6 + 0.8 * random.unit());
    }
    Arrays.sort(order, Comparator.<Integer>comparingDouble(i -> key[i]).thenComparingInt(i -> i));
    var result = new ArrayList<Integer>(order.length);
    for (int i : order) {
      result.add(chosen[i]);
    }
    Orders.predecessorsFirst(problem, result);
    return result;
  }
}
