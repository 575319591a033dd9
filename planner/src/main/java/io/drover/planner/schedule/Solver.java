// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Schedules a problem: several greedy starts, the best of them improved by taking units off and
 * putting them back in another order (large neighbourhood search). Stage after stage. The budget is
 * steps, so that a seed gives one answer.
 */
public final class Solver {
  private final Problem problem;
  private final Settings settings;
  private final Bound bound;
  private final Priorities priorities;
  private final BooleanSupplier stop;
  private boolean cut;
  private long stepsTaken;
  private long looksLeft;

  /**
   * How long to try.
   *
   * @param seed makes the luck
   * @param steps units taken off and put back, over all stages; beside them, up to twice as many
   *     looks at the window of a unit, which are cheap
   * @param starts greedy orders to try, 1 to 8
   */
  public record Settings(long seed, long steps, int starts) {
    /** So many jobs in a unit do not count: most have fewer. */
    private static final int JOBS = 4;

    /**
     * What a problem gets by default: fewer steps for more units, and for units of many jobs, of
     * which each takes longer, so that it is done in about a minute.
     */
    public static Settings of(long seed, Problem problem) {
      int units = Math.max(1, problem.units().size());
      long steps = Math.max(20_000, Math.min(200_000, 200_000_000L / units));
      int jobs = Math.max(JOBS, problem.jobs().size() / units);
      return new Settings(seed, steps * JOBS / jobs, units > 15_000 ? 4 : 8);
    }
  }

  /**
   * What came out.
   *
   * @param steps steps taken
   * @param cut whether the safety net (time, or a stop) ended the search before its steps were used
   *     up; then the same seed may give another answer
   */
  public record Result(Schedule schedule, int makespan, Bound bound, long steps, boolean cut) {
    /** See {@link Bound#gap}. */
    public double gap() {
      return bound.gap(makespan);
    }
  }

  private Solver(Problem problem, Settings settings, BooleanSupplier stop) {
    this.problem = problem;
    this.settings = settings;
    this.bound = Bound.of(problem);
    this.priorities = new Priorities(problem);
    this.stop = stop;
    this.looksLeft = Math.min(2 * settings.steps(), 2_500L * problem.units().size());
  }

  /**
   * Solves.
   *
   * @param stop the safety net, asked between steps
   */
  public static Result solve(Problem problem, Settings settings, BooleanSupplier stop) {
    return new Solver(problem, settings, stop).run();
  }

  /** What a schedule that was made elsewhere is worth. */
  public static Result judged(Problem problem, Schedule schedule, long steps, boolean cut) {
    return new Result(schedule, schedule.makespan(problem), Bound.of(problem), steps, cut);
  }

  /**
   * A schedule that leaves everything where it was wanted unless something stands against it; what
   * cannot stay goes to its earliest place. Where that leaves something without a place, it is
   * placed first and the rest yields to it, if that leaves fewer.
   *
   * @param wanted places to keep, -1 for what has none yet
   */
  public static Schedule keeping(Problem problem, Schedule wanted) {
    Schedule kept = new Keeping(problem, wanted).run(Set.of());
    if (kept.unscheduled() == 0) {
      return kept;
    }
    var homeless = new TreeSet<Integer>();
    for (int j = 0; j < kept.cutover().length; j++) {
      if (kept.cutover()[j] < 0) {
        homeless.add(problem.jobs().get(j).unit());
      }
    }
    Schedule yielding = new Keeping(problem, wanted).run(homeless);
    return yielding.unscheduled() < kept.unscheduled() ? yielding : kept;
  }

  /** Whether a unit fits somewhere if everything else stayed away. */
  public static boolean fitsAlone(Problem problem, int unit) {
    return new Board(problem).fitsAlone(unit);
  }

  /** The units that fit nowhere even if everything else stayed away. */
  public static Set<Integer> impossible(Problem problem) {
    var board = new Board(problem);
    var impossible = new TreeSet<Integer>();
    for (int u = 0; u < problem.units().size(); u++) {
      if (problem.units().get(u).jobs().length > 0 && !board.fitsAlone(u)) {
        impossible.add(u);
      }
    }
    return impossible;
  }

  private Result run() {
    var random = new SplitMix(settings.seed());
    int units = problem.units().size();
    // Small problems are solved many times over from different starts, large ones once.
    int rounds = units <= 40 ? 24 : units <= 200 ? 4 : 1;
    Schedule best = null;
    // Half of the steps of a small problem are for a search over all of its stages at once.
    boolean small = units <= 200;
    long steps = small ? settings.steps() / 2 : settings.steps();
    for (int round = 0; round < rounds && !cut; round++) {
      Schedule schedule = round(round, steps / rounds, random.split());
      if (best == null || better(schedule, best)) {
        best = schedule;
      }
      if (best.unscheduled() == 0 && best.makespan(problem) <= enough(bound.seconds())) {
        break;
      }
    }
    if (small && best != null && best.makespan(problem) > enough(bound.seconds())) {
      var search = new KeySearch(problem, random.split());
      search.run(best, enough(bound.seconds()), settings.steps() - stepsTaken, stop);
      stepsTaken += search.steps();
      cut |= stop.getAsBoolean();
      best = better(search.best(), best) ? search.best() : best;
    }
    Schedule schedule = best == null ? Schedule.empty(problem.jobs().size()) : best;
    return new Result(schedule, schedule.makespan(problem), bound, stepsTaken, cut);
  }

