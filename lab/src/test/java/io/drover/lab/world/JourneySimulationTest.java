// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.converter.ConversionDecider;
import io.drover.converter.ConversionEffect;
import io.drover.converter.ConversionState;
import io.drover.engine.ServiceSpec;
import io.drover.engine.StopSignal;
import io.drover.executor.DispatchService;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.MigrationService;
import io.drover.executor.MigrationState;
import io.drover.executor.Patience;
import io.drover.lab.sim.Faults;
import io.drover.lab.sim.SimHand;
import io.drover.lab.sim.Simulation;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.Evidence;
import io.drover.schemas.Fact;
import io.drover.schemas.HoldExit;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Whole journeys of a small herd, by the brains and the loop that ship, in a world that lies, is
 * late and is meddled with: I1, I2, I5, I6, I8, I12, L1, L2.
 */
class JourneySimulationTest {
  private static final Actor ANNA = Actor.person("anna");
  private static final String VCENTER = "vc";
  private static final int HERD = 4;

  @Test
  void a_herd_arrives_or_comes_back_whatever_happens() {
    Simulation.seeds(
        20,
        "mvn -pl lab -am test -Dtest=JourneySimulationTest -Dsurefire.failIfNoSpecifiedTests=false",
        seed -> new Herd(seed).travel());
  }

  /** One seed. */
  private static final class Herd {
    private final Simulation sim;
    private final Random luck;
    private final World world;
    private final ModelSourceVm source;
    private final ModelTargetVm target;
    private final Map<VmKey, MigrationSpec> specs =
        new TreeMap<>(java.util.Comparator.comparing(VmKey::toString));
    private boolean unrest = true;

    Herd(long seed) {
      luck = new Random(seed * 17 + 3);
      sim = new Simulation(seed, 3, 4, Faults.swarm(new Random(seed)));
      world = new World(sim::now, sim::after, sim::trace, new Luck(luck));
      source = new ModelSourceVm(world);
      target = new ModelTargetVm(world);
      var patience = new Impatient();
      ServiceSpec<MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect>
          journeys = MigrationService.spec(source, target, patience);
      sim.brain(journeys, SimHand.of(new MigrationHand(source, target, patience)));
      sim.brain(DispatchService.spec(), SimHand.of(DispatchService.spec().hand()));
      var copies = new ModelCopies(world, source, target);
      sim.brain(
          new ServiceSpec<
              ConversionState, ConversionMessage, CopyEvidence, ConversionFact, ConversionEffect>(
              Brain.CONVERSION,
              new ServiceSpec.Types<>(
                  ConversionState.class,
                  ConversionMessage.class,
                  CopyEvidence.class,
                  ConversionFact.class),
              new ConversionDecider(),
              copies,
              List.of()),
          SimHand.of(copies));
      for (int i = 0; i < HERD; i++) {
        var key = new VmKey(VCENTER, "vm-" + i);
        var vm = Orders.vm(key, "web-" + i, 1 + i % 2, 1 << 20);
        specs.put(key, Orders.spec(vm, "m" + i, "herd", "fast", luck.nextBoolean()));
        var _ = source.add(vm);
      }
      sim.invariant("I1 source and target never both on the network", this::oneAlive);
      sim.invariant("I6 a target runs only what its source wrote last", this::wholeCopies);
    }

    void travel() {
      sim.tell(
          Brain.DISPATCH,
          VCENTER,
          new DispatchMessage.DispatchWave(new WaveId("sim/1"), List.copyOf(specs.values()), 3),
          ANNA);
      specs.keySet().forEach(this::meddle);
      sim.run(Duration.ofMinutes(20));
      unrest = false;
      world.mischief(new Calm(luck));
      target.conversionsFail(false);
      for (int round = 0; round < 40 && !arrived(); round++) {
        sim.run(Duration.ofMinutes(3));
        specs.keySet().forEach(this::decide);
        world.mischief(new Calm(luck));
      }
      sim.run(Duration.ofMinutes(5));
      specs.forEach(this::judge);
    }

    /** People and accidents, at random moments, most often within seconds of a step. */
    private void meddle(VmKey vm) {
      sim.after(
          Duration.ofSeconds(luck.nextInt(90)),
          () -> {
            if (!unrest) {
              return;
            }
            source.write(vm);
            switch (luck.nextInt(40)) {
              case 0 -> say(vm, new MigrationMessage.RollBackMigration(id(vm), "a change of mind"));
              case 1 -> say(vm, new MigrationMessage.PauseMigration(id(vm), "lunch"));
              case 2, 3 -> say(vm, new MigrationMessage.ResumeMigration(id(vm)));
              case 4 -> say(vm, new MigrationMessage.RetryMigration(id(vm)));
              case 5 -> source.powerOnBy(vm, "HA");
              case 6 -> say(vm, new MigrationMessage.CommitMigration(id(vm)));
              case 7 ->
                  sim.tell(Brain.DISPATCH, VCENTER, new DispatchMessage.StopAll("drill"), ANNA);
              case 8, 9 -> sim.tell(Brain.DISPATCH, VCENTER, new DispatchMessage.LiftStop(), ANNA);
              case 10 -> target.conversionsFail(luck.nextBoolean());
              default -> {}
            }
            meddle(vm);
          });
    }

    private void say(VmKey vm, MigrationMessage message) {
      sim.tell(Brain.MIGRATION, vm.toString(), message, ANNA);
    }

