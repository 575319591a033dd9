// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;

import io.drover.engine.Outcome;
import io.drover.engine.Retry;
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
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationFact.CheckpointReached;
import io.drover.schemas.MigrationFact.CommitAsked;
import io.drover.schemas.MigrationFact.CutoverCommitted;
import io.drover.schemas.MigrationFact.CutoverRolledBack;
import io.drover.schemas.MigrationFact.LossUpdated;
import io.drover.schemas.MigrationFact.MigrationHeld;
import io.drover.schemas.MigrationFact.SlotReturned;
import io.drover.schemas.MigrationFact.StepBegun;
import io.drover.schemas.MigrationFact.StepDelayed;
import io.drover.schemas.MigrationFact.StepEnded;
import io.drover.schemas.MigrationFact.UndoBegun;
import io.drover.schemas.MigrationFact.UndoDelayed;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.WriteCount;
import java.time.Duration;
import java.time.Instant;

/** How the steps follow one another: what ends, fails and holds a journey. */
final class MigrationSteps {
  /** What is made of an effect that ended without an outcome. */
  static final Problem INTERRUPTED =
      new Problem(
          Problem.Kind.UNAVAILABLE,
          "effect-interrupted",
          "The step was interrupted before it could be observed.",
          "Nothing to do: it is looked at and ensured again.");

  /** Code of the problem that somebody touched the source behind its fence. */
  static final String SOURCE_TOUCHED = "source-touched";

  /** Times that a journey goes back to the seal for that; the next time it goes all the way. */
  static final int MOST_TOUCHES = 3;

  private MigrationSteps() {}

  /** Does what is due by itself, until something has to be waited for. */
  static void proceed(Course course) {
    while (true) {
      MigrationState before = course.state();
      boolean moved =
          switch (before) {
            case Ready s -> MigrationGate.ready(course, s);
            case Retrying s -> retry(course, s);
            case Returning s -> back(course, s);
            case Held s -> MigrationGate.giveBack(course, s.journey());
            case Idle s -> false;
            case Stepping s -> false;
            case Interrupted s -> false;
            case Soaking s -> false;
            case Turning s -> false;
            case Undoing s -> false;
            // The way back needs none, and may take as long as an outage does.
            case UndoRetrying s -> MigrationGate.giveBack(course, s.journey());
            case Over s -> false;
          };
      if (!moved) {
        return;
      }
    }
  }

  private static boolean retry(Course course, Retrying retrying) {
    Journey journey = retrying.journey();
    if (journey.permits().braked()) {
      return MigrationGate.giveBack(course, journey);
    }
    if (course.at.isBefore(retrying.retryAt())) {
      return false;
    }
    return MigrationGate.begin(course, journey, MigrationItinerary.of(retrying.step()));
  }

  private static boolean back(Course course, Returning returning) {
    Journey journey = returning.journey();
    Step next = returning.next();
    if (next == null) {
      Journey.Turn turn = journey.turn();
      course.happen(new CutoverRolledBack(turn == null ? "rolled back" : turn.reason(), course.at));
      return false;
    }
    course.happen(new UndoBegun(next, journey.undone(next) + 1));
    return true;
  }

  /** A step was observed satisfied. */
  static void ended(Course course, Step step, Evidence evidence) {
    course.happen(new StepEnded(step, evidence));
    Journey journey = journeyOf(course.state());
    if (journey == null) {
      return;
    }
    var checkpoint = MigrationItinerary.of(step).reaches();
    // Where the storage has no snapshots there is no such rung to go back to.
    boolean none =
        evidence instanceof Evidence.TargetSnapshotted taken && taken.snapshots().isEmpty();
    if (checkpoint != null && !none) {
      LossBound loss = step == Step.VERIFY ? LossBound.UNKNOWN : LossBound.NONE;
      course.happen(
          new CheckpointReached(checkpoint, journey.next(checkpoint), course.at, loss, null));
    }
    if (step == Step.VERIFY) {
      // From here on going back costs what the target wrote; the first look says how much.
      course.happen(new LossUpdated(LossBound.UNKNOWN, null, null, null));
    }
    if (step == Step.COMMIT) {
      course.happen(new CutoverCommitted(course.at));
    }
  }

  /** A step did not come out: again later, back, or a person is asked. */
  static void failed(Course course, Journey journey, Step step, int attempt, Problem problem) {
    Retry retry = MigrationItinerary.of(step).retry();
    switch (problem.kind()) {
      case UNAVAILABLE ->
          course.happen(
              new StepDelayed(
                  step,
                  attempt,
                  problem,
                  course.at.plus(retry.pause(journey.tally().outages() + 1))));
      case TRANSIENT -> {
        int failures = journey.tally().failures() + 1;
        if (retry.again(failures)) {
          course.happen(
              new StepDelayed(step, attempt, problem, course.at.plus(retry.pause(failures))));
        } else {
          giveUp(course, step, problem);
        }
      }
      case REFUSED -> {
        boolean touched = problem.code().equals(SOURCE_TOUCHED);
        if (touched && journey.tally().touched() < MOST_TOUCHES) {
          touched(course, journey, step, problem);
        } else {
          giveUp(course, step, problem);
        }
      }
      case CORRUPT -> giveUp(course, step, problem);
      case UNKNOWN -> hold(course, step, problem);
    }
  }

  /** The copy may be stale: back to the seal. The slots of the cutover are asked for anew. */
  private static void touched(Course course, Journey journey, Step step, Problem problem) {
    course.happen(new MigrationFact.SourceTouched(step, journey.tally().touched() + 1, problem));
    for (Slot slot : journey.permits().held()) {
      course.happen(new SlotReturned(slot));
    }
  }

