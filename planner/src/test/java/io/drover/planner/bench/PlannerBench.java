// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.bench;

import io.drover.planner.check.Checker;
import io.drover.planner.check.EstateChecker;
import io.drover.planner.estate.Estate;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Options;
import java.util.List;
import java.util.Locale;

/**
 * Plans synthetic estates: time, memory, makespan, bound, gap. Arguments: sizes, each with a seed
 * if wanted, as in {@code 3000:2}. Prints Markdown.
 */
public final class PlannerBench {
  private PlannerBench() {}

  public static void main(String[] args) {
    System.out.println(
        "| machines | planned + left | units | waves | s | CPU s | peak heap MiB | makespan d |"
            + " bound d | gap | violations | bound by |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
    boolean published = List.of(args).contains("published");
    for (String size : args) {
      if (size.equals("published")) {
        continue;
      }
      String[] parts = size.split(":", -1);
      run(Integer.parseInt(parts[0]), parts.length > 1 ? Long.parseLong(parts[1]) : 1, published);
    }
  }

  private static void run(int size, long seed, boolean published) {
    Estate estate = SyntheticEstate.of(size, seed);
    long begun = System.nanoTime();
    long cpu = java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    Programme p =
        Planning.of(estate, published ? Options.DEFAULT : SyntheticEstate.MEASURED, () -> false);
    double seconds = (System.nanoTime() - begun) / 1e9;
    double cpuSeconds =
        (java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu)
            / 1e9;
    long peak = peak();
    int wrong =
        Checker.check(p.problem(), p.solved().schedule()).size()
            + Checker.bound(p.problem(), p.solved()).size()
            + EstateChecker.check(p).size();
    System.out.printf(
        Locale.ROOT,
        "| %s | %d + %d | %d | %d | %.1f | %.1f | %d | %.2f | %.2f | %.2f %% | %d | %s |%n",
        seed == 1 ? "" + size : size + ", seed " + seed,
        p.machines().size(),
        p.left().size(),
        p.problem().units().size(),
        p.waves().size(),
        seconds,
        cpuSeconds,
        peak,
        p.solved().makespan() / 86400.0,
        p.solved().bound().seconds() / 86400.0,
        100 * p.solved().gap(),
        wrong,
        p.solved().bound().because());
  }

  /** Highest heap use of the process so far, MiB. */
  static long peak() {
    return java.lang.management.ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == java.lang.management.MemoryType.HEAP)
            .mapToLong(pool -> pool.getPeakUsage().getUsed())
            .sum()
        >> 20;
  }
}
