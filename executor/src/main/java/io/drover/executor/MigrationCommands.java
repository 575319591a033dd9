// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;

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
import io.drover.schemas.Actor;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.Evidence;
import io.drover.schemas.HoldExit;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationFact.CheckpointReached;
import io.drover.schemas.MigrationFact.CommandKept;
import io.drover.schemas.MigrationFact.CommitAsked;
import io.drover.schemas.MigrationFact.CutoverApproved;
import io.drover.schemas.MigrationFact.Early;
import io.drover.schemas.MigrationFact.HoldResolved;
import io.drover.schemas.MigrationFact.MigrationAbandoned;
import io.drover.schemas.MigrationFact.MigrationPaused;
import io.drover.schemas.MigrationFact.MigrationResumed;
import io.drover.schemas.MigrationFact.MigrationStarted;
import io.drover.schemas.MigrationFact.SlotTaken;
import io.drover.schemas.MigrationFact.StepEnded;
import io.drover.schemas.MigrationFact.StopAsked;
import io.drover.schemas.MigrationFact.SyncFellDue;
import io.drover.schemas.MigrationFact.UndoBegun;
import io.drover.schemas.MigrationFact.UndoEnded;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationMessage.*;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What people and other brains say to a journey, and what it makes of that. */
final class MigrationCommands {
  private MigrationCommands() {}

  static void told(Course course, MigrationMessage message, Actor by) {
    switch (message) {
      case StartMigration m -> start(course, m.spec(), by);
      case SlotGranted m -> slotGranted(course, m);
      case PauseMigration m -> pause(course, m, by);
      case ResumeMigration m -> resume(course, m, by);
      case CancelMigration m -> turn(course, "cancel", m.migration(), m.reason(), by);
      case RollBackMigration m -> turn(course, "roll back", m.migration(), m.reason(), by);
      case CommitMigration m -> commit(course, m, by);
      case ApproveCutover m -> approve(course, m, by);
      case RetryMigration m -> retry(course, m, by);
      case ResolveHold m -> resolve(course, m, by);
      case DiskAdvanced m -> MigrationCopies.advanced(course, m);
      case DiskCopied m -> MigrationCopies.landed(course, m);
      case CopyCompleted m -> MigrationCopies.completed(course, m);
      case CopyFailed m -> MigrationCopies.failed(course, m);
      case CopyStopped m -> MigrationCopies.stopped(course, m.copy());
      case CopiesRemoved m -> MigrationCopies.removed(course, m);
      case CopyDelayed m -> MigrationCopies.delayed(course, m);
      case CopyLingers m -> MigrationCopies.lingers(course, m);
      case StopCalled m -> stopAll(course, m.reason());
      case StopLifted m -> {
        Journey journey = journeyOf(course.state());
        if (journey != null && journey.permits().stopped() != null && live(course.state())) {
          course.happen(new MigrationResumed(MigrationDecider.DISPATCH));
          MigrationSteps.released(course);
        }
      }
    }
  }

  private static void start(Course course, MigrationSpec spec, Actor by) {
    Journey journey = journeyOf(course.state());
    List<Kept> kept = EarlyCommands.of(course.state());
    if (journey != null) {
      if (journey.id().equals(spec.id()) || journey.origin().past().contains(spec.id())) {
        return;
      }
      String but = null;
      if (live(course.state())) {
        but = "migration " + journey.id() + " of it is under way";
      } else if (course.state() instanceof Over over && over.result() == Result.COMMITTED) {
        but =
            "it was committed as "
                + journey.spec().target().namespace()
                + "/"
                + journey.spec().target().name()
                + " at "
                + over.at();
      }
      if (but != null) {
        String expected = "start migration " + spec.id() + " of a VM that is free to move";
        course.refuse(by, "StartMigration", expected, but);
        course.turnAway(spec, "Expected to " + expected + ", but " + but + ".");
        return;
      }
    }
    course.happen(
        new MigrationStarted(spec, by, course.at),
        new CheckpointReached(Checkpoint.PLANNED, 1, course.at, LossBound.NONE, null));
    for (Kept early : kept) {
      if (early.migration().equals(spec.id()) && early.command() == Early.CANCEL) {
        MigrationTurns.turn(course, early.by(), early.reason());
      }
    }
  }

  private static void slotGranted(Course course, SlotGranted m) {
    Journey journey = journeyOf(course.state());
    if (journey != null
        && live(course.state())
        && journey.id().equals(m.migration())
        && journey.permits().asked().contains(m.slot())) {
      course.happen(new SlotTaken(m.slot()));
    }
  }

