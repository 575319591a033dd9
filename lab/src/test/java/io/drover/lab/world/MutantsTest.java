// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionEffect;
import io.drover.engine.Decider;
import io.drover.engine.Decision;
import io.drover.engine.Hand;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Timer;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationState;
import io.drover.executor.SourceVm;
import io.drover.executor.TargetVm;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Step;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests the checkers: with each of these defects put in, the simulation must fail within a bounded
 * number of seeds. A defect that none of them finds would be one that the invariants do not see. It
 * takes minutes: {@code -Dsim.mutants=yes} runs it.
 */
@EnabledIfSystemProperty(
    named = "sim.mutants",
    matches = "yes",
    disabledReason = "tests the checkers, for minutes; -Dsim.mutants=yes")
class MutantsTest {
  private static final int SEEDS = Integer.getInteger("sim.mutant.seeds", 40);

  /** A defect by name. */
  private record Mutant(String name, JourneyWorld.Parts parts) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Mutant> mutants() {
    return Stream.of(
        new Mutant("a stop is trusted, not observed", new StopIsTrusted()),
        new Mutant("the source comes back before the target is stopped", new SourceFirst()),
        new Mutant("no lock and no fence", new NoFence()),
        new Mutant("nobody looks whether the source was touched", new NobodyLooks()),
        new Mutant("a stale seal is followed by a delta", new DeltaOnSealed()),
        new Mutant("nothing is swept", new NoSweep()),
        new Mutant("copies are said to be removed, and are not", new CopiesStay()),
        new Mutant("the source is not powered on again", new StaysOff()),
        new Mutant("the source keeps its mark", new MarkStays()),
        new Mutant("an outcome counts for whatever is under way", new NoDedup()),
        new Mutant("no timer rings", new NoTimers()),
        new Mutant("the target starts before it is sealed", new SealIsTrusted()));
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void is_killed(Mutant mutant) {
    String killed = null;
    for (int seed = 1; seed <= SEEDS && killed == null; seed++) {
      try {
        new Herd(seed, mutant.parts()).travel();
      } catch (RuntimeException | AssertionError e) {
        killed =
            "seed " + seed + ": " + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      }
    }
    System.out.println("mutant '" + mutant + "': " + (killed == null ? "SURVIVED" : killed));
    assertThat(killed).as("nobody noticed within %d seeds: %s", SEEDS, mutant).isNotNull();
  }

  /** A hand that does one effect otherwise. */
  private abstract static class OtherHand implements JourneyWorld.Parts {
    /** What is done instead; null = as shipped. */
    abstract @Nullable Evidence instead(
        Order<MigrationEffect> order, SourceVm source, TargetVm target);

    @Override
    public Hand<MigrationEffect, Evidence> hand(
        Hand<MigrationEffect, Evidence> shipped, SourceVm source, TargetVm target) {
      return order -> {
        try {
          Evidence evidence = instead(order, source, target);
          return evidence == null ? shipped.ensure(order) : new Outcome.Done<>(evidence);
        } catch (io.drover.executor.Trouble trouble) {
          return new Outcome.Failed<>(trouble.problem());
        }
      };
    }

    static Evidence undone(Step step) {
      return new Evidence.Undone(step, "a mutant says so");
    }
  }