  private static void giveUp(Course course, Step step, Problem problem) {
    if (step == Step.COMMIT) {
      hold(course, step, problem);
    } else {
      // What failed was observed: nothing of the step runs, there is nothing to be stopped.
      MigrationTurns.turn(course, MigrationDecider.POLICY, problem.what(), problem, step, false);
    }
  }

  /** An undo did not come out. It is never given up: again later, or a person is asked. */
  static void undoFailed(Course course, Journey journey, Undoing undoing, Problem problem) {
    Retry retry = MigrationItinerary.of(undoing.step()).undoRetry();
    int failures = journey.tally().failures() + 1;
    switch (problem.kind()) {
      case UNAVAILABLE ->
          course.happen(
              new UndoDelayed(
                  undoing.step(),
                  undoing.attempt(),
                  problem,
                  course.at.plus(retry.pause(journey.tally().outages() + 1))));
      case TRANSIENT -> {
        if (retry.again(failures)) {
          course.happen(
              new UndoDelayed(
                  undoing.step(),
                  undoing.attempt(),
                  problem,
                  course.at.plus(retry.pause(failures))));
        } else {
          holdUndo(course, journey, undoing, problem);
        }
      }
      case REFUSED, CORRUPT, UNKNOWN -> holdUndo(course, journey, undoing, problem);
    }
  }

  private static void holdUndo(Course course, Journey journey, Undoing undoing, Problem problem) {
    course.happen(
        new MigrationHeld(
            undoing.step(),
            true,
            problem,
            MigrationItinerary.of(undoing.step()).undoExits(journey.reopening())));
  }

  static void hold(Course course, Step step, Problem problem) {
    course.happen(new MigrationHeld(step, false, problem, MigrationItinerary.of(step).exits()));
  }

  /** Where the plan said in advance to commit at the end of the soak. */
  static boolean commitsByItself(Soaking soaking) {
    return soaking.journey().spec().policy().soakEnd() == MigrationSpec.SoakEnd.COMMIT;
  }

  /** The soak ended; or something was found wrong since, where the plan would commit. */
  static void soaked(Course course, Soaking soaking) {
    var soaked = new Evidence.Soaked(soaking.journey().trail().loss(), soaking.problem());
    switch (soaking.journey().spec().policy().soakEnd()) {
      case HOLD, COMMIT -> course.happen(new StepEnded(Step.SOAK, soaked));
      case ROLL_BACK ->
          MigrationTurns.turn(
              course, MigrationDecider.POLICY, "the soak ended and the plan says to roll back");
    }
  }

  /** A brake is off: what waited for that to be committed is looked at first. */
  static void released(Course course) {
    if (course.state() instanceof Soaking soaking
        && committing(soaking)
        && soaking.looking() == 0) {
      look(course, soaking);
    }
  }

  /** Begins a look at the soaking target. */
  static void look(Course course, Soaking soaking) {
    course.happen(new StepBegun(Step.SOAK, soaking.journey().begun(Step.SOAK) + 1));
  }

  /** Whether the soak is over and the plan's word is enough to commit. */
  static boolean committing(Soaking soaking) {
    Evidence.Soaked soaked = soaking.journey().seen(Step.SOAK, Evidence.Soaked.class);
    // What looked out of place when the soak ended, or since, is for a person to judge.
    return soaking.until() == null
        && soaked != null
        && soaked.problem() == null
        && commitsByItself(soaking);
  }

  /** A look at the soaking target came back; a commit by policy is always the answer to one. */
  static void looked(Course course, Soaking soaking, Outcome<Evidence> outcome) {
    Instant next = course.at.plus(pause(soaking.journey().spec().policy().soak()));
    switch (outcome) {
      case Outcome.Done<Evidence> done ->
          course.happen(measured(soaking.journey(), done.evidence(), next));
      case Outcome.Failed<Evidence> failed ->
          course.happen(new StepDelayed(Step.SOAK, soaking.looking(), failed.problem(), next));
      case Outcome.Stopped<Evidence> stopped ->
          course.happen(new StepDelayed(Step.SOAK, soaking.looking(), INTERRUPTED, next));
    }
    if (course.state() instanceof Soaking looked
        && (looked.until() == null
            ? committing(looked) && looked.problem() != null
            : !looked.until().isAfter(course.at))) {
      soaked(course, looked);
    }
    if (course.state() instanceof Soaking looked
        && committing(looked)
        && !looked.journey().permits().braked()) {
      course.happen(new CommitAsked(MigrationDecider.POLICY));
    }
  }

  /**
   * A bound only where nothing can have been written that no reading showed: what an instance wrote
   * after its last reading is known to nobody once another took its place.
   */
  private static LossUpdated measured(Journey journey, Evidence evidence, Instant next) {
    if (!(evidence instanceof Evidence.LossMeasured measured)) {
      return new LossUpdated(LossBound.UNKNOWN, next, null, null);
    }
    Long bytes = measured.loss().bytes();
    String instance = measured.instance();
    if (bytes == null || instance == null) {
      return new LossUpdated(LossBound.UNKNOWN, next, null, measured.problem());
    }
    WriteCount count = journey.counted(instance, bytes);
    return new LossUpdated(
        count.whole() ? measured.loss() : LossBound.UNKNOWN, next, count, measured.problem());
  }

  /** A tenth of the soak between two looks, but neither a storm nor a blindfold. */
  private static Duration pause(Duration soak) {
    Duration tenth = soak.dividedBy(10);
    Duration least = Duration.ofSeconds(5);
    Duration most = Duration.ofMinutes(10);
    return tenth.compareTo(least) < 0 ? least : tenth.compareTo(most) > 0 ? most : tenth;
  }
}