  private static void pause(Course course, PauseMigration m, Actor by) {
    Journey journey = addressed(course, "pause", m.migration(), Early.PAUSE, m.reason(), by);
    if (journey == null) {
      return;
    }
    String but = null;
    if (!forward(course.state())) {
      but = "it is " + words(course.state());
    } else if (journey.permits().paused() != null) {
      but = "it is paused already";
    }
    if (but == null) {
      course.happen(new MigrationPaused(by, m.reason()));
    } else {
      course.refuse(by, "PauseMigration", "pause a journey that still has steps to begin", but);
    }
  }

  private static void resume(Course course, ResumeMigration m, Actor by) {
    Journey journey = addressed(course, "resume", m.migration(), Early.RESUME, "", by);
    if (journey == null) {
      return;
    }
    if (journey.permits().paused() != null && live(course.state())) {
      course.happen(new MigrationResumed(by));
      MigrationSteps.released(course);
    } else {
      String stopped = live(course.state()) ? journey.permits().stopped() : null;
      course.refuse(
          by,
          "ResumeMigration",
          "resume a journey that a person paused",
          stopped == null
              ? "it is " + words(course.state())
              : "its vCenter is stopped (" + stopped + "); it goes on when that stop is lifted");
    }
  }

  private static void turn(
      Course course, String verb, MigrationId migration, String reason, Actor by) {
    Journey journey = addressed(course, verb, migration, Early.CANCEL, reason, by);
    if (journey != null && !MigrationTurns.turn(course, by, reason)) {
      course.refuse(
          by,
          verb.equals("cancel") ? "CancelMigration" : "RollBackMigration",
          verb + " a journey that is not over and has not turned",
          "it is " + words(course.state()));
    }
  }

  private static void commit(Course course, CommitMigration m, Actor by) {
    Journey journey = addressed(course, "commit", m.migration(), null, "", by);
    if (journey == null) {
      return;
    }
    if (course.state() instanceof Soaking s) {
      if (s.until() != null) {
        course.happen(
            new StepEnded(Step.SOAK, new Evidence.Soaked(s.journey().trail().loss(), s.problem())));
      }
      course.happen(new CommitAsked(by));
    } else {
      course.refuse(
          by,
          "CommitMigration",
          "commit a journey whose target is soaking",
          "it is " + words(course.state()));
    }
  }

  private static void approve(Course course, ApproveCutover m, Actor by) {
    Journey journey = addressed(course, "approve", m.migration(), null, "", by);
    if (journey == null) {
      return;
    }
    String but = null;
    int version = journey.spec().planVersion();
    if (m.planVersion() != version) {
      but = "it goes by version " + version + ", not " + m.planVersion();
    } else if (!forward(course.state()) || journey.begun(Step.QUIESCE) > 0) {
      but = "it is " + words(course.state());
    } else if (journey.permits().approvedBy() != null) {
      but = "it was approved already by " + journey.permits().approvedBy();
    } else if (journey.spec().policy().wroteIt(by)) {
      but =
          by
              + " asked for the plan, and four eyes are required: who asked for it, had it made"
              + " again or edited it cannot approve its cutovers. Another person approves them";
    }
    if (but == null) {
      course.happen(new CutoverApproved(by));
    } else {
      course.refuse(by, "ApproveCutover", "approve a cutover that has not begun", but);
    }
  }

  private static void retry(Course course, RetryMigration m, Actor by) {
    Journey journey = addressed(course, "retry", m.migration(), null, "", by);
    if (journey == null) {
      return;
    }
    switch (course.state()) {
      case Retrying s when !journey.permits().braked() -> {
        // Without its slots it asks for them, and goes on when its pause is over.
        if (!MigrationGate.begin(course, journey, MigrationItinerary.of(s.step()))) {
          course.refuse(
              by,
              "RetryMigration",
              "retry a step that waits for no slot",
              "it waits for "
                  + String.join(" and ", MigrationView.slots(journey.permits()))
                  + " already, and goes on by itself");
        }
      }
      case UndoRetrying s -> course.happen(new UndoBegun(s.step(), journey.undone(s.step()) + 1));
      case Held s -> exit(course, s, HoldExit.RETRY, "retry", by);
      // Where the converter is waited for, it is asked once more.
      case Undoing s
          when MigrationItinerary.of(s.step()).undo() != MigrationItinerary.Undo.EFFECT ->
          course.happen(new UndoBegun(s.step(), journey.undone(s.step()) + 1));
      case Idle s -> {}
      // A running source that waits for its cutover can be synced at any time.
      case Ready s when MigrationGate.nextSync(s) != null -> course.happen(new SyncFellDue(by));
      case Ready s -> refuseRetry(course, by);
      case Stepping s -> refuseRetry(course, by);
      case Retrying s -> refuseRetry(course, by);
      case Interrupted s -> refuseRetry(course, by);
      case Soaking s -> refuseRetry(course, by);
      case Turning s -> refuseRetry(course, by);
      case Returning s -> refuseRetry(course, by);
      case Undoing s -> refuseRetry(course, by);
      case Over s -> refuseRetry(course, by);
    }
  }