  private static final class StopIsTrusted extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      if (order.effect() instanceof MigrationEffect.EnsureTargetStopped e) {
        String uid = target.look(e.spec()).uid();
        if (uid != null) {
          target.stop(e.spec(), uid, order.token(), order.id());
        }
        return undone(Step.START_TARGET);
      }
      // What was told to stop is taken for gone here, too.
      return order.effect() instanceof MigrationEffect.EnsureTargetDeleted
          ? undone(Step.DEFINE_TARGET)
          : null;
    }
  }

  private static final class SourceFirst extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      if (order.effect() instanceof MigrationEffect.EnsureTargetStopped e) {
        MigrationSpec spec = e.spec();
        SourceVm.Sight seen = source.look(spec.vm());
        if (seen.template()) {
          source.unlock(spec.vm(), spec.source().placement().resourcePool(), null);
        }
        source.unfence(
            spec.vm(), source.look(spec.vm()).changeVersion(), Map.of(4000, true), Map.of());
        if (source.look(spec.vm()).power() != io.drover.schemas.Inventory.Power.ON) {
          source.powerOn(spec.vm());
        }
      }
      return null;
    }
  }

  private static final class NoFence extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      return switch (order.effect()) {
        case MigrationEffect.EnsureSourceFenced e ->
            new Evidence.SourceFenced("v1", Map.of(4000, true), false, null);
        case MigrationEffect.EnsureTargetSnapshotted e ->
            e.spec().target().compatibility()
                ? new Evidence.TargetSnapshotted(Map.of(), null)
                : null;
        case MigrationEffect.EnsureSourceLocked e ->
            new Evidence.SourceLocked("resgroup-1", null, "v1");
        default -> null;
      };
    }
  }

  private static final class NobodyLooks extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      if (order.effect() instanceof MigrationEffect.EnsureTargetSnapshotted e
          && e.spec().target().compatibility()) {
        return new Evidence.TargetSnapshotted(Map.of(), null);
      }
      if (order.effect() instanceof MigrationEffect.EnsureSourceLocked e) {
        var vm = e.spec().vm();
        SourceVm.Sight seen = source.look(vm);
        if (seen.power() == io.drover.schemas.Inventory.Power.ON) {
          source.powerOff(vm);
        }
        if (!seen.template()) {
          source.lock(vm);
        }
        return new Evidence.SourceLocked("resgroup-1", null, "v1");
      }
      return null;
    }
  }

  private static final class SealIsTrusted extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      return null;
    }

    @Override
    public Hand<ConversionEffect, CopyEvidence> copies(
        Hand<ConversionEffect, CopyEvidence> shipped) {
      return order ->
          order.effect() instanceof ConversionEffect.EnsureDiskTransferred e
                  && e.order().round() == io.drover.schemas.ConversionMessage.Round.FINAL
                  && e.order().transfer() == io.drover.schemas.Transfer.VDDK
              ? new Outcome.Done<>(
                  new CopyEvidence.DiskTransferred(
                      "said", 0, 0, null, null, Instant.EPOCH, Instant.EPOCH))
              : shipped.ensure(order);
    }
  }

  private static final class DeltaOnSealed extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      return null;
    }

    @Override
    public Hand<ConversionEffect, CopyEvidence> copies(
        Hand<ConversionEffect, CopyEvidence> shipped) {
      // A volume that was sealed is said to hold whatever it is asked to.
      return order ->
          order.effect() instanceof ConversionEffect.EnsureDiskTransferred e
                  && e.order().since().containsValue("")
              ? new Outcome.Done<>(
                  new CopyEvidence.DiskTransferred(
                      "said", 0, 0, null, null, Instant.EPOCH, Instant.EPOCH))
              : shipped.ensure(order);
    }
  }

  private static final class NoSweep extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      return switch (order.effect()) {
        case MigrationEffect.EnsureSwept e -> undone(Step.PREFLIGHT);
        case MigrationEffect.EnsureSnapshotsDeleted e -> undone(Step.SNAPSHOT_TARGET);
        default -> null;
      };
    }
  }

  private static final class CopiesStay extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      return null;
    }

    @Override
    public Hand<ConversionEffect, CopyEvidence> copies(
        Hand<ConversionEffect, CopyEvidence> shipped) {
      return order ->
          order.effect() instanceof ConversionEffect.EnsureCopiesRemoved
              ? new Outcome.Done<>(new CopyEvidence.Removed())
              : shipped.ensure(order);
    }
  }

  private static final class StaysOff extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      return order.effect() instanceof MigrationEffect.EnsureSourcePowered
          ? undone(Step.QUIESCE)
          : null;
    }
  }

  private static final class MarkStays extends OtherHand {
    @Override
    @Nullable Evidence instead(Order<MigrationEffect> order, SourceVm source, TargetVm target) {
      return order.effect() instanceof MigrationEffect.EnsureSourceReleased
          ? undone(Step.GATE)
          : null;
    }
  }

  /** A brain that is the shipped one but for what a mutant changes. */
  private abstract static class OtherBrain implements JourneyWorld.Parts {
    List<Timer> timers(List<Timer> shipped) {
      return shipped;
    }

    Input<MigrationMessage, Evidence> input(
        Input<MigrationMessage, Evidence> shipped, List<Intent<MigrationEffect>> running) {
      return shipped;
    }

    @Override
    public Decider<MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect>
        decider(
            Decider<MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect>
                shipped) {
      return new Decider<>() {
        @Override
        public MigrationState initial(String key) {
          return shipped.initial(key);
        }

        @Override
        public Decision<MigrationFact> decide(
            MigrationState state, Input<MigrationMessage, Evidence> input, Instant at) {
          return shipped.decide(state, input(input, shipped.resume(state)), at);
        }

        @Override
        public MigrationState evolve(MigrationState state, MigrationFact fact) {
          return shipped.evolve(state, fact);
        }

        @Override
        public List<Intent<MigrationEffect>> resume(MigrationState state) {
          return shipped.resume(state);
        }

        @Override
        public List<Timer> timers(MigrationState state) {
          return OtherBrain.this.timers(shipped.timers(state));
        }
      };
    }
  }

  private static final class NoTimers extends OtherBrain {
    @Override
    List<Timer> timers(List<Timer> shipped) {
      return List.of();
    }
  }

  private static final class NoDedup extends OtherBrain {
    @Override
    Input<MigrationMessage, Evidence> input(
        Input<MigrationMessage, Evidence> shipped, List<Intent<MigrationEffect>> running) {
      return shipped instanceof Input.Seen<MigrationMessage, Evidence> seen && !running.isEmpty()
          ? new Input.Seen<>(running.getFirst().id(), seen.outcome())
          : shipped;
    }
  }
}
