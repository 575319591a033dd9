// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;

import io.drover.engine.Outcome;
import io.drover.engine.Retry;
import io.drover.executor.MigrationItinerary.Row;
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
import io.drover.schemas.Actor;
import io.drover.schemas.Evidence;
import io.drover.schemas.HoldExit;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationFact.CheckpointReached;
import io.drover.schemas.MigrationFact.CommitAsked;
import io.drover.schemas.MigrationFact.CutoverCommitted;
import io.drover.schemas.MigrationFact.CutoverRolledBack;
import io.drover.schemas.MigrationFact.LossUpdated;
import io.drover.schemas.MigrationFact.MigrationHeld;
import io.drover.schemas.MigrationFact.RollbackBegun;
import io.drover.schemas.MigrationFact.SlotAsked;
import io.drover.schemas.MigrationFact.SlotReturned;
import io.drover.schemas.MigrationFact.SoakBegun;
import io.drover.schemas.MigrationFact.StepBegun;
import io.drover.schemas.MigrationFact.StepDelayed;
import io.drover.schemas.MigrationFact.StepEnded;
import io.drover.schemas.MigrationFact.StopAsked;
import io.drover.schemas.MigrationFact.UndoBegun;
import io.drover.schemas.MigrationFact.UndoDelayed;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the steps follow one another: what begins, ends, fails, turns and holds a journey. */
final class MigrationSteps {
  /** What is made of an effect that ended without an outcome. */
  static final Problem INTERRUPTED =
      new Problem(
          Problem.Kind.UNAVAILABLE,
          "effect-interrupted",
          "The step was interrupted before it could be observed.",
          "Nothing to do: it is looked at and ensured again.");

  private static final List<HoldExit> UNDO_EXITS =
      List.of(HoldExit.RETRY, HoldExit.ACCEPT, HoldExit.ABANDON);

  private MigrationSteps() {}

  /** Does what is due by itself, until something has to be waited for. */
  static void proceed(Course course) {
    while (true) {
      MigrationState before = course.state();
      boolean moved =
          switch (before) {
            case Ready s -> ready(course, s);
            case Retrying s -> retry(course, s);
            case Returning s -> back(course, s);
            case Held s -> giveBack(course, s.journey());
            case Idle s -> false;
            case Stepping s -> false;
            case Interrupted s -> false;
            case Soaking s -> false;
            case Turning s -> false;
            case Undoing s -> false;
            case UndoRetrying s -> false;
            case Over s -> false;
          };
      if (!moved) {
        return;
      }
    }
  }

  private static boolean ready(Course course, Ready ready) {
    Journey journey = ready.journey();
    Step step = ready.step();
    Row row = MigrationItinerary.of(step);
    for (Slot slot : journey.permits().held()) {
      if (!row.slots().contains(slot)) {
        course.happen(new SlotReturned(slot));
        return true;
      }
    }
    if (step == Step.SOAK) {
      course.happen(new SoakBegun(course.at.plus(journey.spec().policy().soak())));
      // The first look is at once: it is the one that finds the loss bound of the checkpoint.
      course.happen(new StepBegun(Step.SOAK, journey.begun(Step.SOAK) + 1));
      return true;
    }
    // A commit was asked for by a person or the policy: it is not braked.
    if (journey.permits().braked() && step != Step.COMMIT) {
      return giveBack(course, journey);
    }
    if (!row.needed().test(journey.spec())) {
      ended(course, step, new Evidence.GuestConverted(null));
      return true;
    }
    if (!gate(course, journey, step)) {
      return course.state() != ready;
    }
    for (Slot slot : row.slots()) {
      if (!journey.permits().held().contains(slot)) {
        // In the order of the row, one at a time: whoever has a cutover slot has its copy slot.
        if (journey.permits().asked().contains(slot)) {
          return false;
        }
        course.happen(new SlotAsked(slot));
        return true;
      }
    }
    course.happen(new StepBegun(step, journey.begun(step) + 1));
    return true;
  }