    /** A person who wants it to end. */
    private void decide(VmKey vm) {
      sim.tell(Brain.DISPATCH, VCENTER, new DispatchMessage.LiftStop(), ANNA);
      MigrationState state = state(vm);
      switch (state) {
        case MigrationState.Soaking s -> say(vm, new MigrationMessage.CommitMigration(id(vm)));
        case MigrationState.Held s ->
            say(
                vm,
                new MigrationMessage.ResolveHold(
                    id(vm),
                    s.exits().contains(HoldExit.ROLL_BACK) ? HoldExit.ROLL_BACK : HoldExit.RETRY,
                    "looked at it"));
        case MigrationState.Ready s -> say(vm, new MigrationMessage.ResumeMigration(id(vm)));
        case MigrationState.Retrying s -> say(vm, new MigrationMessage.ResumeMigration(id(vm)));
        default -> {}
      }
    }

    private MigrationId id(VmKey vm) {
      return spec(vm).id();
    }

    private MigrationSpec spec(VmKey vm) {
      MigrationSpec spec = specs.get(vm);
      if (spec == null) {
        throw new IllegalStateException("No spec of " + vm);
      }
      return spec;
    }

    private MigrationState state(VmKey vm) {
      return sim.state(Brain.MIGRATION, vm.toString(), MigrationState.class);
    }

    private boolean arrived() {
      return specs.keySet().stream().allMatch(vm -> state(vm) instanceof MigrationState.Over);
    }

    private boolean oneAlive() {
      for (MigrationSpec spec : specs.values()) {
        if (source.vm(spec.vm()).onNetwork()
            && target.machines().stream()
                .anyMatch(m -> m.migration().equals(spec.id().value()) && m.alive())) {
          return false;
        }
      }
      return true;
    }

    private boolean wholeCopies() {
      for (MigrationSpec spec : specs.values()) {
        for (ModelTargetVm.Machine machine : target.machines()) {
          if (machine.migration().equals(spec.id().value()) && machine.running()) {
            for (String claim : machine.claims()) {
              var volume = target.volume(claim);
              if (volume == null || volume.writes() != source.vm(spec.vm()).writes()) {
                return false;
              }
            }
          }
        }
      }
      return true;
    }

    private void judge(VmKey vm, MigrationSpec spec) {
      MigrationState state = state(vm);
      if (!(state instanceof MigrationState.Over over)) {
        throw sim.failure("L1 " + vm + " has not ended but is " + state, null);
      }
      var model = source.vm(vm);
      List<String> left = new ArrayList<>(target.leftovers(spec.id().value()));
      long running =
          target.machines().stream()
              .filter(m -> m.migration().equals(spec.id().value()) && m.running())
              .count();
      if (over.result() == Result.COMMITTED) {
        need(running == 1, "L2 committed, but " + running + " targets of " + vm + " run");
        need(!model.onNetwork() && model.template(), "L2 committed, but the source is free");
        left.removeIf(name -> !name.startsWith("VolumeSnapshot/") && !name.startsWith("Job/"));
      } else {
        need(running == 0, "L2 rolled back, but a target of " + vm + " runs");
        need(model.power() == Power.ON, "L2 rolled back, but the source is " + model.power());
        need(!model.template() && model.nics().containsValue(true), "I7 source not as recorded");
        need(model.marks().isEmpty(), "I12 marks left on the source: " + model.marks());
      }
      need(left.isEmpty(), "I12 left behind of " + vm + ": " + left);
      boolean back = false;
      boolean live = false;
      for (Fact fact : sim.facts(Brain.MIGRATION, vm.toString())) {
        switch (fact) {
          case MigrationFact.MigrationStarted f -> {
            need(!live, "I8 two live journeys of " + vm);
            live = true;
            back = false;
          }
          case MigrationFact.RollbackBegun f -> back = true;
          case MigrationFact.StepBegun f ->
              need(!back || f.step() == Step.COMMIT, "I5 " + f.step() + " after the turn");
          case MigrationFact.CutoverCommitted f -> live = false;
          case MigrationFact.CutoverRolledBack f -> live = false;
          default -> {}
        }
      }
    }

    private void need(boolean holds, String what) {
      if (!holds) {
        throw sim.failure(what, null);
      }
    }

    /** The hand looks once and says what it saw; the brain comes back. */
    private final class Impatient implements Patience {
      @Override
      public Instant now() {
        return sim.now();
      }

      @Override
      public void pause(Duration time, StopSignal stop) {
        stop.check();
      }

      @Override
      public <T> @org.jspecify.annotations.Nullable T until(
          java.util.function.Supplier<@org.jspecify.annotations.Nullable T> look,
          Duration budget,
          StopSignal stop) {
        stop.check();
        return look.get();
      }
    }
  }

  /** Everything can go wrong, in a mix of its own for every seed. */
  private record Luck(Random random, double refused, double lost, double late) implements Mischief {
    Luck(Random random) {
      this(random, random.nextDouble() * 0.1, random.nextDouble() * 0.1, random.nextDouble() * 0.1);
    }

    @Override
    public Fate of(String call) {
      double dice = random.nextDouble();
      if (dice < refused) {
        return Fate.UNAVAILABLE;
      }
      if (dice < refused + lost) {
        return Fate.LOST_ANSWER;
      }
      return dice < refused + lost + late ? Fate.LATE : Fate.LANDS;
    }

    @Override
    public Duration delay(String what) {
      int most = what.startsWith("late-") ? 120 : 15;
      return Duration.ofMillis(random.nextInt(most * 1000));
    }
  }

  /** Things take their time, but nothing goes wrong any more. */
  private record Calm(Random random) implements Mischief {
    @Override
    public Fate of(String call) {
      return Fate.LANDS;
    }

    @Override
    public Duration delay(String what) {
      return Duration.ofMillis(random.nextInt(3000));
    }
  }
}
