// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.converter.ConversionDecider;
import io.drover.converter.ConversionEffect;
import io.drover.converter.ConversionState;
import io.drover.engine.Decider;
import io.drover.engine.Hand;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.executor.DispatchService;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.MigrationService;
import io.drover.executor.MigrationState;
import io.drover.executor.SourceVm;
import io.drover.executor.TargetVm;
import io.drover.lab.sim.Faults;
import io.drover.lab.sim.SimHand;
import io.drover.lab.sim.Simulation;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.EffectId;
import io.drover.schemas.Evidence;
import io.drover.schemas.Fact;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Journeys by the brains and the loop that ship, in a modelled world, with the invariants that are
 * judged on the world after every event, and at the end: I1, I2, I3, I5, I6, I7, I8, I12, I13, L1,
 * L2, L5.
 */
final class JourneyWorld {
  static final Actor ANNA = Actor.person("anna");
  static final String VCENTER = "vc";
  private static final Problem GRACE =
      new Problem(Problem.Kind.UNAVAILABLE, "model-grace", "The guest may go down.", "Wait.");

  final Simulation sim;
  final Random luck;
  final World world;
  final ModelSourceVm source;
  final ModelTargetVm target;
  private @Nullable EffectId unintended;
  final Map<VmKey, MigrationSpec> specs =
      new TreeMap<>(java.util.Comparator.comparing(VmKey::toString));

  /** What stands in the place of what ships: nothing, but in tests of the checkers. */
  interface Parts {
    Parts SHIPPED = new Parts() {};

    default void prepare(JourneyWorld in) {}

    default Decider<MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect>
        decider(
            Decider<MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect>
                shipped) {
      return shipped;
    }

    default Hand<MigrationEffect, Evidence> hand(
        Hand<MigrationEffect, Evidence> shipped, SourceVm source, TargetVm target) {
      return shipped;
    }

    default Hand<ConversionEffect, CopyEvidence> copies(
        Hand<ConversionEffect, CopyEvidence> shipped) {
      return shipped;
    }
  }

  JourneyWorld(
      long seed,
      Collection<MigrationSpec> herd,
      int processes,
      Faults faults,
      java.util.function.Function<Random, Mischief> mischief,
      Parts parts) {
    luck = new Random(seed * 17 + 3);
    sim = new Simulation(seed, processes, 4, faults);
    world = new World(sim::now, sim::after, sim::trace, mischief.apply(luck));
    source = new ModelSourceVm(world);
    target = new ModelTargetVm(world);
    for (MigrationSpec spec : herd) {
      specs.put(spec.vm(), spec);
      var _ = source.add(spec.source());
    }
    parts.prepare(this);
    var patience = new OneLook(sim::now);
    var shipped = MigrationService.spec(source, target, patience);
    var hand = parts.hand(intended(new MigrationHand(source, target, patience)), source, target);
    sim.brain(
        new ServiceSpec<>(
            shipped.brain(), shipped.types(), parts.decider(shipped.decider()), hand, List.of()),
        SimHand.of(hand));
    sim.brain(DispatchService.spec(), SimHand.of(DispatchService.spec().hand()));
    var copies = parts.copies(new ModelCopies(world, source, target));
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
    sim.invariant("I1 source and target never both on the network", this::oneAlive);
    sim.invariant("I3 no effect without its committed intent", () -> unintended == null);
    sim.invariant("I3 no task while one of ours is queued", () -> !source.doubled());
    sim.invariant("I6 a target runs only what its source wrote last", this::wholeCopies);
  }

  /** A hand that notes what it is told to do and nobody committed to. */
  private Hand<MigrationEffect, Evidence> intended(Hand<MigrationEffect, Evidence> hand) {
    return order -> {
      if (!intents(order.key()).contains(order.id().value())) {
        unintended = order.id();
      }
      Outcome<Evidence> outcome = hand.ensure(order);
      // A hand that looks once waits no grace: it comes back instead, until the guest is down.
      return outcome instanceof Outcome.Done<Evidence>
              && order.effect() instanceof MigrationEffect.EnsureSourcePowered e
              && !e.wasOff()
              && source.vm(e.spec().vm()).goingDown()
          ? new Outcome.Failed<>(GRACE)
          : outcome;
    };
  }

  /** Ids of all effects that the journal of a VM has the intent of. */
  private Set<String> intents(String vm) {
    var ids = new HashSet<String>();
    String journey = "";
    for (Fact fact : sim.facts(Brain.MIGRATION, vm)) {
      switch (fact) {
        case MigrationFact.MigrationStarted f -> journey = f.spec().id().value();
        case MigrationFact.StepBegun f ->
            ids.add(journey + "/" + f.step().label() + "/" + f.attempt());
        case MigrationFact.UndoBegun f ->
            ids.add(journey + "/undo-" + f.step().label() + "/" + f.attempt());
        default -> {}
      }
    }
    return ids;
  }

  /** A wave of all of them begins. */
  void start() {
    // As the planner tells it: to each vCenter what is its own.
    specs.values().stream()
        .collect(
            Collectors.groupingBy(spec -> spec.vm().vcenter(), TreeMap::new, Collectors.toList()))
        .forEach((vcenter, mine) ->
            sim.tell(
                Brain.DISPATCH,
                vcenter,
                new DispatchMessage.DispatchWave(new WaveId("sim/1"), mine, 3),
                ANNA));
  }

