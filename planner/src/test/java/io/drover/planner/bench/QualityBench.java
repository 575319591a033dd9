// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.bench;

import io.drover.planner.check.Checker;
import io.drover.planner.check.CpSat;
import io.drover.planner.check.EstateChecker;
import io.drover.planner.check.Exhaustive;
import io.drover.planner.check.Instances;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Solver;
import io.drover.planner.schedule.SplitMix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** How good plans are: known optima, a second solver, what is done without a planner. */
public final class QualityBench {
  /** Courses of events in which windows are missed. */
  private static final int DRAWS = 20;

  /** Percent of each window that the planner keeps free, beside 0. */
  private static final int[] RESERVES = {5, 10, 20};

  private QualityBench() {}

  public static void main(String[] args) {
    switch (args[0]) {
      case "known" -> known();
      case "second" -> second(Integer.parseInt(args[1]), Double.parseDouble(args[2]));
      case "exhaustive" -> exhaustive(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      case "baselines" -> {
        for (int i = 1; i < args.length; i++) {
          baselines(Integer.parseInt(args[i]));
        }
      }
      default -> throw new IllegalArgumentException("known, second, exhaustive or baselines");
    }
  }

  private static void known() {
    var byShape = new TreeMap<String, List<Double>>();
    int wrong = 0;
    var all = Instances.known();
    for (var known : all) {
      var solved =
          Solver.solve(known.problem(), Solver.Settings.of(1, known.problem()), () -> false);
      wrong += Checker.check(known.problem(), solved.schedule()).size();
      wrong += solved.bound().seconds() > known.optimum() ? 1 : 0;
      byShape
          .computeIfAbsent(known.name(), n -> new ArrayList<>())
          .add((double) solved.makespan() / known.optimum() - 1);
    }
    System.out.println(
        "| cut from a full schedule | instances | distance to the optimum: mean | worst |\n"
            + "|---|---|---|---|");
    byShape.forEach((name, list) ->
        System.out.printf(
            Locale.ROOT,
            "| %s | %d | %.2f %% | %.2f %% |%n",
            name,
            list.size(),
            100 * list.stream().mapToDouble(d -> d).average().orElse(0),
            100 * list.stream().mapToDouble(d -> d).max().orElse(0)));
    System.out.println(
        "\n" + all.size() + " instances, " + wrong + " violations found by the checker");
  }

  private static void exhaustive(int atoms, int problems) {
    int optimal = 0;
    int tight = 0;
    int wrong = 0;
    double worst = 0;
    double ours = 0;
    double theirs = 0;
    for (long seed = 1; seed <= problems; seed++) {
      Problem problem = Instances.atoms(seed, atoms, 6, seed % 2 == 0);
      long begun = System.nanoTime();
      var solved = Solver.solve(problem, Solver.Settings.of(1, problem), () -> false);
      ours += (System.nanoTime() - begun) / 1e9;
      begun = System.nanoTime();
      int best = Math.min(solved.makespan(), Exhaustive.best(problem, solved.makespan()));
      theirs += (System.nanoTime() - begun) / 1e9;
      wrong += Checker.check(problem, solved.schedule()).size();
      wrong += solved.bound().seconds() > best ? 1 : 0;
      optimal += solved.makespan() == best ? 1 : 0;
      tight += solved.bound().seconds() == best ? 1 : 0;
      worst = Math.max(worst, (double) solved.makespan() / best - 1);
    }
    System.out.printf(
        Locale.ROOT,
        "| %d | %d | %d | %.2f %% | %d | %d | %.1f | %.1f |%n",
        atoms,
        problems,
        optimal,
        100 * worst,
        tight,
        wrong,
        ours,
        theirs);
  }

  private static void second(int jobs, double seconds) {
    int optimal = 0;
    int proven = 0;
    double worst = 0;
    double theirs = 0;
    double ours = 0;
    int better = 0;
    int n = 30;
    for (long seed = 1; seed <= n; seed++) {
      Problem problem = Instances.random(seed, jobs, 60, seed % 2 == 0);
      long begun = System.nanoTime();
      var solved = Solver.solve(problem, Solver.Settings.of(1, problem), () -> false);
      ours += (System.nanoTime() - begun) / 1e9;
      var cp = CpSat.solve(problem, 2 * solved.makespan(), seconds);
      theirs += cp.seconds();
      proven += cp.optimal() ? 1 : 0;
      if (cp.makespan() > 0) {
        optimal += solved.makespan() <= cp.makespan() ? 1 : 0;
        better += solved.makespan() < cp.makespan() ? 1 : 0;
        worst = Math.max(worst, (double) solved.makespan() / cp.makespan() - 1);
      } else {
        better++;
        optimal++;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "| %d | %d | %d | %d | %d | %.2f %% | %.1f | %.1f |%n",
        jobs,
        n,
        proven,
        optimal,
        better,
        100 * worst,
        ours,
        theirs);
  }

  private static void baselines(int size) {
    var estate = SyntheticEstate.of(size, 1);
    Programme p = Planning.of(estate, SyntheticEstate.MEASURED, () -> false);
    int wrong =
        Checker.check(p.problem(), p.solved().schedule()).size()
            + Checker.bound(p.problem(), p.solved()).size()
            + EstateChecker.check(p).size();
    var list = new ArrayList<Integer>();
    for (int j = 0; j < p.machines().size(); j++) {
      list.add(j);
    }
    var longest = new ArrayList<>(list);
    longest.sort(
        Comparator.<Integer>comparingInt(j -> -p.problem().jobs().get(j).cutover().seconds())
            .thenComparing(j -> j));
    var shuffled = new ArrayList<>(list);
    var random = new SplitMix(5);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      java.util.Collections.swap(shuffled, i, random.below(i + 1));
    }
    double missed = missed(p);
    System.out.printf(
        Locale.ROOT,
        "| %d | planner | %.2f | 1.00 | 0 | %.1f | 1.0 | 0 | gap %.1f %%, %d violations |%n",
        size,
        p.solved().makespan() / 86400.0,
        missed,
        100 * p.solved().gap(),
        wrong);
    for (int reserve : RESERVES) {
      reserved(size, reserve, p, missed);
    }
    row(size, "list order", p, list, missed);
    row(size, "random", p, shuffled, missed);
    row(size, "longest first", p, longest, missed);
  }

  /** The planner's own where it keeps a share of each window free. */
  private static void reserved(int size, int reserve, Programme p, double ours) {
    Programme with =
        Planning.of(SyntheticEstate.of(size, 1, reserve), SyntheticEstate.MEASURED, () -> false);
    double missed = missed(with);
    System.out.printf(
        Locale.ROOT,
        "| %d | planner, %d %% of each window kept free | %.2f | %.2f | 0 | %.1f | %.1f | 0 | gap"
            + " %.1f %%, %d violations, %d planned of %d |%n",
        size,
        reserve,
        with.solved().makespan() / 86400.0,
        (double) with.solved().makespan() / p.solved().makespan(),
        missed,
        missed / Math.max(ours, 1.0 / DRAWS),
        100 * with.solved().gap(),
        Checker.check(with.problem(), with.solved().schedule()).size()
            + Checker.bound(with.problem(), with.solved()).size()
            + EstateChecker.check(with).size(),
        with.machines().size(),
        p.machines().size());
  }

  /** Cutovers of the plan that end after their window where durations are drawn, in the mean. */
  private static double missed(Programme p) {
    int[] each = IntStream.range(0, p.machines().size()).toArray();
    double spread = p.options().rates().spread();
    Forecast drawn =
        Forecast.of(
            p.problem(), p.solved().schedule(), each, hosts(p), spread, DRAWS, p.options().seed());
    return Arrays.stream(drawn.missed()).sum();
  }

  /** A number for the host of each machine. */
  private static int[] hosts(Programme p) {
    var names = new HashMap<String, Integer>();
    return p.machines().stream()
        .mapToInt(m -> names.computeIfAbsent(m.vm().placement().host(), h -> names.size()))
        .toArray();
  }

  /** The same luck that {@link Forecast} draws: half of a deviation is the host's. */
  private static double[] luck(Programme p, SplitMix random) {
    int[] hosts = hosts(p);
    double spread = p.options().rates().spread();
    double[] ofHost = new double[Arrays.stream(hosts).max().orElse(0) + 1];
    Arrays.setAll(ofHost, h -> 0.5 * spread * random.normal());
    return Arrays.stream(hosts)
        .mapToDouble(h -> Math.exp(ofHost[h] + 0.866 * spread * random.normal()))
        .toArray();
  }

  private static void row(int size, String name, Programme p, List<Integer> order, double ours) {
    var out = Baselines.run(p.problem(), order);
    var random = new SplitMix(7);
    double missed = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      missed += Baselines.run(p.problem(), order, luck(p, random)).missed();
    }
    missed /= DRAWS;
    System.out.printf(
        Locale.ROOT,
        "| %d | %s | %.2f | %.2f | %d | %.1f | %.1f | %d | |%n",
        size,
        name,
        out.makespan() / 86400.0,
        (double) out.makespan() / p.solved().makespan(),
        out.missed(),
        missed,
        missed / Math.max(ours, 1.0 / DRAWS),
        out.split());
  }
}
