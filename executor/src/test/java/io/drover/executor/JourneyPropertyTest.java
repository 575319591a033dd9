// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.schemas.Actor;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.Evidence;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationFact.*;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationMessage.*;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Inputs that no test thought of: random, doubled, late, out of order, with restarts between. What
 * must never happen never does: I5, I6, I8, I9, I11, L4.
 */
class JourneyPropertyTest {
  private static final int SEEDS = Integer.getInteger("drover.seeds", 400);

  @Test
  void whatever_comes_the_invariants_hold() {
    for (int seed = 0; seed < SEEDS; seed++) {
      new Run(seed).go();
    }
  }

  /** One random life of a VM. */
  private static final class Run {
    final int seed;
    final Random random;
    final MigrationDecider decider = new MigrationDecider();
    MigrationState state = decider.initial(Samples.VM.toString());
    Instant now = Samples.NOON;
    final List<MigrationFact> facts = new ArrayList<>();
    final List<Input<MigrationMessage, Evidence>> said = new ArrayList<>();
    final List<Input<MigrationMessage, Evidence>> coming = new ArrayList<>();
    final Set<String> answered = new HashSet<>();
    MigrationSpec spec;
    int attempt;

    Run(int seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.spec = next();
    }

    MigrationSpec next() {
      var policy =
          switch (random.nextInt(4)) {
            case 0 -> Samples.approval();
            case 1 -> Samples.window(Samples.NOON.plusSeconds(300), Samples.NOON.plusSeconds(4000));
            case 2 -> Samples.soakEnd(MigrationSpec.SoakEnd.COMMIT);
            default -> Samples.policy();
          };
      return Samples.spec(
          Samples.VM,
          "m" + ++attempt,
          random.nextBoolean() ? Way.WARM : Way.COLD,
          random.nextBoolean(),
          policy);
    }

    void go() {
      say(new Input.Told<>(new StartMigration(spec), Actor.service("dispatch")));
      for (int i = 0; i < 250; i++) {
        now = now.plusSeconds(random.nextInt(20));
        say(input());
        if (random.nextInt(20) == 0) {
          restart();
        }
        check();
      }
    }

    Input<MigrationMessage, Evidence> input() {
      int dice = random.nextInt(100);
      if (dice < 45 && !coming.isEmpty()) {
        return coming.remove(random.nextInt(coming.size()));
      }
      List<Intent<MigrationEffect>> intents = decider.resume(state);
      if (dice < 75 && !intents.isEmpty()) {
        Intent<MigrationEffect> intent = intents.getFirst();
        return new Input.Seen<>(intent.id(), outcome(intent));
      }
      if (dice < 80 && !decider.timers(state).isEmpty()) {
        var timer = decider.timers(state).getFirst();
        now = timer.due().isAfter(now) ? timer.due() : now;
        return new Input.Rang<>(timer.id(), timer.due());
      }
      if (dice < 88 && !said.isEmpty()) {
        return said.get(random.nextInt(said.size()));
      }
      return new Input.Told<>(command(), Trip.ANNA);
    }

    Outcome<Evidence> outcome(Intent<MigrationEffect> intent) {
      int dice = random.nextInt(10);
      if (intent.stopping() && dice < 6) {
        return new Outcome.Stopped<>();
      }
      boolean looks =
          intent.effect() instanceof MigrationEffect.EnsureSourceLocked
              || intent.effect() instanceof MigrationEffect.EnsureTargetSnapshotted;
      if (looks && random.nextInt(4) == 0) {
        return new Outcome.Failed<>(
            new Problem(Problem.Kind.REFUSED, MigrationSteps.SOURCE_TOUCHED, "It is.", "Mend it."));
      }
      return dice < 8
          ? new Outcome.Done<>(Trip.evidence(intent.effect(), now))
          : new Outcome.Failed<>(
              Trip.problem(Problem.Kind.values()[random.nextInt(Problem.Kind.values().length)]));
    }