  /** Whether nothing but slots keeps the cutover from beginning; holds where a person is needed. */
  private static boolean gate(Course course, Journey journey, Step step) {
    boolean before =
        step == Step.GATE || (step == Step.QUIESCE && journey.begun(Step.QUIESCE) == 0);
    if (!before) {
      return true;
    }
    MigrationSpec spec = journey.spec();
    if (!journey.permits().waived()) {
      Instant closes = spec.policy().notAfter();
      if (closes != null && !course.at.isBefore(closes)) {
        hold(
            course,
            Step.GATE,
            new Problem(
                Problem.Kind.REFUSED,
                "window-missed",
                "The maintenance window of " + spec.source().name() + " closed at " + closes + ".",
                "Accept to cut over outside the window, or roll back and plan another."));
        return false;
      }
      Instant opens = spec.policy().notBefore();
      if (opens != null && course.at.isBefore(opens)) {
        return false;
      }
      if (MigrationFold.overBudget(journey)) {
        hold(
            course,
            Step.GATE,
            new Problem(
                Problem.Kind.REFUSED,
                MigrationFold.OVER_BUDGET,
                "The last delta of "
                    + spec.source().name()
                    + " took "
                    + MigrationFold.lastDelta(journey).toSeconds()
                    + " s, more than its downtime budget.",
                "Retry for another delta at a calmer time, accept the longer downtime, or roll"
                    + " back."));
        return false;
      }
    }
    return !spec.policy().cutoverApproval() || journey.permits().approvedBy() != null;
  }

  private static boolean retry(Course course, Retrying retrying) {
    if (retrying.journey().permits().braked() || course.at.isBefore(retrying.retryAt())) {
      return false;
    }
    again(course, retrying);
    return true;
  }

