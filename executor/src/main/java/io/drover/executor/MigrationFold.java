// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;
import static io.drover.executor.MigrationState.with;

import io.drover.executor.MigrationState.Held;
import io.drover.executor.MigrationState.Idle;
import io.drover.executor.MigrationState.Interrupted;
import io.drover.executor.MigrationState.Kept;
import io.drover.executor.MigrationState.Over;
import io.drover.executor.MigrationState.Ready;
import io.drover.executor.MigrationState.Retrying;
import io.drover.executor.MigrationState.Returning;
import io.drover.executor.MigrationState.Soaking;
import io.drover.executor.MigrationState.Stepping;
import io.drover.executor.MigrationState.Turning;
import io.drover.executor.MigrationState.UndoRetrying;
import io.drover.executor.MigrationState.Undoing;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationFact.*;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationStatus.Reached;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the state of a journey out of its facts: with {@link ReturnFold} the only place where one
 * is made. Total.
 */
final class MigrationFold {
  /** Rounds of syncing before the forecast downtime is put to a person. */
  static final int MOST_SYNCS = 5;

  /** Code of the problem that the last delta took too long for the downtime budget. */
  static final String OVER_BUDGET = "downtime-over-budget";

  private MigrationFold() {}

  static MigrationState evolve(MigrationState state, MigrationFact fact) {
    return switch (fact) {
      case MigrationStarted f -> started(state, f);
      case CommandKept f -> kept(state, f);
      case StepBegun f -> stepBegun(state, f);
      case StepEnded f -> stepEnded(state, f);
      case StepDelayed f -> stepDelayed(state, f);
      case CheckpointReached f ->
          change(
              state,
              j ->
                  j.with(
                      j.trail()
                          .reaching(
                              new Reached(
                                  f.checkpoint(), f.number(), f.at(), f.loss(), f.expires()))));
      case DiskAdvanced f ->
          going(change(state, j -> j.with(j.trail().copying(j.copied().advancing(f)))));
      case DiskLanded f -> going(landed(state, f.receipt()));
      case SlotAsked f -> change(state, j -> j.with(j.permits().asking(f.slot())));
      case SlotTaken f -> change(state, j -> j.with(j.permits().taking(f.slot())));
      case SlotReturned f -> change(state, j -> j.with(j.permits().returning(f.slot())));
      case CutoverApproved f -> change(state, j -> j.with(j.permits().approved(f.by())));
      case MigrationPaused f ->
          change(
              state,
              j ->
                  j.with(
                      f.by().equals(MigrationDecider.DISPATCH)
                          ? j.permits().stopping(f.reason())
                          : j.permits().pausing(f.reason())));
      case MigrationResumed f ->
          change(
              state,
              j ->
                  j.with(
                      f.by().equals(MigrationDecider.DISPATCH)
                          ? j.permits().stopping(null)
                          : j.permits().pausing(null)));
      case SyncFellDue f -> state instanceof Ready s ? new Ready(s.journey(), Step.SYNC) : state;
      case SourceTouched f -> ReturnFold.touched(state, f);
      case RollbackBegun f -> ReturnFold.rollbackBegun(state, f);
      case StopAsked f ->
          state instanceof Stepping s
              ? new Interrupted(s.journey(), s.step(), s.attempt(), null)
              : state;
      case CopyLingered f -> lingering(state, f);
      case StopObserved f -> ReturnFold.stopObserved(state);
      case UndoBegun f -> ReturnFold.undoBegun(state, f);
      case UndoEnded f -> ReturnFold.undoEnded(state, f);
      case UndoDelayed f -> ReturnFold.undoDelayed(state, f);
      case MigrationHeld f -> held(state, f);
      case HoldResolved f -> resolved(state, f);
      case SoakBegun f ->
          state instanceof Ready s ? new Soaking(s.journey(), f.until(), 0, null, null) : state;
      case LossUpdated f ->
          state instanceof Soaking s
              ? new Soaking(
                  s.journey().with(s.journey().trail().losing(f.loss(), f.count())),
                  s.until(),
                  0,
                  f.nextLook(),
                  f.problem())
              : change(state, j -> j.with(j.trail().losing(f.loss(), f.count())));
      case CommitAsked f ->
          state instanceof Soaking s ? new Ready(s.journey(), Step.COMMIT) : state;
      case CutoverCommitted f -> over(state, Result.COMMITTED, null, f.at());
      case CutoverRolledBack f -> over(state, Result.ROLLED_BACK, f.reason(), f.at());
      case MigrationAbandoned f -> over(state, Result.ABANDONED, f.reason(), f.at());
      case CommandRefused f -> state;
    };
  }

