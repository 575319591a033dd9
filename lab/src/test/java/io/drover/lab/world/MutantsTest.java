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
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.engine.Timer;
import io.drover.executor.MigrationDecider;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationService;
import io.drover.executor.MigrationState;
import io.drover.executor.Patience;
import io.drover.executor.SourceVm;
import io.drover.executor.TargetVm;
import io.drover.executor.Trouble;
import io.drover.runtime.Codec;
import io.drover.runtime.Entry;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.Step;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests the checkers: with each of these defects put in, a named invariant must fail. A defect that
 * none of them finds would be one that the simulation does not see. {@code -Dsim.mutant.seeds=N}
 * tries more seeds than the one that is known to find it.
 */
class MutantsTest {
  private static final int SEEDS = Integer.getInteger("sim.mutant.seeds", 40);
  private static final Pattern INVARIANT = Pattern.compile(": (?:does not hold: )?([IL]\\d+) ");

  /**
   * A defect.
   *
   * @param seed one that finds it: the first to be tried
   * @param in where it shows, if not on the travels of a herd
   */
  private record Mutant(String name, int seed, JourneyWorld.Parts parts, Scenario in) {
    Mutant(String name, int seed, JourneyWorld.Parts parts) {
      this(name, seed, parts, (number, defect) -> new Herd(number, defect).travel());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** What is simulated. */
  @FunctionalInterface
  private interface Scenario {
    void travel(int seed, JourneyWorld.Parts parts);
  }

  static Stream<Mutant> mutants() {
    return Stream.of(
        new Mutant("an effect is sent before its intent is committed", 1, new Hasty()),
        new Mutant("a former owner is not fenced", 4, world(in -> in.sim.log().fencesNobody())),
        new Mutant(
            "a task is issued while one is queued", 1, world(in -> in.source.showsNoTasks())),
        new Mutant(
            "a start makes anew what is gone",
            1,
            world(in -> in.target.startsByApply()),
            (seed, defect) -> new LateCall("start", seed, defect).travel()),
        new Mutant(
            "change versions are not compared",
            1,
            world(in -> in.source.comparesNothing()),
            (seed, defect) -> new LateCall("fence", seed, defect).travel()),
        new Mutant("a stop is trusted, not observed", 1, hand(MutantsTest::stopIsTrusted)),
        new Mutant("the source comes back first", 1, hand(MutantsTest::sourceFirst)),
        new Mutant("no lock and no fence", 1, hand(MutantsTest::noFence)),
        new Mutant(
            "nobody looks whether the source was touched", 18, hand(MutantsTest::nobodyLooks)),
        new Mutant("nothing is swept", 1, hand(MutantsTest::noSweep)),
        new Mutant(
            "the source is not powered on again",
            1,
            undone(MigrationEffect.EnsureSourcePowered.class, Step.QUIESCE)),
        new Mutant(
            "the source keeps its mark",
            1,
            undone(MigrationEffect.EnsureSourceReleased.class, Step.GATE)),
        new Mutant(
            "a stale seal is followed by a delta",
            5,
            // A volume that was sealed is said to hold whatever it is asked to.
            saidToBeTransferred(e -> e.order().since().containsValue(""))),
        new Mutant(
            "the target starts before it is sealed",
            2,
            saidToBeTransferred(
                e -> e.order().round() == Round.FINAL && e.order().transfer() == Transfer.VDDK)),
        new Mutant(
            "copies are said to be removed, and are not",
            1,
            copies(effect ->
                effect instanceof ConversionEffect.EnsureCopiesRemoved
                    ? new CopyEvidence.Removed()
                    : null)),
        new Mutant("changed block tracking stays on", 1, world(in -> in.source.tracksForEver())),
        new Mutant("an outcome counts for whatever is under way", 9, world(MutantsTest::noDedup)),
        new Mutant("no timer rings", 5, new NoTimers()));
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void a_named_invariant_kills(Mutant mutant) {
    String killed =
        IntStream.concat(IntStream.of(mutant.seed()), IntStream.rangeClosed(1, SEEDS))
            .mapToObj(seed -> said(mutant, seed))
            .filter(said -> !said.isEmpty())
            .findFirst()
            .orElse("");

    System.out.println("mutant '" + mutant + "': " + (killed.isEmpty() ? "SURVIVED" : killed));
    assertThat(INVARIANT.matcher(killed).find())
        .as("a named invariant finds within %d seeds: %s, but: %s", SEEDS, mutant, killed)
        .isTrue();
  }

  /** What the checkers say of one seed, nothing if they notice nothing. */
  private static String said(Mutant mutant, int seed) {
    try {
      mutant.in().travel(seed, mutant.parts());
      return "";
    } catch (RuntimeException | AssertionError e) {
      return String.valueOf(e.getMessage()).lines().findFirst().orElse("no words");
    }
  }

  /** A world that does not keep a promise. */
  private static JourneyWorld.Parts world(Consumer<JourneyWorld> defect) {
    return new JourneyWorld.Parts() {
      @Override
      public void prepare(JourneyWorld in) {
        defect.accept(in);
      }
    };
  }

  /** Neither the loop nor the brain asks whose outcome it is. */
  private static void noDedup(JourneyWorld in) {
    var brain = new MigrationDecider();
    var codec = new Codec<>(MigrationService.spec(in.source, in.target, Patience.real()).types());
    in.sim
        .log()
        .misread((topic, entry) -> {
          String key = entry.key();
          byte[] value = entry.value();
          if (!topic.equals(Brain.MIGRATION.inbox()) || key == null || value == null) {
            return entry;
          }
          var running =
              brain.resume(in.sim.state(Brain.MIGRATION, key, MigrationState.class)).stream()
                  .findFirst();
          return running.isPresent()
                  && codec.input(value) instanceof Input.Seen<MigrationMessage, Evidence> seen
              ? new Entry(
                  entry.offset(),
                  entry.at(),
                  key,
                  entry.headers(),
                  codec.write(new Input.Seen<>(running.get().id(), seen.outcome())))
              : entry;
        });
  }

  /** What a defective hand does instead of what ships; null = as shipped. */
  @FunctionalInterface
  private interface Instead {
    @Nullable Evidence of(Order<MigrationEffect> order, SourceVm source, TargetVm target);
  }

  private static JourneyWorld.Parts hand(Instead instead) {
    return new JourneyWorld.Parts() {
      @Override
      public Hand<MigrationEffect, Evidence> hand(
          Hand<MigrationEffect, Evidence> shipped, SourceVm source, TargetVm target) {
        return order -> {
          try {
            Evidence evidence = instead.of(order, source, target);
            return evidence == null ? shipped.ensure(order) : new Outcome.Done<>(evidence);
          } catch (Trouble trouble) {
            return new Outcome.Failed<>(trouble.problem());
          }
        };
      }
    };
  }

  /** An undo that only says that it was done. */
  private static JourneyWorld.Parts undone(Class<? extends MigrationEffect> effect, Step step) {
    return hand((order, source, target) -> effect.isInstance(order.effect()) ? undone(step) : null);
  }

  private static Evidence undone(Step step) {
    return new Evidence.Undone(step, "a mutant says so");
  }

  private static @Nullable Evidence stopIsTrusted(
      Order<MigrationEffect> order, SourceVm source, TargetVm target) {
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

  private static @Nullable Evidence sourceFirst(
      Order<MigrationEffect> order, SourceVm source, TargetVm target) {
    if (order.effect() instanceof MigrationEffect.EnsureTargetStopped e) {
      var vm = e.spec().vm();
      if (source.look(vm).template()) {
        source.unlock(vm, e.spec().source().placement().resourcePool(), null);
      }
      source.unfence(vm, source.look(vm).changeVersion(), Map.of(4000, true), Map.of());
      if (source.look(vm).power() != Power.ON) {
        source.powerOn(vm);
      }
    }
    return null;
  }

  private static @Nullable Evidence noFence(
      Order<MigrationEffect> order, SourceVm source, TargetVm target) {
    return switch (order.effect()) {
      case MigrationEffect.EnsureSourceFenced _ ->
          new Evidence.SourceFenced("v1", Map.of(4000, true), false, null);
      case MigrationEffect.EnsureSourceLocked _ -> locked();
      // The start would see that there is neither.
      case MigrationEffect.EnsureTargetStarted e -> started(e, order.token(), target);
      default -> unsealed(order.effect());
    };
  }

  private static @Nullable Evidence nobodyLooks(
      Order<MigrationEffect> order, SourceVm source, TargetVm target) {
    if (order.effect() instanceof MigrationEffect.EnsureTargetStarted e) {
      return started(e, order.token(), target);
    }
    if (!(order.effect() instanceof MigrationEffect.EnsureSourceLocked e)) {
      return unsealed(order.effect());
    }
    SourceVm.Sight seen = source.look(e.spec().vm());
    if (seen.busy() != null) {
      throw Trouble.unavailable("busy", "It is busy.", "Wait.");
    }
    if (seen.power() == Power.ON) {
      source.powerOff(e.spec().vm());
    }
    if (!seen.template()) {
      source.lock(e.spec().vm());
    }
    return locked();
  }

  /** Nor does anybody look at the source right before the target starts. */
  private static Evidence started(
      MigrationEffect.EnsureTargetStarted e, Token token, TargetVm target) {
    TargetVm.Sight seen = target.look(e.spec());
    if (seen.running()) {
      return new Evidence.TargetStarted(e.uid(), Instant.EPOCH, seen.instance());
    }
    String version = seen.resourceVersion();
    if (seen.halted() && version != null) {
      target.start(e.spec(), e.uid(), version, token);
    }
    throw Trouble.unavailable("starting", "It starts.", "Wait.");
  }

  /** Nobody looks how the source stood when its last copy ended. */
  private static @Nullable Evidence unsealed(MigrationEffect effect) {
    return effect instanceof MigrationEffect.EnsureTargetSnapshotted e
            && e.spec().target().compatibility()
        ? new Evidence.TargetSnapshotted(Map.of(), null)
        : null;
  }

  private static Evidence locked() {
    return new Evidence.SourceLocked("resgroup-1", null, "v1");
  }

  private static @Nullable Evidence noSweep(
      Order<MigrationEffect> order, SourceVm source, TargetVm target) {
    return switch (order.effect()) {
      case MigrationEffect.EnsureSwept _ -> undone(Step.PREFLIGHT);
      case MigrationEffect.EnsureSnapshotsDeleted _ -> undone(Step.SNAPSHOT_TARGET);
      default -> null;
    };
  }

  /** A converter's hand that says of some effects what was not so. */
  private static JourneyWorld.Parts copies(
      Function<ConversionEffect, @Nullable CopyEvidence> said) {
    return new JourneyWorld.Parts() {
      @Override
      public Hand<ConversionEffect, CopyEvidence> copies(
          Hand<ConversionEffect, CopyEvidence> shipped) {
        return order -> {
          CopyEvidence evidence = said.apply(order.effect());
          return evidence == null ? shipped.ensure(order) : new Outcome.Done<>(evidence);
        };
      }
    };
  }

  private static JourneyWorld.Parts saidToBeTransferred(
      Predicate<ConversionEffect.EnsureDiskTransferred> which) {
    return copies(effect ->
        effect instanceof ConversionEffect.EnsureDiskTransferred e && which.test(e)
            ? new CopyEvidence.DiskTransferred(
                "said", 0, 0, null, null, Instant.EPOCH, Instant.EPOCH)
            : null);
  }

  /** A brain that is the shipped one but for what a mutant changes. */
  private abstract static class OtherBrain implements JourneyWorld.Parts {
    List<Timer> timers(List<Timer> shipped) {
      return shipped;
    }

    /** Told of what a decision would have in flight, before it is committed. */
    void decided(List<Intent<MigrationEffect>> before, List<Intent<MigrationEffect>> after) {}

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
          var before = shipped.resume(state);
          var decision = shipped.decide(state, input, at);
          MigrationState after = state;
          for (MigrationFact fact : decision.facts()) {
            after = shipped.evolve(after, fact);
          }
          decided(before, shipped.resume(after));
          return decision;
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

  private static final class Hasty extends OtherBrain {
    private Hand<MigrationEffect, Evidence> hand = _ -> new Outcome.Stopped<>();

    @Override
    public Hand<MigrationEffect, Evidence> hand(
        Hand<MigrationEffect, Evidence> shipped, SourceVm source, TargetVm target) {
      hand = shipped;
      return shipped;
    }

    @Override
    void decided(List<Intent<MigrationEffect>> before, List<Intent<MigrationEffect>> after) {
      var known = new HashSet<>(before);
      for (Intent<MigrationEffect> intent : after) {
        if (!known.contains(intent) && !intent.stopping()) {
          send(intent);
        }
      }
    }

    private void send(Intent<MigrationEffect> intent) {
      var order =
          new Order<>(
              intent.id(),
              intent.effect().spec().vm().toString(),
              new Token(0),
              intent.effect(),
              StopSignal.NEVER,
              Progress.NONE);
      try {
        var _ = hand.ensure(order);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final class NoTimers extends OtherBrain {
    @Override
    List<Timer> timers(List<Timer> shipped) {
      return List.of();
    }
  }
}