  void say(VmKey vm, MigrationMessage message) {
    sim.tell(Brain.MIGRATION, vm.toString(), message, ANNA);
  }

  MigrationId id(VmKey vm) {
    return spec(vm).id();
  }

  MigrationSpec spec(VmKey vm) {
    MigrationSpec spec = specs.get(vm);
    if (spec == null) {
      throw new IllegalStateException("No spec of " + vm);
    }
    return spec;
  }

  MigrationState state(VmKey vm) {
    return sim.state(Brain.MIGRATION, vm.toString(), MigrationState.class);
  }

  boolean arrived() {
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
          if (machine.claims().size() != spec.source().disks().size()) {
            return false;
          }
          for (String claim : machine.claims()) {
            var volume = target.storage().volume(claim);
            if (volume == null || volume.writes() != source.vm(spec.vm()).writes()) {
              return false;
            }
          }
        }
      }
    }
    return true;
  }

  /** What must be so once a journey ended; null if it may have been abandoned. */
  void judge(VmKey vm, @Nullable Result expected) {
    MigrationSpec spec = spec(vm);
    MigrationState state = state(vm);
    if (!(state instanceof MigrationState.Over over)) {
      throw sim.failure("L1 " + vm + " has not ended but is " + state, null);
    }
    need(
        expected == null || over.result() == expected,
        vm + " ended " + over.result() + " and not " + expected + ": " + over.reason());
    order(vm);
    if (over.result() == Result.ABANDONED) {
      return; // A person took over, wherever it was.
    }
    var model = source.vm(vm);
    // A request that nobody waits for any more can land behind the last look, which is the end's.
    Instant last = over.at().minusSeconds(10);
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
      Instant tracked = model.trackedAt();
      need(
          model.tracking() == spec.source().changeTracking().enabled()
              || (tracked != null && tracked.isAfter(last)),
          "I7 changed block tracking is not as it was found");
      need(!model.template() && model.nics().containsValue(true), "I7 source not as recorded");
      need(model.marks().isEmpty(), "I12 marks left on the source: " + model.marks());
    }
    left.removeIf(name -> {
      Instant made = target.made(name);
      return made != null && made.isAfter(last);
    });
    need(left.isEmpty(), "I12 left behind of " + vm + ": " + left);
  }

  private void order(VmKey vm) {
    boolean back = false;
    boolean live = false;
    boolean approved = !spec(vm).policy().cutoverApproval();
    boolean sealed = false;
    for (Fact fact : sim.facts(Brain.MIGRATION, vm.toString())) {
      switch (fact) {
        case MigrationFact.MigrationStarted f -> {
          need(!live, "I8 two live journeys of " + vm);
          live = true;
          back = false;
        }
        case MigrationFact.CutoverApproved f -> approved = true;
        case MigrationFact.HoldResolved f -> approved |= f.exit().name().equals("ACCEPT");
        case MigrationFact.RollbackBegun f -> back = true;
        case MigrationFact.SourceTouched f -> {
          need(f.times() <= 3, "L5 to the seal for the " + f.times() + ". time");
          sealed = false;
        }
        case MigrationFact.StepEnded f -> sealed |= f.step() == Step.SEAL;
        case MigrationFact.StepBegun f -> {
          need(!back || f.step() == Step.COMMIT, "I5 " + f.step() + " after the turn");
          need(approved || f.step() != Step.QUIESCE, "I13 cutover without approval");
          need(sealed || f.step() != Step.START_TARGET, "I6 started without a seal");
        }
        case MigrationFact.CutoverCommitted f -> live = false;
        case MigrationFact.CutoverRolledBack f -> live = false;
        case MigrationFact.MigrationAbandoned f -> live = false;
        default -> {}
      }
    }
  }

  /** Whether such a fact is in the journal of a VM. */
  boolean happened(VmKey vm, Class<? extends MigrationFact> kind) {
    return sim.facts(Brain.MIGRATION, vm.toString()).stream().anyMatch(kind::isInstance);
  }

  void need(boolean holds, String what) {
    if (!holds) {
      throw sim.failure(what, null);
    }
  }

  /** Everything can go wrong, in a mix of its own for every seed. */
  record Luck(Random random, double refused, double lost, double late) implements Mischief {
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
      if (dice >= refused + lost + late) {
        return Fate.LANDS;
      }
      // What vCenter compares may come whenever it likes; nothing else would be safe then.
      return call.endsWith("fence") && random.nextBoolean() ? Fate.UNSEEN : Fate.LATE;
    }

    @Override
    public Duration delay(String what) {
      // vCenter passes a request to a guest on, and does not queue it. What is later than the grace
      // that an undo waits is the call of a process that was frozen: it is no task and nothing is
      // compared, so no look can keep it off (see the runbooks).
      int most = what.startsWith("late-") && !what.equals("late-shut-down-guest") ? 120 : 15;
      return Duration.ofMillis(random.nextInt(most * 1000));
    }
  }

  /** Things take their time, but nothing goes wrong any more. */
  record Calm(Random random) implements Mischief {
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
