// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionEffect;
import io.drover.engine.Hand;
import io.drover.engine.Outcome;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationItinerary;
import io.drover.executor.MigrationState;
import io.drover.executor.SourceVm;
import io.drover.executor.TargetVm;
import io.drover.lab.sim.Faults;
import io.drover.schemas.Brain;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.Evidence;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Not by luck but one by one: at every step of every way each command, crash, lost and late answer
 * comes once, and every way out of every hold is taken.
 */
class EveryStepSimulationTest {
  private static final int SEEDS = Integer.getInteger("sim.seeds", 1);
  private static final VmKey VM = new VmKey(JourneyWorld.VCENTER, "vm-0");

  /** What comes in mid-step. */
  private enum Act {
    CRASH,
    DUPLICATES,
    LOST_ANSWERS,
    LATE_LANDINGS,
    OUTAGE,
    ROLL_BACK,
    CANCEL,
    PAUSE,
    RETRY,
    STOP_ALL,
    POWER_ON,
    EDIT,
    UNMARK
  }

  static Stream<Arguments> journeys() {
    return Stream.of(
        Arguments.of(Way.COLD, true), Arguments.of(Way.COLD, false), Arguments.of(Way.WARM, false));
  }

  private static MigrationSpec spec(Way way, boolean compatibility) {
    return Orders.spec(
        Orders.vm(VM, "web-0", 2, 1 << 20), "m0", "herd", "fast", compatibility, way, false);
  }

