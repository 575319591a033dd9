// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened on the journey of a VM. Key: {@link VmKey}. */
public sealed interface MigrationFact extends Fact {
  /** A new attempt began; {@code token} of the owner travels with every effect. */
  record MigrationStarted(MigrationSpec spec, Actor by, Instant at) implements MigrationFact {}

  /** A command came before its journey: it holds from the start. */
  record CommandKept(MigrationId migration, Early command, Actor by, String reason)
      implements MigrationFact {}

  /** Commands that may come before the journey they are meant for. */
  enum Early {
    /** The journey ends as soon as it begins. */
    CANCEL,
    /** The journey begins paused. */
    PAUSE,
    /** A kept pause is forgotten. */
    RESUME
  }

  /** The intent: a step is about to be ensured. Attempt counts from 1. */
  record StepBegun(Step step, int attempt) implements MigrationFact {}

  /** The step was observed satisfied. */
  record StepEnded(Step step, Evidence evidence) implements MigrationFact {}

  /** The step did not come out; it is tried again at {@code retryAt}. */
  record StepDelayed(Step step, int attempt, Problem problem, Instant retryAt)
      implements MigrationFact {}

  /** A checkpoint was reached; going back to it costs {@code loss}. */
  record CheckpointReached(
      Checkpoint checkpoint, int number, Instant at, LossBound loss, @Nullable Instant expires)
      implements MigrationFact {}

  /** A disk that is being copied reached a milestone; as {@link MigrationMessage.DiskAdvanced}. */
  record DiskAdvanced(int diskKey, long done, long total, long bytesPerSecond, Instant at)
      implements MigrationFact {}

  /** One disk landed. */
  record DiskLanded(Receipt receipt) implements MigrationFact {}

  /** Dispatch was asked for a slot. */
  record SlotAsked(Slot slot) implements MigrationFact {}

  /** Dispatch granted it. */
  record SlotTaken(Slot slot) implements MigrationFact {}

  /** It was given back. */
  record SlotReturned(Slot slot) implements MigrationFact {}

  /** A person approved the cutover. */
  record CutoverApproved(Actor by) implements MigrationFact {}

  /** No further step begins until resumed. */
  record MigrationPaused(Actor by, String reason) implements MigrationFact {}

  /** Goes on. */
  record MigrationResumed(Actor by) implements MigrationFact {}

  /** The last delta of a running source is old by now: another is copied before the cutover. */
  record SyncFellDue(Actor by) implements MigrationFact {}

  /**
   * An alarm: somebody touched the source behind its fence, so that its copy may be stale. The
   * journey goes back to the seal: what was made of the copy is undone, the source is shut down and
   * fenced anew, and copied once more.
   *
   * @param step the step that noticed
   * @param times how often this happened to this journey, from 1
   */
  record SourceTouched(Step step, int times, Problem problem) implements MigrationFact {}

  /**
   * The direction turned, for good: the source comes back.
   *
   * @param at null in journals before it was noted
   */
  record RollbackBegun(
      Actor by, String reason, @Nullable Problem problem, Step inDoubt, @Nullable Instant at)
      implements MigrationFact {}

  /** The running effect or copy was told to stop; undo waits until that was observed. */
  record StopAsked(Step step) implements MigrationFact {}

  /**
   * A round of copying does not go on or, where it failed or was told to stop, is not brought to
   * rest; the converter goes on trying, and the step waits for it.
   *
   * @param problem null = it goes on again
   */
  record CopyLingered(Step step, @Nullable Problem problem) implements MigrationFact {}

  /** Nothing of the step runs any more. */
  record StopObserved(Step step) implements MigrationFact {}

  /** The undo of a step is about to be ensured. */
  record UndoBegun(Step step, int attempt) implements MigrationFact {}

  /**
   * The undo was observed complete.
   *
   * @param at null in journals before it was noted
   */
  record UndoEnded(Step step, Evidence evidence, @Nullable Instant at) implements MigrationFact {}

  /** The undo did not come out; tried again at {@code retryAt}. An undo is never given up. */
  record UndoDelayed(Step step, int attempt, Problem problem, Instant retryAt)
      implements MigrationFact {}

  /** Waits for a person; {@code exits} are the safe ways out. */
  record MigrationHeld(Step step, boolean undoing, Problem problem, List<HoldExit> exits)
      implements MigrationFact {
    public MigrationHeld {
      exits = List.copyOf(exits);
    }
  }

  /** A person chose a way out. */
  record HoldResolved(Actor by, HoldExit exit, String reason) implements MigrationFact {}

  /** The soak timer was set. */
  record SoakBegun(Instant until) implements MigrationFact {}

  /**
   * What a rollback would lose by now; the next look is due at {@code nextLook}.
   *
   * @param count the reading that this comes from; null where nothing could be read
   * @param problem what looks out of place at the soaking target; null where nothing does
   */
  record LossUpdated(
      LossBound loss,
      @Nullable Instant nextLook,
      @Nullable WriteCount count,
      @Nullable Problem problem)
      implements MigrationFact {}

  /** A person or the policy asked for the commit. */
  record CommitAsked(Actor by) implements MigrationFact {}

  /** The end: the target stays. */
  record CutoverCommitted(Instant at) implements MigrationFact {}

  /** The end: the source is as recorded. */
  record CutoverRolledBack(String reason, Instant at) implements MigrationFact {}

  /** The end: a person took over. */
  record MigrationAbandoned(Actor by, String reason, Instant at) implements MigrationFact {}

  /** A command got no for an answer: "Expected to X, but Y." */
  record CommandRefused(Actor by, String command, String expected, String but)
      implements MigrationFact {}
}