  private static MigrationState change(MigrationState state, UnaryOperator<Journey> by) {
    Journey journey = journeyOf(state);
    return journey == null ? state : with(state, by.apply(journey));
  }

  /** Bytes came: what kept the round from going on is over. */
  private static MigrationState going(MigrationState state) {
    return state instanceof Stepping s
        ? new Stepping(s.journey(), s.step(), s.attempt(), null)
        : state;
  }

  private static MigrationState landed(MigrationState state, Receipt receipt) {
    Step step = MigrationState.stepOf(state);
    return change(state, journey -> landing(journey, step, receipt));
  }

  private static Journey landing(Journey journey, @Nullable Step step, Receipt receipt) {
    Journey.Trail trail = journey.trail().landing(receipt);
    return journey.with(
        Copied.whole(step, journey.spec())
            ? trail.copying(journey.copied().landing(receipt))
            : trail);
  }

  private static MigrationState started(MigrationState state, MigrationStarted f) {
    List<Kept> keptBefore = List.of();
    List<MigrationId> past = List.of();
    switch (state) {
      case Idle s -> keptBefore = s.kept();
      case Over s -> {
        keptBefore = s.kept();
        var ids = new ArrayList<>(s.journey().origin().past());
        ids.add(s.journey().id());
        past = ids;
      }
      case Ready s -> {}
      case Stepping s -> {}
      case Retrying s -> {}
      case Interrupted s -> {}
      case Soaking s -> {}
      case Turning s -> {}
      case Returning s -> {}
      case Undoing s -> {}
      case UndoRetrying s -> {}
      case Held s -> {}
    }
    Journey journey = Journey.begin(f.spec(), f.by(), f.at(), past);
    for (Kept kept : keptBefore) {
      if (kept.migration().equals(f.spec().id()) && kept.command() == Early.PAUSE) {
        journey = journey.with(journey.permits().pausing(kept.reason()));
      }
    }
    return new Ready(journey, MigrationItinerary.first());
  }

  private static MigrationState kept(MigrationState state, CommandKept f) {
    return switch (state) {
      case Idle s -> new Idle(s.key(), EarlyCommands.with(s.kept(), f));
      case Over s ->
          new Over(s.journey(), s.result(), s.reason(), s.at(), EarlyCommands.with(s.kept(), f));
      case Ready s -> s;
      case Stepping s -> s;
      case Retrying s -> s;
      case Interrupted s -> s;
      case Soaking s -> s;
      case Turning s -> s;
      case Returning s -> s;
      case Undoing s -> s;
      case UndoRetrying s -> s;
      case Held s -> s;
    };
  }

  private static MigrationState stepBegun(MigrationState state, StepBegun f) {
    Journey journey = journeyOf(state);
    if (journey == null) {
      return state;
    }
    Journey begun = journey.with(journey.tally().beginning(f.step(), f.attempt()));
    Journey next =
        Copied.whole(f.step(), begun.spec())
            ? begun.with(begun.trail().copying(Copied.NOTHING))
            : begun;
    return state instanceof Soaking s
        ? new Soaking(next, s.until(), f.attempt(), null, s.problem())
        : new Stepping(next, f.step(), f.attempt(), null);
  }

  private static MigrationState stepEnded(MigrationState state, StepEnded f) {
    Journey journey = journeyOf(state);
    if (journey == null) {
      return state;
    }
    Journey seen = journey.with(journey.trail().seeing(f.step(), f.evidence()));
    if (f.evidence() instanceof Evidence.DisksLanded landed) {
      for (Receipt receipt : landed.receipts()) {
        seen = landing(seen, f.step(), receipt);
      }
    }
    Journey fresh = seen.with(seen.tally().fresh());
    return switch (state) {
      case Ready s -> new Ready(fresh, next(fresh, f.step()));
      case Stepping s ->
          f.step() == Step.COMMIT
              ? new Stepping(seen, s.step(), s.attempt(), null)
              : new Ready(fresh, next(fresh, f.step()));
      case Held s ->
          f.step() == Step.COMMIT ? with(s, seen) : new Ready(fresh, next(fresh, f.step()));
      case Soaking s -> new Soaking(seen, null, s.looking(), s.nextLook(), s.problem());
      // Told to stop, it came out all the same: what was seen is kept for the undo.
      case Turning s -> new Turning(seen, s.step(), s.attempt());
      case Idle s -> s;
      case Retrying s -> with(s, seen);
      case Interrupted s -> new Ready(fresh, next(fresh, f.step()));
      case Returning s -> with(s, seen);
      case Undoing s -> with(s, seen);
      case UndoRetrying s -> with(s, seen);
      case Over s -> s;
    };
  }

  private static Step next(Journey journey, Step ended) {
    if (ended == Step.SYNC && overBudget(journey) && journey.begun(Step.SYNC) < MOST_SYNCS) {
      return Step.SYNC;
    }
    return MigrationItinerary.after(ended, journey.spec());
  }