  private static List<Step> steps(MigrationSpec spec) {
    return MigrationItinerary.rows().stream()
        .filter(row -> row.way() == null || row.way() == spec.way())
        .filter(row -> row.needed().test(spec))
        .map(MigrationItinerary.Row::step)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("journeys")
  void whatever_comes_at_whatever_step(Way way, boolean compatibility) {
    var spec = spec(way, compatibility);
    for (Step step : steps(spec)) {
      for (Act act : Act.values()) {
        // The same moment within a step for every seed; more seeds try others.
        for (int seed = 1; seed <= SEEDS; seed++) {
          int moment = seed + step.ordinal() + act.ordinal();
          new Run(spec, moment, act == Act.DUPLICATES, JourneyWorld.Parts.SHIPPED).go(step, act);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fence", "start"})
  void what_arrives_when_all_was_undone_changes_nothing(String call) {
    for (int seed = 1; seed <= 10; seed++) {
      new LateCall(call, seed, JourneyWorld.Parts.SHIPPED).travel();
    }
  }

  @ParameterizedTest
  @MethodSource("journeys")
  void every_way_out_of_a_hold_at_every_step(Way way, boolean compatibility) {
    var spec = spec(way, compatibility);
    for (Step step : steps(spec)) {
      if (step == Step.SOAK) {
        continue; // What looks wrong in the soak is shown; it holds nothing.
      }
      for (HoldExit exit : HoldExit.values()) {
        var unknown = new Unknown(step, false);
        new Run(spec, 1, false, unknown).hold(exit, step, false);
        assertThat(unknown.failed).as(step.label()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("journeys")
  void every_way_out_of_a_hold_at_every_undo(Way way, boolean compatibility) {
    var spec = spec(way, compatibility);
    for (Step step : steps(spec)) {
      if (MigrationItinerary.rows().get(step.ordinal()).undo() != MigrationItinerary.Undo.EFFECT
          || step == Step.PREFLIGHT && compatibility) {
        continue;
      }
      for (HoldExit exit : List.of(HoldExit.RETRY, HoldExit.ABANDON)) {
        var unknown = new Unknown(step, true);
        new Run(spec, 1, false, unknown).hold(exit, step, true);
        assertThat(unknown.failed).as("undo of " + step.label()).isTrue();
      }
    }
  }

  /** One journey. */
  private static final class Run {
    private final JourneyWorld in;
    private final int seed;
    private boolean acted;
    private int soaked;
    private @Nullable Step actedAt;

    Run(MigrationSpec spec, int seed, boolean duplicates, JourneyWorld.Parts parts) {
      this.seed = seed;
      in =
          new JourneyWorld(
              seed,
              List.of(spec),
              2,
              duplicates
                  ? new Faults(
                      0,
                      0,
                      0,
                      0,
                      0,
                      1.0,
                      0,
                      Duration.ZERO,
                      Duration.ZERO,
                      Duration.ZERO,
                      Duration.ofMillis(400))
                  : Faults.NONE,
              _ -> Mischief.NONE,
              parts);
    }

    /** From when a step is begun until it ends a hand is at it; the act hits somewhere there. */
    void go(Step step, Act act) {
      in.sim.invariant(
          "the act comes",
          () -> {
            if (!acted && at(step)) {
              acted = true;
              in.sim.after(Duration.ofMillis(700L * (seed % 4)), () -> act(act));
            }
            return true;
          });
      in.start();
      guestWrites();
      for (int round = 0; round < 60 && !in.arrived(); round++) {
        in.sim.run(Duration.ofMinutes(1));
        decide(HoldExit.ROLL_BACK);
      }
      in.sim.run(Duration.ofMinutes(5));
      in.need(acted, "nothing came at " + step);
      try {
        in.judge(VM, expected(step, act));
      } catch (RuntimeException e) {
        throw new AssertionError(act + " at " + step + ", seed " + seed + ": " + e.getMessage(), e);
      }
    }

    private boolean at(Step step) {
      return switch (in.state(VM)) {
        case MigrationState.Stepping s -> s.step() == step;
        case MigrationState.Soaking s -> step == Step.SOAK;
        default -> false;
      };
    }

    private void guestWrites() {
      in.sim.after(
          Duration.ofSeconds(2),
          () -> {
            in.source.write(VM);
            if (!in.arrived()) {
              guestWrites();
            }
          });
    }

    private void act(Act act) {
      actedAt = MigrationState.stepOf(in.state(VM));
      var id = in.id(VM);
      switch (act) {
        case CRASH -> in.sim.crashAll();
        case DUPLICATES -> {}
        case LOST_ANSWERS -> trouble(Mischief.Fate.LOST_ANSWER);
        case LATE_LANDINGS -> trouble(Mischief.Fate.LATE);
        case OUTAGE -> trouble(Mischief.Fate.UNAVAILABLE);
        case ROLL_BACK -> in.say(VM, new MigrationMessage.RollBackMigration(id, "no"));
        case CANCEL -> in.say(VM, new MigrationMessage.CancelMigration(id, "no"));
        case PAUSE -> {
          in.say(VM, new MigrationMessage.PauseMigration(id, "lunch"));
          in.sim.after(
              Duration.ofMinutes(40), () -> in.say(VM, new MigrationMessage.ResumeMigration(id)));
        }
        case RETRY -> in.say(VM, new MigrationMessage.RetryMigration(id));
        case STOP_ALL -> {
          dispatch(new DispatchMessage.StopAll("drill"));
          in.sim.after(Duration.ofMinutes(4), () -> dispatch(new DispatchMessage.LiftStop()));
        }
        case POWER_ON -> in.source.powerOnBy(VM, "HA");
        case EDIT -> in.source.editBy(VM, "bob");
        case UNMARK -> in.source.setBy(VM, "bob", SourceVm.MARK, "");
      }
    }

    private void dispatch(DispatchMessage message) {
      in.sim.tell(Brain.DISPATCH, JourneyWorld.VCENTER, message, JourneyWorld.ANNA);
    }

    /** For a while every call meets this fate. */
    private void trouble(Mischief.Fate fate) {
      in.world.mischief(
          new Mischief() {
            @Override
            public Fate of(String call) {
              return fate;
            }

            @Override
            public Duration delay(String what) {
              return what.startsWith("late-")
                  // What lands after the end is nobody's any more: later than this it could be.
                  ? Duration.ofSeconds(2 + in.luck.nextInt(10))
                  : Duration.ZERO;
            }
          });
      in.sim.after(Duration.ofSeconds(25), () -> in.world.mischief(Mischief.NONE));
    }

    /** What has to come of it; null where either is right. */
    private @Nullable Result expected(Step step, Act act) {
      return switch (act) {
        case CRASH, DUPLICATES, RETRY, STOP_ALL -> Result.COMMITTED;
        case PAUSE, EDIT -> Result.COMMITTED;
        case ROLL_BACK, CANCEL ->
            step == Step.COMMIT || actedAt == Step.COMMIT || actedAt == null
                ? null
                : Result.ROLLED_BACK;
        // A cutover whose source somebody powers on before its fence comes back.
        case POWER_ON -> beforeTheFence(step) || beforeTheFence(actedAt) ? null : Result.COMMITTED;
        // A step that fails too often goes back, which is right as well.
        case LOST_ANSWERS, LATE_LANDINGS, OUTAGE, UNMARK -> null;
      };
    }

    private static boolean beforeTheFence(@Nullable Step step) {
      return step == Step.QUIESCE || step == Step.FENCE;
    }

    /** A person who wants it to end. */
    private void decide(HoldExit exit) {
      var id = in.id(VM);
      switch (in.state(VM)) {
        case MigrationState.Soaking s -> {
          if (++soaked > 1) {
            in.say(VM, new MigrationMessage.CommitMigration(id));
          }
        }
        case MigrationState.Held s -> {
          if (s.problem().code().equals("source-mark-gone")) {
            in.source.setBy(VM, "anna", SourceVm.MARK, id.value());
          }
          in.say(
              VM,
              new MigrationMessage.ResolveHold(
                  id, s.exits().contains(exit) ? exit : HoldExit.RETRY, "looked at it"));
        }
        default -> {}
      }
    }

    /** A hold comes, and is left by this exit if it offers it. */
    void hold(HoldExit exit, Step step, boolean undoing) {
      in.start();
      for (int round = 0; round < 40 && !(in.state(VM) instanceof MigrationState.Held); round++) {
        in.sim.run(Duration.ofSeconds(20));
        if (in.state(VM) instanceof MigrationState.Soaking) {
          in.say(
              VM,
              undoing
                  ? new MigrationMessage.RollBackMigration(in.id(VM), "no")
                  : new MigrationMessage.CommitMigration(in.id(VM)));
        }
      }
      if (!(in.state(VM) instanceof MigrationState.Held held)) {
        throw in.sim.failure("no hold but " + in.state(VM), null);
      }
      in.need(!held.exits().isEmpty(), "L4 no way out");
      in.say(VM, new MigrationMessage.ResolveHold(in.id(VM), exit, "looked at it"));
      in.sim.run(Duration.ofSeconds(10));
      if (!held.exits().contains(exit)) {
        in.need(in.state(VM).equals(held), "a way out that was not offered was taken");
        in.need(in.happened(VM, MigrationFact.CommandRefused.class), "no answer");
        return;
      }
      for (int round = 0; round < 40 && !in.arrived(); round++) {
        in.sim.run(Duration.ofMinutes(1));
        decide(HoldExit.RETRY);
      }
      in.sim.run(Duration.ofMinutes(5));
      if (exit == HoldExit.ACCEPT && step == Step.COMMIT) {
        // A person said that all is tidied up.
        in.need(in.happened(VM, MigrationFact.CutoverCommitted.class), "not committed");
        return;
      }
      in.judge(
          VM,
          switch (exit) {
            case RETRY, ACCEPT -> undoing ? Result.ROLLED_BACK : Result.COMMITTED;
            case ROLL_BACK -> Result.ROLLED_BACK;
            case ABANDON -> Result.ABANDONED;
          });
    }
  }

  /** One effect of a step cannot be observed, once. */
  private static final class Unknown implements JourneyWorld.Parts {
    private static final Problem PROBLEM =
        new Problem(Problem.Kind.UNKNOWN, "test-unknown", "It cannot be seen.", "Look yourself.");

    private final Step step;
    private final boolean undo;
    boolean failed;

    Unknown(Step step, boolean undo) {
      this.step = step;
      this.undo = undo;
    }

    private <O> Outcome<O> fail() {
      failed = true;
      return new Outcome.Failed<>(PROBLEM);
    }

    @Override
    public Hand<MigrationEffect, Evidence> hand(
        Hand<MigrationEffect, Evidence> shipped, SourceVm source, TargetVm target) {
      String label = "/" + (undo ? "undo-" : "") + step.label() + "/";
      return order ->
          !failed && order.id().value().contains(label) ? fail() : shipped.ensure(order);
    }

    @Override
    public Hand<ConversionEffect, CopyEvidence> copies(
        Hand<ConversionEffect, CopyEvidence> shipped) {
      var round = MigrationItinerary.rows().get(step.ordinal()).round();
      return order ->
          !failed
                  && !undo
                  && order.effect() instanceof ConversionEffect.EnsureDiskTransferred e
                  && e.order().round() == round
              ? fail()
              : shipped.ensure(order);
    }
  }
}
