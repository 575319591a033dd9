// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Searches all stages at once, which only small problems can afford: every copy and every unit has
 * a key, what has the lower key is placed first, and some units must skip their first windows. Keys
 * are changed a few at a time, and what is a little worse is kept for a while (annealing), so that
 * a stage may end later if that lets the plan end earlier.
 */
final class KeySearch {
  private final Problem problem;
  private final SplitMix random;
  private final Board board;
  private final List<Integer> units = new ArrayList<>();
  private final List<List<Integer>> stages = new ArrayList<>();
  private final List<Integer> copies = new ArrayList<>();
  private final double[] last;
  private Genes genes;
  private Schedule best;
  private double bestCost = Double.MAX_VALUE;
  private int bestEnd = Calendar.END;
  private long stepsTaken;

  /**
   * What an order is made of.
   *
   * @param unit keys of units
   * @param copy keys of copies
   * @param cutover keys of cutovers within their unit
   * @param later how much later than its unit a job has its turn, mostly 0
   * @param notBefore seconds before which the cutovers of a unit do not begin
   */
  private record Genes(
      double[] unit, double[] copy, double[] cutover, double[] later, int[] notBefore) {
    Genes copied() {
      return new Genes(
          unit.clone(), copy.clone(), cutover.clone(), later.clone(), notBefore.clone());
    }
  }

  /** When a unit, or one job of it (else -1), gets its place; the place is that in the order. */
  private record Turn(int unit, int job, double key, int place) {}

  KeySearch(Problem problem, SplitMix random) {
    this.problem = problem;
    this.random = random;
    this.board = new Board(problem);
    for (int s = 0; s < problem.stages(); s++) {
      stages.add(new ArrayList<>());
    }
    for (int u = 0; u < problem.units().size(); u++) {
      if (problem.units().get(u).jobs().length > 0) {
        units.add(u);
        stages.get(problem.units().get(u).stage()).add(u);
      }
    }
    stages.forEach(stage -> Orders.predecessorsFirst(problem, stage));
    this.last = new double[problem.units().size()];
    for (int j = 0; j < problem.jobs().size(); j++) {
      if (problem.jobs().get(j).ahead() != null) {
        copies.add(j);
      }
    }
    int jobs = problem.jobs().size();
    this.genes =
        new Genes(
            new double[problem.units().size()],
            new double[jobs],
            new double[jobs],
            new double[jobs],
            new int[problem.units().size()]);
    this.best = Schedule.empty(jobs);
  }

  /** Units placed. */
  long steps() {
    return stepsTaken;
  }

  /** The best schedule it has met. */
  Schedule best() {
    return best;
  }

  /**
   * Searches from the order of a schedule.
   *
   * @param floor second before which no schedule ends
   */
  void run(Schedule from, int floor, long steps, BooleanSupplier stop) {
    int scale = Math.max(1, from.makespan(problem));
    for (int u : units) {
      double first = 2.0 * scale;
      for (int j : problem.units().get(u).jobs()) {
        if (from.cutover()[j] >= 0) {
          first = Math.min(first, from.cutover()[j]);
        }
        genes.copy[j] = Math.max(0, from.ahead()[j]) / (double) scale;
        genes.cutover[j] = -problem.jobs().get(j).cutover().seconds();
      }
      genes.unit[u] = first / scale;
    }
    // One unit of many moves the end less than one of few.
    double warmth = Math.min(0.02, 0.24 / Math.max(1, units.size()));
    double cost = decode();
    while (stepsTaken < steps && bestEnd > floor && !stop.getAsBoolean()) {
      Genes was = genes;
      genes = genes.copied();
      change();
      double next = decode();
      double heat = warmth * scale * (1 - (double) stepsTaken / steps);
      if (next <= cost - heat * Math.log(1 - random.unit())) {
        cost = next;
      } else {
        genes = was;
      }
    }
  }

