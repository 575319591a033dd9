// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Problem;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The loop that ships, under every fault that the log and the processes know. */
class LoopSimulationTest {
  private static final String REPRO = "mvn -pl lab -am test -Dtest=LoopSimulationTest";
  private static final Actor ADA = Actor.person("ada");

  /** What the toy's hands did to the world, and what was asked for. */
  private static final class World {
    final Set<String> done = new TreeSet<>();
    final TreeMap<String, Set<String>> asked = new TreeMap<>();
    final Set<String> busy = new HashSet<>();
    boolean overlap;
  }

  private static Simulation simulate(long seed, int processes, Faults faults) {
    var world = new World();
    var sim = new Simulation(seed, processes, 4, faults);
    SimHand<Toy.Effect, Toy.Observed> plain =
        SimHand.of(order -> {
          String job = ((Toy.Effect.EnsureDone) order.effect()).job();
          if (sim.random().nextInt(4) == 0) {
            return new Outcome.Failed<>(
                new Problem(Problem.Kind.TRANSIENT, "busy", "It is busy.", "Wait."));
          }
          world.done.add(order.key() + " " + job);
          return new Outcome.Done<>(new Toy.Observed.SeenDone("well"));
        });
    sim.brain(
        new Toy().spec(_ -> new Outcome.Stopped<>(), List.of()),
        (order, process, ended) -> {
          String job = ((Toy.Effect.EnsureDone) order.effect()).job();
          int colon = job.indexOf(':');
          String lane =
              process.instance()
                  + " "
                  + order.key()
                  + " "
                  + (colon < 0 ? job : job.substring(0, colon));
          world.overlap |= !world.busy.add(lane);
          plain.begin(
              order,
              process,
              outcome -> {
                world.busy.remove(lane);
                ended.accept(outcome);
              });
        });
    sim.invariant("one effect at a time in a lane of a process", () -> !world.overlap);
    var luck = sim.random();
    for (int i = 0; i < 60; i++) {
      String key = "vc/" + luck.nextInt(8);
      String job = (luck.nextBoolean() ? "lane:" : "") + luck.nextInt(12);
      boolean stop = luck.nextInt(6) == 0;
      sim.after(
          Duration.ofMillis(luck.nextInt(120_000)),
          () -> {
            if (!stop) {
              world.asked.computeIfAbsent(key, _ -> new TreeSet<>()).add(job);
            }
            sim.tell(Brain.MIGRATION, key, stop ? Toy.stop(job) : Toy.begin(job), ADA);
          });
    }
    sim.run(Duration.ofMinutes(5));
    sim.settle(Duration.ofHours(6));
    assertThat(sim.running(Brain.MIGRATION)).isZero();
    world.asked.forEach((key, jobs) -> {
      var state = sim.state(Brain.MIGRATION, key, Toy.State.class);
      assertThat(state.jobs()).as("open jobs of " + key).isEmpty();
      for (String job : jobs) {
        assertThat(state.history()).contains("begin " + job);
        if (state.history().contains("done " + job)) {
          assertThat(world.done).contains(key + " " + job);
        }
      }
    });
    return sim;
  }

  @Test
  void withoutFaultsEveryJobIsDone() {
    simulate(1, 2, Faults.NONE);
  }

  @Test
  void noFaultLosesOrRepeatsAnything() {
    Simulation.seeds(
        150, REPRO, seed -> simulate(seed, 1 + (int) (seed % 3), Faults.swarm(new Random(seed))));
  }

  @Test
  void theSameSeedGivesTheSameHistory() {
    var faults = Faults.swarm(new Random(7));
    assertThat(simulate(7, 3, faults).hash()).isEqualTo(simulate(7, 3, faults).hash());
  }
}
