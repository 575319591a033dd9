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
import io.drover.schemas.CopyId;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationFact.DiskLanded;
import io.drover.schemas.MigrationFact.StopObserved;
import io.drover.schemas.MigrationFact.UndoEnded;
import io.drover.schemas.MigrationMessage.CopiesRemoved;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyDelayed;
import io.drover.schemas.MigrationMessage.CopyFailed;
import io.drover.schemas.MigrationMessage.CopyLingers;
import io.drover.schemas.MigrationMessage.DiskAdvanced;
import io.drover.schemas.MigrationMessage.DiskCopied;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import io.drover.schemas.Step;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the conversion brain answers, and what a journey makes of that. */
final class MigrationCopies {
  private MigrationCopies() {}

  /** A disk of a whole copy is so far; how far a difference is says little. */
  static void advanced(Course course, DiskAdvanced m) {
    Journey journey = journeyOf(course.state());
    if (journey != null
        && m.copy().equals(underWay(course.state()))
        && Copied.whole(MigrationState.stepOf(course.state()), journey.spec())) {
      var fact =
          new MigrationFact.DiskAdvanced(
              m.diskKey(), m.done(), m.total(), m.bytesPerSecond(), m.at());
      if (!journey.copied().advancing(fact).equals(journey.copied())) {
        course.happen(fact);
      }
    }
  }

  /** One disk landed; its receipt is noted at once. */
  static void landed(Course course, DiskCopied m) {
    if (m.copy().equals(underWay(course.state()))) {
      Journey journey = journeyOf(course.state());
      if (journey != null && !journey.trail().receipts().contains(m.receipt())) {
        course.happen(new DiskLanded(m.receipt()));
      }
    }
  }

  /** A round cannot be completed. */
  static void failed(Course course, CopyFailed m) {
    if (course.state() instanceof Stepping s && m.copy().equals(underWay(s))) {
      MigrationSteps.failed(course, s.journey(), s.step(), s.attempt(), m.problem());
    }
  }

  /** Every copy of the journey is gone. */
  static void removed(Course course, CopiesRemoved m) {
    if (course.state() instanceof Undoing s
        && s.halted()
        && s.journey().id().equals(m.migration())) {
      course.happen(
          new UndoEnded(
              s.step(), new Evidence.Undone(s.step(), "copies and snapshots gone"), course.at));
    }
  }

  /** The round under way does not go on, or does again. */
  static void delayed(Course course, CopyDelayed m) {
    if (course.state() instanceof Stepping s
        && m.copy().equals(underWay(s))
        && !Objects.equals(m.problem(), s.lingers())) {
      course.happen(new MigrationFact.CopyLingered(s.step(), m.problem()));
    }
  }

  /**
   * A round is not brought to rest, or its copies do not go. It is shown; where that is an undo, a
   * person is asked if it stays so.
   */
  static void lingers(Course course, CopyLingers m) {
    Step step = MigrationState.stepOf(course.state());
    if (step != null && m.copy() != null && m.copy().equals(underWay(course.state()))) {
      if (!m.problem().equals(MigrationState.lingersIn(course.state()))) {
        course.happen(new MigrationFact.CopyLingered(step, m.problem()));
      }
      return;
    }
    if (course.state() instanceof Undoing s
        && (s.halted()
            ? s.journey().id().equals(m.removing())
            : MigrationLetters.copy(s.journey().spec(), s.step(), s.journey().begun(s.step()))
                .equals(m.copy()))) {
      MigrationSteps.undoFailed(course, s.journey(), s, m.problem());
    }
  }

  /** A round landed; it counts only with a receipt for every disk. */
  static void completed(Course course, CopyCompleted m) {
    MigrationState state = course.state();
    if (!m.copy().equals(underWay(state))) {
      return;
    }
    Step step = MigrationState.stepOf(state);
    Journey journey = journeyOf(state);
    if (step == null || journey == null) {
      return;
    }
    Set<Integer> landed = m.receipts().stream().map(Receipt::diskKey).collect(Collectors.toSet());
    for (Inventory.Disk disk : journey.spec().source().disks()) {
      if (!landed.contains(disk.deviceKey())) {
        MigrationSteps.failed(
            course,
            journey,
            step,
            journey.begun(step),
            new Problem(
                Problem.Kind.CORRUPT,
                "receipt-missing",
                "The copy " + m.copy() + " ended without a receipt for disk " + disk.label() + ".",
                "Roll back and start again; report this, it is a defect of the converter."));
        return;
      }
    }
    MigrationSteps.ended(course, step, new Evidence.DisksLanded(m.copy(), m.receipts()));
  }

  /** A round was observed at rest. */
  static void stopped(Course course, CopyId copy) {
    switch (course.state()) {
      case Interrupted s when copy.equals(underWay(s)) -> course.happen(new StopObserved(s.step()));
      case Undoing s
          when !s.halted()
              && copy.equals(
                  MigrationLetters.copy(
                      s.journey().spec(), s.step(), s.journey().begun(s.step()))) -> {
        if (MigrationItinerary.of(s.step()).undo() == MigrationItinerary.Undo.REMOVE_COPIES) {
          course.happen(new StopObserved(s.step()));
        } else if (MigrationItinerary.of(s.step()).undo() == MigrationItinerary.Undo.STOP_COPY) {
          course.happen(
              new UndoEnded(
                  s.step(),
                  new Evidence.Undone(s.step(), "no copy runs, no lease is open"),
                  course.at));
        }
      }
      case Interrupted s -> {}
      case Undoing s -> {}
      case Idle s -> {}
      case Ready s -> {}
      case Stepping s -> {}
      case Retrying s -> {}
      case Soaking s -> {}
      case Turning s -> {}
      case Returning s -> {}
      case UndoRetrying s -> {}
      case Held s -> {}
      case Over s -> {}
    }
  }

  /** The round of copying that is under way or being interrupted. */
  private static @Nullable CopyId underWay(MigrationState state) {
    return switch (state) {
      case Stepping s ->
          MigrationItinerary.of(s.step()).round() == null
              ? null
              : MigrationLetters.copy(s.journey().spec(), s.step(), s.attempt());
      case Interrupted s -> MigrationLetters.copy(s.journey().spec(), s.step(), s.attempt());
      case Idle s -> null;
      case Ready s -> null;
      case Retrying s -> null;
      case Soaking s -> null;
      case Turning s -> null;
      case Returning s -> null;
      case Undoing s -> null;
      case UndoRetrying s -> null;
      case Held s -> null;
      case Over s -> null;
    };
  }
}
