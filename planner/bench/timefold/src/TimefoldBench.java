// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import ai.timefold.solver.core.api.domain.entity.PlanningEntity;
import ai.timefold.solver.core.api.domain.solution.PlanningEntityCollectionProperty;
import ai.timefold.solver.core.api.domain.solution.PlanningScore;
import ai.timefold.solver.core.api.domain.solution.PlanningSolution;
import ai.timefold.solver.core.api.domain.solution.ProblemFactCollectionProperty;
import ai.timefold.solver.core.api.domain.valuerange.ValueRangeProvider;
import ai.timefold.solver.core.api.domain.variable.PlanningListVariable;
import ai.timefold.solver.core.api.score.HardSoftScore;
import ai.timefold.solver.core.api.score.calculator.EasyScoreCalculator;
import ai.timefold.solver.core.api.solver.SolverFactory;
import ai.timefold.solver.core.config.solver.SolverConfig;
import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.check.Checker;
import io.drover.planner.check.Instances;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Timefold's local search beside ours, on the same instances, in the same time (never less than
 * five seconds, so that its start does not count). It searches the order of copies and units; the
 * placing of each is ours, because its own incremental scores know no resources over time.
 */
public final class TimefoldBench {
  private TimefoldBench() {}

  /** A copy of a job, or a unit. */
  public static final class Turn {
    final int unit;
    final int copy;

    Turn(int unit, int copy) {
      this.unit = unit;
      this.copy = copy;
    }
  }

  /** The order that Timefold changes. */
  @PlanningEntity
  public static final class Order {
    @PlanningListVariable public List<Turn> turns = new ArrayList<>();
  }

  /** An order of everything, and what it is worth. */
  @PlanningSolution
  public static final class Plan {
    @ProblemFactCollectionProperty @ValueRangeProvider public List<Turn> turns = new ArrayList<>();
    @PlanningEntityCollectionProperty public List<Order> orders = new ArrayList<>();
    @PlanningScore public HardSoftScore score;
  }

  /** One instance at a time, on one thread. */
  private static Problem problem;

  private static Board board;

  /** Places everything in the order: not placed, then the end and a little the mean of all ends. */
  public static final class Score implements EasyScoreCalculator<Plan, HardSoftScore> {
    @Override
    public HardSoftScore calculateScore(Plan plan) {
      return decode(plan.orders.getFirst().turns, plan.turns.size());
    }
  }

  private static HardSoftScore decode(List<Turn> turns, int all) {
    for (int u = 0; u < problem.units().size(); u++) {
      board.remove(u);
    }
    var stages = new ArrayList<List<Integer>>();
    for (int s = 0; s < problem.stages(); s++) {
      stages.add(new ArrayList<>());
    }
    // A unit whose stage has not begun waits; its copies do not.
    var byUnit = new int[problem.units().size()];
    int at = 0;
    for (Turn turn : turns) {
      if (turn.unit >= 0) {
        stages.get(problem.units().get(turn.unit).stage()).add(turn.unit);
        byUnit[turn.unit] = at;
      }
      at++;
    }
    var copies = turns.stream().filter(t -> t.copy >= 0).toList();
    var place = new java.util.HashMap<Turn, Integer>();
    for (int i = 0; i < turns.size(); i++) {
      place.put(turns.get(i), i);
    }
    int lost = all - turns.size();
    int end = 0;
    int copied = 0;
    int seen = 0;
    long sum = 0;
    int count = 0;
    for (int s = 0; s < stages.size(); s++) {
      board.open(s, end);
      var units = stages.get(s);
      Orders.predecessorsFirst(problem, units);
      for (int u : units) {
        seen = Math.max(seen, byUnit[u]);
        for (; copied < copies.size() && place.get(copies.get(copied)) <= seen; copied++) {
          board.copyFirstOf(copies.get(copied).copy);
        }
        if (board.place(u)) {
          end = Math.max(end, board.end(u));
          sum += board.end(u);
        } else {
          lost++;
        }
        count++;
      }
    }
    return HardSoftScore.of(-lost, -(20L * end + sum / Math.max(1, count)));
  }

