// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.executor.MigrationState.Held;
import io.drover.executor.MigrationState.Idle;
import io.drover.executor.MigrationState.Interrupted;
import io.drover.executor.MigrationState.Over;
import io.drover.executor.MigrationState.Ready;
import io.drover.executor.MigrationState.Retrying;
import io.drover.executor.MigrationState.Returning;
import io.drover.executor.MigrationState.Soaking;
import io.drover.executor.MigrationState.Stepping;
import io.drover.executor.MigrationState.Turning;
import io.drover.executor.MigrationState.UndoRetrying;
import io.drover.executor.MigrationState.Undoing;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.CopyProgress;
import io.drover.schemas.Evidence;
import io.drover.schemas.HoldExit;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.MigrationStatus.Health;
import io.drover.schemas.MigrationStatus.Reached;
import io.drover.schemas.MigrationStatus.Sign;
import io.drover.schemas.Phase;
import io.drover.schemas.Problem;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows the state of a journey to people: phase, checkpoints and what they cost, problem, exits.
 */
final class MigrationView {
  private MigrationView() {}

  /** Where a journey is, coarsely. */
  static Phase phase(MigrationState state) {
    return switch (state) {
      case Idle s -> Phase.WAITING;
      case Ready s -> {
        if (s.journey().permits().braked()) {
          yield Phase.PAUSED;
        }
        boolean queued = !s.journey().permits().asked().isEmpty() && s.step() != Step.GATE;
        yield queued ? Phase.WAITING : phase(s.step(), s.journey().spec());
      }
      case Stepping s -> phase(s.step(), s.journey().spec());
      case Retrying s ->
          s.journey().permits().braked() ? Phase.PAUSED : phase(s.step(), s.journey().spec());
      case Interrupted s -> Phase.PAUSED;
      case Soaking s -> Phase.SOAKING;
      case Turning s -> Phase.ROLLING_BACK;
      case Returning s -> back(s.journey());
      case Undoing s -> back(s.journey());
      case UndoRetrying s -> back(s.journey());
      case Held s -> Phase.HELD;
      case Over s ->
          switch (s.result()) {
            case COMMITTED -> Phase.COMMITTED;
            case ROLLED_BACK -> Phase.ROLLED_BACK;
            case ABANDONED -> Phase.ABANDONED;
          };
    };
  }

  private static Phase back(Journey journey) {
    return journey.reopening() ? Phase.CUTTING_OVER : Phase.ROLLING_BACK;
  }

  private static Phase phase(Step step, MigrationSpec spec) {
    return switch (step) {
      case PREFLIGHT -> Phase.PREPARING;
      case SEED, SYNC -> Phase.COPYING;
      case GATE -> Phase.READY;
      case SEAL -> spec.way() == Way.COLD ? Phase.COPYING : Phase.CUTTING_OVER;
      case QUIESCE,
          FENCE,
          SNAPSHOT_TARGET,
          CONVERT_GUEST,
          DEFINE_TARGET,
          LOCK_SOURCE,
          START_TARGET ->
          Phase.CUTTING_OVER;
      case VERIFY -> Phase.VERIFYING;
      case SOAK -> Phase.SOAKING;
      case COMMIT -> Phase.COMMITTING;
    };
  }

  /** The highest checkpoint that was reached. */
  static Checkpoint checkpoint(Journey journey) {
    Checkpoint highest = Checkpoint.PLANNED;
    for (Reached reached : journey.trail().reached()) {
      if (reached.checkpoint().compareTo(highest) > 0) {
        highest = reached.checkpoint();
      }
    }
    return highest;
  }

  /** The document of a VM; null while no journey was ever begun. */
  static @Nullable MigrationStatus status(MigrationState state, Instant at, long sequence) {
    Journey journey = MigrationState.journeyOf(state);
    if (journey == null) {
      return null;
    }
    MigrationSpec spec = journey.spec();
    Step step = MigrationState.stepOf(state);
    Over over = state instanceof Over o ? o : null;
    Evidence.TargetHealthy up = journey.seen(Step.VERIFY, Evidence.TargetHealthy.class);
    Journey.Turn turn = journey.turn();
    CopyProgress copy = copy(state, journey, at);
    return new MigrationStatus(
        spec.vm(),
        spec.source().name(),
        spec.id(),
        spec.wave(),
        spec.way(),
        phase(state),
        step,
        step == null ? steps(spec) : MigrationItinerary.numberOf(step, spec),
        steps(spec),
        checkpoint(journey),
        ladder(journey),
        journey.trail().receipts(),
        problem(state),
        state instanceof Held held ? held.ways() : List.<HoldExit>of(),
        journey.trail().offAt(),
        up == null ? null : up.at(),
        state instanceof Soaking soaking ? soaking.until() : null,
        over == null ? null : over.result(),
        over != null ? over.reason() : turn == null ? null : turn.reason(),
        spec.target().namespace(),
        spec.target().name(),
        journey.origin().at(),
        over == null ? null : over.at(),
        at,
        sequence,
        waitingFor(state, at),
        copy,
        forecastDowntime(journey, copy),
        health(state, journey),
        turn == null ? null : turn.at(),
        journey.trail().backAt());
  }

  /** How far the whole copy is. */
  static CopyProgress copy(MigrationState state, Journey journey, Instant at) {
    boolean copying = state instanceof Stepping s && Copied.whole(s.step(), journey.spec());
    return journey.copied().shown(journey.spec().source().disks(), copying, at);
  }