  private void change() {
    for (int many = 1 + random.below(3); many > 0; many--) {
      int u = units.get(random.below(units.size()));
      int other = units.get(random.below(units.size()));
      int[] jobs = problem.units().get(u).jobs();
      int j = jobs[random.below(jobs.length)];
      switch (random.below(6)) {
        case 0 -> genes.unit[u] = moved(genes.unit[u]);
        case 1 -> {
          double key = genes.unit[u];
          genes.unit[u] = genes.unit[other];
          genes.unit[other] = key;
        }
        case 2 -> genes.copy[j] = moved(genes.copy[j]);
        case 3 -> genes.cutover[j] = random.unit();
        case 4 -> genes.later[j] = genes.later[j] > 0 ? 0 : 0.3 * random.unit();
        default -> genes.notBefore[u] = genes.notBefore[u] > 0 ? 0 : window(jobs[0]);
      }
    }
  }

  /** A key anywhere, or near to what it was. */
  private double moved(double key) {
    return random.below(3) == 0
        ? random.unit()
        : Math.max(0, Math.min(1, key + 0.2 * (random.unit() - 0.5)));
  }

  /** The begin of one of the windows of a job. */
  private int window(int job) {
    List<Calendar.Interval> open =
        problem.calendars().get(problem.jobs().get(job).cutover().calendar()).open();
    int count = 0;
    while (count < open.size() && open.get(count).from() < bestEnd) {
      count++;
    }
    return count == 0 ? 0 : open.get(random.below(count)).from();
  }

  /** Places everything by its keys; the cost is the end, and a little the mean of all ends. */
  private double decode() {
    for (int u : units) {
      board.remove(u);
    }
    copies.sort(Comparator.comparingDouble(j -> genes.copy[j]));
    int end = 0;
    int copied = 0;
    int lost = 0;
    double sum = 0;
    for (int s = 0; s < stages.size(); s++) {
      board.open(s, end);
      for (Turn turn : turns(stages.get(s))) {
        for (; copied < copies.size() && genes.copy[copies.get(copied)] <= turn.key(); copied++) {
          board.copyFirstOf(copies.get(copied));
        }
        int u = turn.unit();
        boolean placed =
            turn.job() < 0
                ? board.place(u, inside(u), genes.notBefore[u])
                : board.placeJob(turn.job(), genes.notBefore[u]);
        if (placed) {
          int until = turn.job() < 0 ? board.end(u) : board.endOfJob(turn.job());
          end = Math.max(end, until);
          sum += until;
        } else {
          lost++;
        }
        stepsTaken++;
      }
    }
    double cost = 1e12 * lost + end + 0.05 * sum / Math.max(1, units.size());
    if (lost == 0 && cost < bestCost) {
      bestCost = cost;
      bestEnd = end;
      best = board.schedule();
    }
    return cost;
  }

  /** The turns of a stage; nothing has its turn before all of what must come before it. */
  private List<Turn> turns(List<Integer> stage) {
    var turns = new ArrayList<Turn>();
    for (int place = 0; place < stage.size(); place++) {
      int u = stage.get(place);
      double key = genes.unit[u];
      for (int before : problem.units().get(u).after()) {
        key = Math.max(key, last[before]);
      }
      last[u] = key;
      boolean apart = false;
      for (int j : problem.units().get(u).jobs()) {
        apart |= genes.later[j] > 0;
        last[u] = Math.max(last[u], key + genes.later[j]);
      }
      if (apart) {
        for (int j : problem.units().get(u).jobs()) {
          turns.add(new Turn(u, j, key + genes.later[j], place));
        }
      } else {
        turns.add(new Turn(u, -1, key, place));
      }
    }
    turns.sort(
        Comparator.comparingDouble(Turn::key)
            .thenComparingInt(Turn::place)
            .thenComparingDouble(t -> t.job() < 0 ? 0 : genes.cutover[t.job()]));
    return turns;
  }

  private int[] inside(int unit) {
    Integer[] jobs =
        Arrays.stream(problem.units().get(unit).jobs()).boxed().toArray(Integer[]::new);
    Arrays.sort(jobs, Comparator.comparingDouble(j -> genes.cutover[j]));
    return Arrays.stream(jobs).mapToInt(j -> j).toArray();
  }
}