  /** Nobody waits for the last thousandth of a plan: what is that near to its bound is done. */
  private static int enough(int floor) {
    return floor + floor / 1000;
  }

  private boolean better(Schedule one, Schedule other) {
    return Arrays.compare(
            new int[] {one.unscheduled(), one.makespan(problem)},
            new int[] {other.unscheduled(), other.makespan(problem)})
        < 0;
  }

  private Schedule round(int round, long steps, SplitMix random) {
    var board = new Board(problem);
    int release = 0;
    int allUnits = Math.max(1, problem.units().size());
    if (round % 2 == 1) {
      // Sometimes a long copy of a later stage is worth more than an early end of this one.
      for (int stage = 1; stage < problem.stages(); stage++) {
        for (int u : unitsOf(problem, stage)) {
          if (random.below(3) > 0) {
            board.copyFirst(u);
          }
        }
      }
    }
    for (int stage = 0; stage < problem.stages(); stage++) {
      int[] units = unitsOf(problem, stage);
      board.open(stage, release);
      int floor = Bound.of(problem, stage, release);
      var start = new Start(problem, board, units, priorities);
      if (round == 0) {
        start.best(floor, enough(floor), settings.starts(), stop);
      } else {
        start.greedy(shaken(random.split()));
      }
      long share = steps * units.length / allUnits;
      long squeezed = squeeze(board, units, floor, share * 2 / 3, random.split());
      var improvement = new Improvement(problem, board, units, priorities, random.split());
      improvement.run(share - squeezed, enough(floor), stop);
      stepsTaken += squeezed + improvement.steps();
      cut |= improvement.cut();
      for (int u : units) {
        release = Math.max(release, board.placed(u) ? board.end(u) : 0);
      }
    }
    return board.schedule();
  }

  /**
   * Empties the last window of a stage, and the one before it, and so on while that works, by
   * another packing of all windows or by fighting for room; then halves what is left between the
   * end of the stage and what it cannot reach.
   */
  private long squeeze(Board board, int[] units, int floor, long steps, SplitMix random) {
    var squeeze = new Squeeze(problem, board, units, priorities, random);
    // With luck of its own: where it has nothing to do, all else is as if it were not there.
    var luck = new SplitMix(settings.seed());
    var packing = new WindowPacking(problem, board, units, priorities, luck);
    int low = floor;
    int high = end(board, units);
    while (squeeze.steps() < steps && !cut && high > enough(low)) {
      int window = lastWindow(board, units);
      int end = window > low ? window : low + (high - low) / 2;
      long share = window > low ? steps * 3 / 4 : steps / 8;
      long looks = packing.steps();
      boolean packed = packing.run(end, looksLeft / 2, stop);
      looksLeft -= packing.steps() - looks;
      if (packed || squeeze.run(end, Math.min(share, steps - squeeze.steps()), stop)) {
        high = end(board, units);
      } else {
        low = end + 1;
      }
      cut |= stop.getAsBoolean();
    }
    return squeeze.steps();
  }

  private static int end(Board board, int[] units) {
    int end = 0;
    for (int u : units) {
      end = Math.max(end, board.placed(u) ? board.end(u) : 0);
    }
    return end;
  }

  /** The begin of the window in which the last of the units ends; 0 if one has no place. */
  private int lastWindow(Board board, int[] units) {
    int end = 0;
    int begin = 0;
    for (int u : units) {
      if (!board.placed(u)) {
        return 0;
      }
      if (board.end(u) > end) {
        end = board.end(u);
        begin = board.window(u);
      }
    }
    return begin;
  }

  private Comparator<Integer> shaken(SplitMix random) {
    double[] key = new double[problem.units().size()];
    for (int u = 0; u < key.length; u++) {
      key[u] = -priorities.longest[u] * (0.2 + 1.6 * random.unit());
    }
    return Comparator.<Integer>comparingDouble(u -> key[u]).thenComparing(u -> u);
  }

  static int[] unitsOf(Problem problem, int stage) {
    var units = new ArrayList<Integer>();
    for (int u = 0; u < problem.units().size(); u++) {
      Unit unit = problem.units().get(u);
      if (unit.stage() == stage && unit.jobs().length > 0) {
        units.add(u);
      }
    }
    return units.stream().mapToInt(Integer::intValue).toArray();
  }
}