    MigrationMessage command() {
      MigrationId id = spec.id();
      return switch (random.nextInt(14)) {
        case 0 -> new PauseMigration(id, "x");
        case 1, 2 -> new ResumeMigration(id);
        case 3 -> new CancelMigration(id, "x");
        case 4 -> new RollBackMigration(id, "x");
        case 5 -> new CommitMigration(id);
        case 6, 7 -> new ApproveCutover(id, 3);
        case 8 -> new RetryMigration(id);
        case 9 ->
            new ResolveHold(id, HoldExit.values()[random.nextInt(HoldExit.values().length)], "x");
        case 10 -> new StopCalled("x");
        case 11 -> new StopLifted();
        case 12 -> {
          if (state instanceof MigrationState.Over) {
            spec = next();
          }
          yield new StartMigration(spec);
        }
        default -> new CopyStopped(MigrationLetters.copy(spec, Step.SEAL, 1));
      };
    }

    void say(Input<MigrationMessage, Evidence> input) {
      said.add(input);
      Decision<MigrationFact> decision = decider.decide(state, input, now);
      MigrationState before = state;
      MigrationState next = state;
      for (MigrationFact fact : decision.facts()) {
        next = decider.evolve(next, fact);
      }
      state = next;
      facts.addAll(decision.facts());
      for (Letter letter : decision.letters()) {
        answer(letter);
      }
      // The same outcome again: I11.
      if (input instanceof Input.Seen<MigrationMessage, Evidence> seen) {
        boolean first = answered.add(seen.effect().value());
        if (!first) {
          assertThat(state).as("seed %d: outcome twice", seed).isEqualTo(before);
        }
      }
    }

    void answer(Letter letter) {
      MigrationMessage reply =
          switch (letter.message()) {
            case DispatchMessage.SlotWanted m -> new SlotGranted(m.migration(), m.slot());
            case ConversionMessage.CopyDisks m ->
                random.nextInt(6) == 0
                    ? new CopyFailed(m.order().copy(), Trip.problem(Problem.Kind.TRANSIENT))
                    : new CopyCompleted(
                        m.order().copy(), Samples.receipts(spec, now, Duration.ofSeconds(5)));
            case ConversionMessage.StopCopy m -> new CopyStopped(m.copy());
            case ConversionMessage.RemoveCopies m -> new CopiesRemoved(m.migration());
            default -> null;
          };
      if (reply != null) {
        coming.add(new Input.Told<>(reply, Actor.service(letter.to().entity())));
      }
    }

    /** Another owner reads the state from its topic: nothing is to be different. */
    void restart() {
      var type = Json.mapper().constructType(MigrationState.class);
      MigrationState read = Json.read(Json.write(state, type), type);
      assertThat(read).as("seed %d: restart", seed).isEqualTo(state);
      state = read;
    }

    void check() {
      MigrationState replayed = decider.initial(Samples.VM.toString());
      boolean back = false;
      boolean live = false;
      boolean fenced = false;
      boolean sealed = false;
      for (MigrationFact fact : facts) {
        replayed = decider.evolve(replayed, fact);
        switch (fact) {
          case MigrationStarted f -> {
            assertThat(live).as("seed %d: I8 two live journeys", seed).isFalse();
            live = true;
            back = false;
            fenced = false;
            sealed = false;
          }
          case RollbackBegun f -> {
            assertThat(back).as("seed %d: turned twice", seed).isFalse();
            back = true;
          }
          case MigrationFact.SourceTouched f -> {
            assertThat(back).as("seed %d: to the seal after the turn", seed).isFalse();
            assertThat(f.times()).as("seed %d: L5", seed).isLessThanOrEqualTo(3);
            fenced = false;
            sealed = false;
          }
          case StepBegun f -> {
            assertThat(back).as("seed %d: I5 %s after the turn", seed, f.step()).isFalse();
            if (f.step() == Step.START_TARGET) {
              assertThat(sealed).as("seed %d: I6", seed).isTrue();
            }
          }
          case StepEnded f -> {
            fenced |= f.step() == Step.FENCE;
            sealed |= f.step() == Step.SEAL && fenced;
          }
          case CutoverCommitted f -> live = false;
          case CutoverRolledBack f -> live = false;
          case MigrationAbandoned f -> live = false;
          default -> {}
        }
      }
      assertThat(replayed).as("seed %d: I9", seed).isEqualTo(state);
      if (state instanceof MigrationState.Held held) {
        assertThat(held.exits()).as("seed %d: L4", seed).isNotEmpty();
        assertThat(decider.resume(state)).as("seed %d: held means nothing runs", seed).isEmpty();
      }
    }
  }
}