  private static Schedule timefold(Problem of, long millis) {
    problem = of;
    board = new Board(of);
    var plan = new Plan();
    var order = new Order();
    for (int u = 0; u < of.units().size(); u++) {
      if (of.units().get(u).jobs().length > 0) {
        plan.turns.add(new Turn(u, -1));
      }
    }
    for (int j = 0; j < of.jobs().size(); j++) {
      if (of.jobs().get(j).ahead() != null) {
        plan.turns.add(new Turn(-1, j));
      }
    }
    plan.orders.add(order);
    if (plan.turns.size() > 100) {
      // Its own construction tries every place of the list for each; it gets our order instead.
      int[] units = plan.turns.stream().filter(t -> t.unit >= 0).mapToInt(t -> t.unit).toArray();
      Latest latest = Latest.of(of, units, Bound.of(of).seconds());
      order.turns.addAll(plan.turns);
      order.turns.sort(
          java.util.Comparator.<Turn>comparingInt(t ->
              t.unit >= 0 ? latest.start[t.unit] : latest.copies[of.jobs().get(t.copy).unit()]));
    }
    var config =
        new SolverConfig()
            .withSolutionClass(Plan.class)
            .withEntityClasses(Order.class)
            .withEasyScoreCalculatorClass(Score.class)
            .withRandomSeed(1L)
            .withTerminationSpentLimit(Duration.ofMillis(millis));
    Plan best = SolverFactory.<Plan>create(config).buildSolver().solve(plan);
    decode(best.orders.getFirst().turns, best.turns.size());
    return board.schedule();
  }

  public static void main(String[] args) {
    var instances = new TreeMap<String, List<Problem>>();
    for (long seed = 1; seed <= 10; seed++) {
      instances
          .computeIfAbsent("a: 12 jobs", k -> new ArrayList<>())
          .add(Instances.random(seed, 12, 60, seed % 2 == 0));
      if (seed <= 5) {
        instances
            .computeIfAbsent("b: 60 jobs", k -> new ArrayList<>())
            .add(Instances.random(seed, 60, 60, seed % 2 == 0));
        instances
            .computeIfAbsent("c: 200 pieces", k -> new ArrayList<>())
            .add(Instances.cut(seed * 7919L + 200, 200, 4, 8, 0).problem());
        instances
            .computeIfAbsent("d: 400 pieces, 8 windows", k -> new ArrayList<>())
            .add(Instances.cut(seed * 7919L + 400, 400, 4, 8, 8).problem());
      }
    }
    for (int size : new int[] {1000, 3000}) {
      instances.put(
          "estate of " + size,
          List.of(
              Planning.of(
                      SyntheticEstate.of(size, 1),
                      new Options(1, 1, 150, true, Options.DEFAULT.rates()),
                      () -> false)
                  .problem()));
    }
    System.out.println(
        "| instances | n | Timefold over ours: mean | ours shorter | equal | Timefold shorter |"
            + " our s | its s | violations |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    instances.forEach(TimefoldBench::compare);
  }

  private static void compare(String name, List<Problem> problems) {
    double ratio = 0;
    double ours = 0;
    double theirs = 0;
    int[] won = new int[3];
    int wrong = 0;
    for (Problem one : problems) {
      long begun = System.nanoTime();
      var solved = Solver.solve(one, Solver.Settings.of(1, one), () -> false);
      double seconds = (System.nanoTime() - begun) / 1e9;
      ours += seconds;
      begun = System.nanoTime();
      Schedule other = timefold(one, (long) (1000 * Math.max(5, seconds)));
      theirs += (System.nanoTime() - begun) / 1e9;
      wrong += Checker.check(one, solved.schedule()).size() + Checker.check(one, other).size();
      wrong += other.unscheduled();
      int makespan = other.makespan(one);
      ratio += (double) makespan / solved.makespan();
      won[Integer.signum(solved.makespan() - makespan) + 1]++;
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.3f | %d | %d | %d | %.1f | %.1f | %d |%n",
        name,
        problems.size(),
        ratio / problems.size(),
        won[0],
        won[1],
        won[2],
        ours,
        theirs,
        wrong);
  }
}
