// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;

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
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationFact.RollbackBegun;
import io.drover.schemas.MigrationFact.StopAsked;
import io.drover.schemas.Problem;
import io.drover.schemas.Step;
import org.jspecify.annotations.Nullable;

/** How a journey turns: from wherever it is, once, and for good. */
final class MigrationTurns {
  private MigrationTurns() {}

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
      course.happen(
          new RollbackBegun(by, reason, problem, inDoubt, course.at), new StopAsked(inDoubt));
    } else {
      if (course.state() instanceof Stepping s) {
        // The outcome is in; only then is the undo free to begin.
        course.happen(
            new RollbackBegun(by, reason, problem, inDoubt, course.at),
            new MigrationFact.StopObserved(s.step()));
      } else {
        course.happen(new RollbackBegun(by, reason, problem, inDoubt, course.at));
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
        if (!s.exits().contains(HoldExit.ROLL_BACK)) {
          yield false;
        }
        course.happen(new MigrationFact.HoldResolved(by, HoldExit.ROLL_BACK, reason));
        turn(course, by, reason, s.problem(), s.step(), false);
        yield true;
      }
      case Returning s -> reopening(course, s.journey(), s.next(), by, reason);
      case Undoing s -> reopening(course, s.journey(), s.step(), by, reason);
      case UndoRetrying s -> reopening(course, s.journey(), s.step(), by, reason);
      case Idle s -> false;
      case Turning s -> false;
      case Over s -> false;
    };
  }

  /** On its way to the seal it can still turn; what is being undone is in doubt. */
  private static boolean reopening(
      Course course, Journey journey, @Nullable Step next, Actor by, String reason) {
    if (!journey.reopening() || next == null) {
      return false;
    }
    turn(course, by, reason, null, next, false);
    return true;
  }

  /** Whether the end of the maintenance window means something to this state. */
  static boolean withinWindow(MigrationState state) {
    return switch (state) {
      case Ready s -> s.step() == Step.GATE || cutover(s.step());
      case Stepping s -> cutover(s.step());
      case Retrying s -> cutover(s.step());
      case Interrupted s -> cutover(s.step());
      case Held s -> (!s.undoing() || s.journey().reopening()) && cutover(s.step());
      case Returning s -> s.journey().reopening();
      case Undoing s -> s.journey().reopening();
      case UndoRetrying s -> s.journey().reopening();
      case Idle s -> false;
      case Soaking s -> false;
      case Turning s -> false;
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
}
