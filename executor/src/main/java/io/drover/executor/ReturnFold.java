// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;
import static io.drover.executor.MigrationState.with;

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
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationFact.RollbackBegun;
import io.drover.schemas.MigrationFact.SourceTouched;
import io.drover.schemas.MigrationFact.UndoBegun;
import io.drover.schemas.MigrationFact.UndoDelayed;
import io.drover.schemas.MigrationFact.UndoEnded;
import io.drover.schemas.Problem;
import io.drover.schemas.Step;
import org.jspecify.annotations.Nullable;

/** The part of {@link MigrationFold} that makes the states of a journey that goes back. Total. */
final class ReturnFold {
  private ReturnFold() {}

  /** Back to the seal: what was made of the copy goes, and the source is shut down once more. */
  static MigrationState touched(MigrationState state, SourceTouched f) {
    if (!(state instanceof Stepping stepping)) {
      return state;
    }
    Journey journey = stepping.journey();
    var tally = journey.tally().touching();
    // Volumes that a conversion wrote to are never used again, whatever a late Job of it does.
    boolean converted = journey.begun(Step.CONVERT_GUEST) > 0;
    Journey next =
        journey.with(converted ? tally.regenerating() : tally).with(journey.trail().reopened());
    return reopened(next, f.step());
  }

  /** The next undo of a journey that goes back to the seal; its way forward where none is owed. */
  private static MigrationState reopened(Journey journey, @Nullable Step from) {
    Step owed = MigrationItinerary.owed(journey, from);
    return owed == null ? new Ready(journey, Step.QUIESCE) : new Returning(journey, owed);
  }

  static MigrationState rollbackBegun(MigrationState state, RollbackBegun f) {
    Journey journey = journeyOf(state);
    if (journey == null) {
      return state;
    }
    Journey back = journey.with(new Journey.Turn(f.by(), f.reason(), f.problem(), f.at()));
    return switch (state) {
      case Stepping s when MigrationItinerary.of(s.step()).round() == null ->
          new Turning(back, s.step(), s.attempt());
      // What is being undone on the way to the seal is undone on the way back, too.
      case Undoing s -> with(s, back);
      case UndoRetrying s -> with(s, back);
      case Idle s -> s;
      case Ready s -> returning(back, f);
      case Stepping s -> returning(back, f);
      case Retrying s -> returning(back, f);
      case Interrupted s -> returning(back, f);
      case Soaking s -> returning(back, f);
      case Turning s -> returning(back, f);
      case Returning s -> returning(back, f);
      case Held s -> returning(back, f);
      case Over s -> returning(back, f);
    };
  }

  private static MigrationState returning(Journey back, RollbackBegun f) {
    return new Returning(back, MigrationItinerary.owed(back, f.inDoubt()));
  }

  static MigrationState stopObserved(MigrationState state) {
    return switch (state) {
      case Turning s -> new Returning(s.journey(), MigrationItinerary.owed(s.journey(), s.step()));
      case Interrupted s -> new Ready(s.journey(), s.step());
      case Undoing s -> new Undoing(s.journey(), s.step(), s.attempt(), true, s.before());
      case Idle s -> s;
      case Ready s -> s;
      case Stepping s -> s;
      case Retrying s -> s;
      case Soaking s -> s;
      case Returning s -> s;
      case UndoRetrying s -> s;
      case Held s -> s;
      case Over s -> s;
    };
  }

  static MigrationState undoBegun(MigrationState state, UndoBegun f) {
    Journey journey = journeyOf(state);
    if (journey == null) {
      return state;
    }
    Journey next = journey.with(journey.tally().undoing(f.step(), f.attempt()));
    // A round that was never begun has nothing to stop, only copies of others to remove.
    boolean halted =
        MigrationItinerary.of(f.step()).undo() == MigrationItinerary.Undo.REMOVE_COPIES
            && journey.begun(f.step()) == 0;
    Problem before =
        state instanceof UndoRetrying again && again.step() == f.step() ? again.problem() : null;
    return new Undoing(next, f.step(), f.attempt(), halted, before);
  }

  static MigrationState undoEnded(MigrationState state, UndoEnded f) {
    Journey journey = journeyOf(state);
    if (journey == null) {
      return state;
    }
    Step step = f.step();
    Journey fresh = journey.with(journey.tally().fresh());
    // A source that was off before is not missed, and does not run now.
    Evidence.SourceRecorded recorded = journey.seen(Step.GATE, Evidence.SourceRecorded.class);
    if (step == Step.QUIESCE && recorded != null && recorded.power() == Inventory.Power.ON) {
      fresh = fresh.with(fresh.trail().back(f.at()));
    }
    Step before = MigrationItinerary.before(step);
    return fresh.reopening()
        ? reopened(fresh.with(fresh.trail().forgetting(step)), before)
        : new Returning(fresh, MigrationItinerary.owed(fresh, before));
  }

  static MigrationState undoDelayed(MigrationState state, UndoDelayed f) {
    Journey journey = journeyOf(state);
    return journey == null
        ? state
        : new UndoRetrying(
            journey.with(journey.tally().failing(f.problem())),
            f.step(),
            f.attempt(),
            f.problem(),
            f.retryAt());
  }
}