  /** In seconds, by what was measured; null while nothing was. */
  private static @Nullable Long forecastDowntime(Journey journey, CopyProgress copy) {
    if (journey.spec().way() == Way.WARM) {
      return journey.seen(Step.SYNC, Evidence.DisksLanded.class) == null
          ? null
          : MigrationFold.lastDelta(journey).toSeconds();
    }
    Instant off = journey.trail().offAt();
    return off == null || copy.eta() == null ? null : Duration.between(off, copy.eta()).toSeconds();
  }

  private static Health health(MigrationState state, Journey journey) {
    Sign sign =
        switch (state) {
          case Retrying s -> Sign.RETRYING;
          case UndoRetrying s -> Sign.RETRYING;
          case Held s -> Sign.HELD;
          case Soaking s -> s.problem() == null ? Sign.WELL : Sign.AILING;
          case Idle s -> Sign.WELL;
          case Ready s -> Sign.WELL;
          case Stepping s -> s.lingers() == null ? Sign.WELL : Sign.RETRYING;
          case Interrupted s -> s.lingers() == null ? Sign.WELL : Sign.RETRYING;
          case Turning s -> Sign.WELL;
          case Returning s -> Sign.WELL;
          case Undoing s -> s.before() == null ? Sign.WELL : Sign.RETRYING;
          case Over s -> Sign.WELL;
        };
    // Of a target that ails or goes back they are no longer true.
    boolean hold = sign == Sign.WELL && journey.turn() == null;
    return new Health(sign, hold ? journey.rungs() : List.of());
  }

  private static int steps(MigrationSpec spec) {
    return MigrationItinerary.numberOf(Step.COMMIT, spec);
  }

  /** Once the target runs, going back to any rung costs what it wrote since. */
  private static List<Reached> ladder(Journey journey) {
    LossBound loss = journey.trail().loss();
    if (loss.kind() == LossBound.Kind.NONE) {
      return journey.trail().reached();
    }
    return journey.trail().reached().stream()
        .map(r -> new Reached(r.checkpoint(), r.number(), r.at(), loss, r.expires()))
        .toList();
  }

  private static @Nullable Problem problem(MigrationState state) {
    return switch (state) {
      case Retrying s -> s.problem();
      case UndoRetrying s -> s.problem();
      case Held s -> s.problem();
      case Soaking s -> s.problem();
      case Idle s -> null;
      case Ready s -> null;
      case Stepping s -> s.lingers();
      case Interrupted s -> s.lingers();
      case Turning s -> turned(s.journey());
      case Returning s -> turned(s.journey());
      case Undoing s -> s.before() == null ? turned(s.journey()) : s.before();
      case Over s -> turned(s.journey());
    };
  }

  private static @Nullable Problem turned(Journey journey) {
    Journey.Turn turn = journey.turn();
    return turn == null ? null : turn.problem();
  }

  /** A stop ends a round of copying, proved disks and all: no half of one is gone on with. */
  private static boolean interrupted(Ready ready) {
    return Copied.whole(ready.step(), ready.journey().spec())
        && ready.journey().begun(ready.step()) > 0;
  }

  /** The slots that are asked for and not granted yet, in words. */
  static List<String> slots(Journey.Permits permits) {
    return permits.asked().stream()
        .map(slot -> slot == Slot.COPY ? "a copy slot" : "a cutover slot")
        .toList();
  }

  /** Who keeps it from going on, in words. */
  private static List<String> brakes(Journey.Permits permits, boolean anew) {
    var what = new ArrayList<String>();
    if (permits.paused() != null) {
      what.add("a person: paused, " + permits.paused());
    }
    if (permits.stopped() != null) {
      what.add(
          "the end of the stop of this vCenter: "
              + permits.stopped()
              + (anew ? "; its copy then begins anew" : ""));
    }
    return what;
  }

  private static List<String> waitingFor(MigrationState state, Instant at) {
    var what = new ArrayList<String>();
    if (state instanceof Ready ready) {
      Journey journey = ready.journey();
      Journey.Permits permits = journey.permits();
      what.addAll(brakes(permits, interrupted(ready)));
      if (ready.step() == Step.GATE) {
        Instant notBefore = journey.spec().policy().notBefore();
        if (notBefore != null && at.isBefore(notBefore)) {
          what.add("the window, which opens at " + notBefore);
        }
        if (journey.spec().policy().cutoverApproval() && permits.approvedBy() == null) {
          what.add("the approval of the cutover");
        }
      }
      what.addAll(slots(permits));
    }
    if (state instanceof Retrying retrying) {
      Journey.Permits permits = retrying.journey().permits();
      what.addAll(brakes(permits, false));
      what.addAll(slots(permits));
    }
    if (state instanceof Stepping stepping && stepping.lingers() != null) {
      what.add("its copy, which does not go on and is tried again");
    }
    if (state instanceof Interrupted) {
      what.add(
          "the end of its copy, which was told to stop and begins anew when the stop is lifted");
    }
    if (state instanceof Soaking soaking && soaking.until() == null) {
      what.add(
          MigrationSteps.committing(soaking) && soaking.journey().permits().braked()
              ? "the end of its pause or stop, to commit as planned"
              : "a person: commit or roll back");
    }
    return what;
  }
}
