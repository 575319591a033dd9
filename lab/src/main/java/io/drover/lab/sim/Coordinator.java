// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import io.drover.lab.sim.Simulation.Process;
import java.time.Duration;
import java.util.List;

/**
 * The consumer group of the simulation, and the unrest in it: who owns what, who dies, who pauses.
 */
final class Coordinator {
  private final Simulation sim;
  private int season;

  Coordinator(Simulation sim) {
    this.sim = sim;
  }

  void assignAll(SimBrain<?, ?, ?, ?, ?> brain) {
    for (int partition = 0; partition < sim.partitions(); partition++) {
      brain.assign(partition, sim.processes().get(partition % sim.processes().size()));
    }
  }

  /** Faults by the clock begin. */
  void unrest() {
    int mine = ++season;
    again(mine, sim.faults().crashEvery(), this::crashOne);
    again(mine, sim.faults().pauseEvery(), this::pauseOne);
    again(mine, sim.faults().moveEvery(), this::moveOne);
  }

  /** They end; what died comes back. */
  void peace() {
    season++;
  }

  private void again(int mine, Duration mean, Runnable what) {
    if (!mean.isZero()) {
      sim.after(
          sim.span(mean.toMillis() * 4),
          () -> {
            if (season == mine) {
              what.run();
              again(mine, mean, what);
            }
          });
    }
  }

  private void crashOne() {
    List<Process> living = sim.processes().stream().filter(Process::alive).toList();
    if (!living.isEmpty()) {
      crash(living.get(sim.random().nextInt(living.size())));
    }
  }

  /** Dies now; the group notices after the session; it comes back sooner or later. */
  void crash(Process process) {
    process.die();
    sim.brains().forEach(brain -> brain.died(process));
    sim.after(Duration.ofSeconds(6), () -> lost(process));
    sim.after(
        Duration.ofSeconds(1).plus(sim.span(60_000)),
        () -> {
          process.live();
          sim.brains().forEach(this::orphans);
        });
  }

  private void pauseOne() {
    List<Process> living = sim.processes().stream().filter(p -> p.alive() && !p.paused()).toList();
    if (!living.isEmpty()) {
      Process process = living.get(sim.random().nextInt(living.size()));
      Duration time = Duration.ofSeconds(1).plus(sim.span(120_000));
      sim.trace("pause " + process.instance() + " " + time);
      process.pause(time);
      if (time.compareTo(Duration.ofSeconds(6)) > 0) {
        String instance = process.instance();
        sim.after(
            Duration.ofSeconds(6),
            () -> {
              if (process.instance().equals(instance)) {
                lost(process);
              }
            });
        // Once awake it hears from the group that it lost them, but not at once.
        process.after(
            Duration.ofMillis(5), () -> sim.brains().forEach(brain -> brain.wake(process)));
      }
    }
  }

  private void moveOne() {
    sim.brains()
        .forEach(brain -> {
          int partition = sim.random().nextInt(sim.partitions());
          Process to = other(null);
          if (to != null) {
            brain.move(partition, to);
          }
        });
  }

  /** What a silent process owned goes to others. */
  private void lost(Process process) {
    sim.brains()
        .forEach(brain -> {
          for (int partition : brain.ownedBy(process)) {
            Process to = other(process);
            if (to == null) {
              brain.orphan(partition);
            } else {
              brain.assign(partition, to);
            }
          }
        });
  }

  void orphans(SimBrain<?, ?, ?, ?, ?> brain) {
    for (int partition : brain.orphans()) {
      Process to = other(null);
      if (to != null) {
        brain.assign(partition, to);
      }
    }
  }

  private @org.jspecify.annotations.Nullable Process other(
      @org.jspecify.annotations.Nullable Process than) {
    List<Process> able =
        sim.processes().stream().filter(p -> p != than && p.alive() && !p.paused()).toList();
    return able.isEmpty() ? null : able.get(sim.random().nextInt(able.size()));
  }
}