  private static void refuseRetry(Course course, Actor by) {
    course.refuse(
        by,
        "RetryMigration",
        "retry a step that failed or is held",
        "the journey is " + words(course.state()));
  }

  private static void resolve(Course course, ResolveHold m, Actor by) {
    Journey journey = addressed(course, "resolve", m.migration(), null, "", by);
    if (journey == null) {
      return;
    }
    if (course.state() instanceof Held held) {
      exit(course, held, m.exit(), m.reason(), by);
    } else {
      course.refuse(
          by, "ResolveHold", "resolve a journey that is held", "it is " + words(course.state()));
    }
  }

  private static void exit(Course course, Held held, HoldExit exit, String reason, Actor by) {
    List<HoldExit> ways = held.ways();
    if (!ways.contains(exit)) {
      course.refuse(by, "ResolveHold", "take one of the ways out " + ways, "got " + exit);
      return;
    }
    switch (exit) {
      case RETRY -> course.happen(new HoldResolved(by, exit, reason));
      case ROLL_BACK -> MigrationTurns.turn(course, by, reason);
      case ABANDON ->
          course.happen(
              new HoldResolved(by, exit, reason), new MigrationAbandoned(by, reason, course.at));
      case ACCEPT -> {
        course.happen(new HoldResolved(by, exit, reason));
        if (held.undoing()) {
          course.happen(
              new UndoEnded(
                  held.step(),
                  new Evidence.Undone(held.step(), "accepted by " + by.name()),
                  course.at));
        } else if (held.step() != Step.GATE) {
          MigrationSteps.ended(course, held.step(), accepted(course, held.step(), by));
        }
      }
    }
  }

  /** What stands in the place of an observation when a person says that a step is done. */
  private static Evidence accepted(Course course, Step step, Actor by) {
    String word = "accepted by " + by.name();
    return switch (step) {
      case PREFLIGHT -> new Evidence.PreflightPassed(List.of(word));
      case CONVERT_GUEST -> new Evidence.GuestConverted(null);
      case VERIFY -> new Evidence.TargetHealthy(List.of(word), course.at);
      case COMMIT -> new Evidence.Committed();
      case SEED,
          SYNC,
          GATE,
          QUIESCE,
          FENCE,
          SEAL,
          SNAPSHOT_TARGET,
          DEFINE_TARGET,
          LOCK_SOURCE,
          START_TARGET,
          SOAK ->
          throw new IllegalStateException("No person can stand in for " + step.label());
    };
  }

  private static void stopAll(Course course, String reason) {
    Journey journey = journeyOf(course.state());
    if (journey == null || !live(course.state()) || journey.permits().stopped() != null) {
      return;
    }
    course.happen(new MigrationPaused(MigrationDecider.DISPATCH, reason));
    if (course.state() instanceof Stepping s && MigrationItinerary.of(s.step()).round() != null) {
      course.happen(new StopAsked(s.step()));
    }
  }

  /**
   * The journey a command is meant for; else the command is kept, if it may come before its
   * journey, or refused.
   */
  private static @Nullable Journey addressed(
      Course course,
      String verb,
      MigrationId migration,
      @Nullable Early early,
      String reason,
      Actor by) {
    Journey journey = journeyOf(course.state());
    if (journey != null && journey.id().equals(migration)) {
      return journey;
    }
    boolean past = journey != null && journey.origin().past().contains(migration);
    if (early != null && !live(course.state()) && !past) {
      EarlyCommands.keep(course, verb, new CommandKept(migration, early, by, reason));
      return null;
    }
    course.refuse(
        by,
        verb,
        verb + " migration " + migration,
        past
            ? "it is over"
            : journey == null ? "this VM has none" : "this VM's migration is " + journey.id());
    return null;
  }

  static boolean live(MigrationState state) {
    return !(state instanceof Idle) && !(state instanceof Over);
  }

  private static boolean forward(MigrationState state) {
    return switch (state) {
      case Ready s -> s.step() != Step.COMMIT;
      case Stepping s -> s.step() != Step.COMMIT;
      case Retrying s -> s.step() != Step.COMMIT;
      case Interrupted s -> true;
      case Held s -> (!s.undoing() || s.journey().reopening()) && s.step() != Step.COMMIT;
      // On the way to the seal more steps are to come.
      case Returning s -> s.journey().reopening();
      case Undoing s -> s.journey().reopening();
      case UndoRetrying s -> s.journey().reopening();
      case Idle s -> false;
      case Soaking s -> false;
      case Turning s -> false;
      case Over s -> false;
    };
  }

  private static String words(MigrationState state) {
    return MigrationView.phase(state).name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