  /** Whether the last delta took longer than the cutover may. */
  static boolean overBudget(Journey journey) {
    Duration budget = journey.spec().policy().downtimeBudget();
    return budget != null && lastDelta(journey).compareTo(budget) > 0;
  }

  /** How long the last delta took, from its first disk's beginning to its last disk's end. */
  static Duration lastDelta(Journey journey) {
    Evidence.DisksLanded landed = journey.seen(Step.SYNC, Evidence.DisksLanded.class);
    if (landed == null || landed.receipts().isEmpty()) {
      return Duration.ZERO;
    }
    Instant from = landed.receipts().getFirst().startedAt();
    Instant to = landed.receipts().getFirst().endedAt();
    for (Receipt receipt : landed.receipts()) {
      from = receipt.startedAt().isBefore(from) ? receipt.startedAt() : from;
      to = receipt.endedAt().isAfter(to) ? receipt.endedAt() : to;
    }
    return Duration.between(from, to);
  }

  private static MigrationState lingering(MigrationState state, CopyLingered f) {
    return switch (state) {
      case Stepping s when s.step() == f.step() ->
          new Stepping(s.journey(), s.step(), s.attempt(), f.problem());
      case Interrupted s when s.step() == f.step() ->
          new Interrupted(s.journey(), s.step(), s.attempt(), f.problem());
      case Stepping s -> s;
      case Interrupted s -> s;
      case Idle s -> s;
      case Ready s -> s;
      case Retrying s -> s;
      case Soaking s -> s;
      case Turning s -> s;
      case Returning s -> s;
      case Undoing s -> s;
      case UndoRetrying s -> s;
      case Held s -> s;
      case Over s -> s;
    };
  }

  private static MigrationState stepDelayed(MigrationState state, StepDelayed f) {
    Journey journey = journeyOf(state);
    if (journey == null) {
      return state;
    }
    if (state instanceof Soaking s) {
      return new Soaking(s.journey(), s.until(), 0, f.retryAt(), f.problem());
    }
    Journey failing = failing(journey, f.step(), f.problem());
    return new Retrying(failing, f.step(), f.attempt(), f.problem(), f.retryAt());
  }

  private static Journey failing(Journey journey, Step step, Problem problem) {
    Journey next = journey.with(journey.tally().failing(problem));
    // An outage before the Job could be made spoils nothing; any other failure may have.
    return step == Step.CONVERT_GUEST && problem.kind() != Problem.Kind.UNAVAILABLE
        ? next.with(next.tally().regenerating())
        : next;
  }

  private static MigrationState held(MigrationState state, MigrationHeld f) {
    Journey journey = journeyOf(state);
    if (journey == null) {
      return state;
    }
    Journey next = f.undoing() ? journey : failing(journey, f.step(), f.problem());
    return new Held(next, f.step(), f.undoing(), f.problem(), f.exits());
  }

  private static MigrationState resolved(MigrationState state, HoldResolved f) {
    if (!(state instanceof Held held)) {
      return state;
    }
    Journey journey = held.journey().with(held.journey().tally().fresh());
    return switch (f.exit()) {
      case RETRY -> {
        if (held.undoing()) {
          yield new Returning(journey, held.step());
        }
        // Only another delta can bring a downtime forecast down.
        boolean sync = held.problem().code().equals(OVER_BUDGET);
        yield new Ready(journey, sync ? Step.SYNC : held.step());
      }
      case ACCEPT -> {
        if (held.undoing()) {
          yield new Held(journey, held.step(), true, held.problem(), held.exits());
        }
        yield switch (held.step()) {
          case GATE -> new Ready(journey.with(journey.permits().waiving()), Step.GATE);
          // Converted are the volumes that the person looked at, not those a retry would make.
          case CONVERT_GUEST ->
              new Held(
                  journey.with(journey.tally().settling()),
                  held.step(),
                  false,
                  held.problem(),
                  held.exits());
          case PREFLIGHT,
              SEED,
              SYNC,
              QUIESCE,
              FENCE,
              SEAL,
              SNAPSHOT_TARGET,
              DEFINE_TARGET,
              LOCK_SOURCE,
              START_TARGET,
              VERIFY,
              SOAK,
              COMMIT ->
              new Held(journey, held.step(), false, held.problem(), held.exits());
        };
      }
      case ROLL_BACK, ABANDON -> with(held, journey);
    };
  }

  private static MigrationState over(
      MigrationState state, Result result, @Nullable String reason, Instant at) {
    Journey journey = journeyOf(state);
    return journey == null ? state : new Over(journey, result, reason, at, List.of());
  }
}