  /** Begins a failed step again, now. */
  static void again(Course course, Retrying retrying) {
    course.happen(new StepBegun(retrying.step(), retrying.journey().begun(retrying.step()) + 1));
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

  private static boolean giveBack(Course course, Journey journey) {
    for (Slot slot : journey.permits().held()) {
      course.happen(new SlotReturned(slot));
    }
    return !journey.permits().held().isEmpty();
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
          new CheckpointReached(
              checkpoint, journey.reached(checkpoint) + 1, course.at, loss, null));
    }
    if (step == Step.VERIFY) {
      // From here on going back costs what the target wrote; the first look says how much.
      course.happen(new LossUpdated(LossBound.UNKNOWN, null));
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
      case REFUSED, CORRUPT -> giveUp(course, step, problem);
      case UNKNOWN -> hold(course, step, problem);
    }
  }

  private static void giveUp(Course course, Step step, Problem problem) {
    if (step == Step.COMMIT) {
      hold(course, step, problem);
    } else {
      // What failed was observed: nothing of the step runs, there is nothing to be stopped.
      turn(course, MigrationDecider.POLICY, problem.what(), problem, step, false);
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
          course.happen(new MigrationHeld(undoing.step(), true, problem, UNDO_EXITS));
        }
      }
      case REFUSED, CORRUPT, UNKNOWN ->
          course.happen(new MigrationHeld(undoing.step(), true, problem, UNDO_EXITS));
    }
  }

  static void hold(Course course, Step step, Problem problem) {
    course.happen(new MigrationHeld(step, false, problem, MigrationItinerary.of(step).exits()));
  }

  /**
   * Turns the journey, for good.
   *
   * @param running whether the effect of the step in doubt may still run
   */
  static void turn(
      Course course,
      Actor by,
      String reason,
      @Nullable Problem problem,
      Step inDoubt,
      boolean running) {
    if (running) {
      course.happen(new RollbackBegun(by, reason, problem, inDoubt), new StopAsked(inDoubt));
    } else {
      if (course.state() instanceof Stepping s) {
        // The outcome is in; only then is the undo free to begin.
        course.happen(
            new RollbackBegun(by, reason, problem, inDoubt),
            new MigrationFact.StopObserved(s.step()));
      } else {
        course.happen(new RollbackBegun(by, reason, problem, inDoubt));
      }
    }
  }

  /** Turns the journey wherever it is; false where it cannot be turned (any more). */
  static boolean turn(Course course, Actor by, String reason) {
    return switch (course.state()) {
      case Ready s -> {
        if (s.step() == Step.COMMIT) {
          yield false;
        }
        turn(course, by, reason, null, s.step(), false);
        yield true;
      }
      case Stepping s -> {
        if (s.step() == Step.COMMIT) {
          yield false;
        }
        turn(course, by, reason, null, s.step(), true);
        yield true;
      }
      case Retrying s -> {
        if (s.step() == Step.COMMIT) {
          yield false;
        }
        turn(course, by, reason, null, s.step(), false);
        yield true;
      }
      case Interrupted s -> {
        turn(course, by, reason, null, s.step(), false);
        yield true;
      }
      case Soaking s -> {
        turn(course, by, reason, s.problem(), Step.SOAK, false);
        yield true;
      }
      case Held s -> {
        if (s.undoing() || !s.exits().contains(HoldExit.ROLL_BACK)) {
          yield false;
        }
        course.happen(new MigrationFact.HoldResolved(by, HoldExit.ROLL_BACK, reason));
        turn(course, by, reason, s.problem(), s.step(), false);
        yield true;
      }
      case Idle s -> false;
      case Turning s -> false;
      case Returning s -> false;
      case Undoing s -> false;
      case UndoRetrying s -> false;
      case Over s -> false;
    };
  }

  /** Whether the end of the maintenance window means something to this state. */
  static boolean withinWindow(MigrationState state) {
    return switch (state) {
      case Ready s -> s.step() == Step.GATE || cutover(s.step());
      case Stepping s -> cutover(s.step());
      case Retrying s -> cutover(s.step());
      case Interrupted s -> cutover(s.step());
      case Held s -> !s.undoing() && cutover(s.step());
      case Idle s -> false;
      case Soaking s -> false;
      case Turning s -> false;
      case Returning s -> false;
      case Undoing s -> false;
      case UndoRetrying s -> false;
      case Over s -> false;
    };
  }

  private static boolean cutover(Step step) {
    return step.compareTo(Step.QUIESCE) >= 0 && step.compareTo(Step.VERIFY) <= 0;
  }

  /** The window closed: a cutover under way comes back, one that has not begun asks a person. */
  static void windowClosed(Course course) {
    Journey journey = journeyOf(course.state());
    boolean begun = journey != null && journey.begun(Step.QUIESCE) > 0;
    if (begun && journey != null) {
      turn(
          course,
          MigrationDecider.POLICY,
          "the maintenance window closed at " + journey.spec().policy().notAfter());
    }
  }

  /** The soak timer ended. */
  static void soaked(Course course, Soaking soaking) {
    LossBound loss = soaking.journey().trail().loss();
    switch (soaking.journey().spec().policy().soakEnd()) {
      case HOLD -> course.happen(new StepEnded(Step.SOAK, new Evidence.Soaked(loss)));
      case COMMIT -> {
        course.happen(new StepEnded(Step.SOAK, new Evidence.Soaked(loss)));
        // What looks out of place is for a person to judge.
        if (soaking.problem() == null) {
          course.happen(new CommitAsked(MigrationDecider.POLICY));
        }
      }
      case ROLL_BACK ->
          turn(course, MigrationDecider.POLICY, "the soak ended and the plan says to roll back");
    }
  }

  /** A look at the soaking target came back. */
  static void looked(Course course, Soaking soaking, Outcome<Evidence> outcome) {
    Instant next = course.at.plus(pause(soaking.journey().spec().policy().soak()));
    switch (outcome) {
      case Outcome.Done<Evidence> done ->
          course.happen(
              new LossUpdated(
                  done.evidence() instanceof Evidence.LossMeasured measured
                      ? measured.loss()
                      : LossBound.UNKNOWN,
                  next));
      case Outcome.Failed<Evidence> failed ->
          course.happen(new StepDelayed(Step.SOAK, soaking.looking(), failed.problem(), next));
      case Outcome.Stopped<Evidence> stopped ->
          course.happen(new StepDelayed(Step.SOAK, soaking.looking(), INTERRUPTED, next));
    }
  }

  /** A tenth of the soak between two looks, but neither a storm nor a blindfold. */
  private static Duration pause(Duration soak) {
    Duration tenth = soak.dividedBy(10);
    Duration least = Duration.ofSeconds(5);
    Duration most = Duration.ofMinutes(10);
    return tenth.compareTo(least) < 0 ? least : tenth.compareTo(most) > 0 ? most : tenth;
  }
}
