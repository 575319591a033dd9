// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.executor.MigrationItinerary.Row;
import io.drover.executor.MigrationState.Ready;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationFact.SlotAsked;
import io.drover.schemas.MigrationFact.SlotReturned;
import io.drover.schemas.MigrationFact.SoakBegun;
import io.drover.schemas.MigrationFact.StepBegun;
import io.drover.schemas.MigrationFact.SyncFellDue;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What lets a step begin: brakes, slots, and for the cutover window, budget and approval. */
final class MigrationGate {
  /** A source that waits for its cutover is synced anew after this, and never sooner. */
  static final Duration SYNC_PAUSE = Duration.ofMinutes(15);

  private MigrationGate() {}

  /** Begins the step that is next, or asks for what it needs; whether anything moved. */
  static boolean ready(Course course, Ready ready) {
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
      MigrationSteps.ended(course, step, new Evidence.GuestConverted(null));
      return true;
    }
    if (syncDue(course, ready)) {
      course.happen(new SyncFellDue(MigrationDecider.POLICY));
      return true;
    }
    if (!gate(course, journey, step)) {
      // A window or a person is waited for: others may copy meanwhile.
      return course.state() != ready || giveBack(course, journey);
    }
    return begin(course, journey, row);
  }

  /**
   * Begins a step whose slots are all held, or asks for one that it lacks and was not asked for: in
   * the order of the row, one at a time, so whoever has a cutover slot has its copy slot. Whether
   * anything moved.
   */
  static boolean begin(Course course, Journey journey, Row row) {
    for (Slot slot : row.slots()) {
      if (!journey.permits().held().contains(slot)) {
        if (journey.permits().asked().contains(slot)) {
          return false;
        }
        course.happen(new SlotAsked(slot));
        return true;
      }
    }
    course.happen(new StepBegun(row.step(), journey.begun(row.step()) + 1));
    return true;
  }

  /** Whether the source still runs and serves, and only the word to go is missing. */
  private static boolean before(Journey journey, Step step) {
    return step == Step.GATE || (step == Step.QUIESCE && journey.begun(Step.QUIESCE) == 0);
  }

  /**
   * When the next delta of a running source that waits for its cutover is due, so that the last one
   * stays small; null where none is.
   */
  static @Nullable Instant nextSync(Ready ready) {
    Journey journey = ready.journey();
    Instant last = journey.syncedAt();
    if (last == null || !before(journey, ready.step()) || journey.permits().braked()) {
      return null;
    }
    // Deltas that take long come seldom: at most a fifth of the time goes into copying.
    Duration pause = MigrationFold.lastDelta(journey).multipliedBy(4);
    return last.plus(pause.compareTo(SYNC_PAUSE) < 0 ? SYNC_PAUSE : pause);
  }

  private static boolean syncDue(Course course, Ready ready) {
    Instant due = nextSync(ready);
    return due != null && !course.at.isBefore(due);
  }

  /** Whether nothing but slots keeps the cutover from beginning; holds where a person is needed. */
  private static boolean gate(Course course, Journey journey, Step step) {
    if (!before(journey, step)) {
      return true;
    }
    MigrationSpec spec = journey.spec();
    if (!journey.permits().waived()) {
      Instant closes = spec.policy().notAfter();
      if (closes != null && !course.at.isBefore(closes)) {
        MigrationSteps.hold(
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
        MigrationSteps.hold(
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

  /** Gives all slots back; whether there were any. */
  static boolean giveBack(Course course, Journey journey) {
    for (Slot slot : journey.permits().held()) {
      course.happen(new SlotReturned(slot));
    }
    return !journey.permits().held().isEmpty();
  }
}
