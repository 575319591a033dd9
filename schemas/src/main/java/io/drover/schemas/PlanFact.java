// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened to a plan. Key: plan id. */
public sealed interface PlanFact extends Fact {
  /**
   * A proposal was asked for.
   *
   * @param keep whether it is to move as few VMs as it can from where the last one had them; null =
   *     no
   */
  record PlanAsked(
      PlanId plan, PlanMessage.PlanRequest request, Actor by, int version, @Nullable Boolean keep)
      implements PlanFact {}

  /**
   * An edited plan was handed in and is being checked; what stood goes on standing until it stands
   * as this version.
   *
   * @param rows all of its rows, also those that nobody changed
   * @param at when it was: what it moves is not moved to before
   */
  record PlanEdited(
      PlanId plan, int version, Actor by, List<PlanMessage.EditedRow> rows, Instant at)
      implements PlanFact {
    public PlanEdited {
      rows = List.copyOf(rows);
    }
  }

  /**
   * What was edited cannot be done; what stood before stands.
   *
   * @param rows why not, a sentence each, with its row
   */
  record PlanEditRefused(PlanId plan, int version, String expected, String but, List<String> rows)
      implements PlanFact {
    public PlanEditRefused {
      rows = List.copyOf(rows);
    }
  }

  /**
   * A piece of a proposal that is too large for one record, and not its last one. It stands once
   * {@link PlanProposed} has brought the last piece of the same draft; pieces of another draft of
   * the version are void.
   */
  record PlanDrafted(PlanId plan, int version, Proposal proposal) implements PlanFact {}

  /**
   * The solver's proposal stands as this version; approvals of older versions are void. Where the
   * proposal is the last piece of one, the others are {@link PlanDrafted} before it.
   */
  record PlanProposed(PlanId plan, int version, Proposal proposal) implements PlanFact {}

  /** No proposal could be made. */
  record PlanFailed(PlanId plan, int version, Problem problem) implements PlanFact {}

  /**
   * What the standing version was made of is not so any more, or is so again. Nothing is planned
   * anew by that: a person does.
   *
   * @param drifts all that differs by now, at most so many as a person reads; empty = nothing any
   *     more
   * @param more how many there are beside them
   */
  record PlanDrifted(PlanId plan, int version, List<Drift> drifts, int more) implements PlanFact {
    public PlanDrifted {
      drifts = List.copyOf(drifts);
    }
  }

  /** Approved, for exactly this version. */
  record WaveApproved(WaveId wave, int version, Actor by) implements PlanFact {}

  /** Sent to dispatch. */
  record WaveReleased(WaveId wave, int version, Actor by, Instant at) implements PlanFact {}

  /** Paused. */
  record WavePaused(WaveId wave, Actor by, String reason) implements PlanFact {}

  /** Goes on. */
  record WaveResumed(WaveId wave, Actor by) implements PlanFact {}

  /** A wave-wide command was passed on to its journeys. */
  record WaveCommanded(WaveId wave, Actor by, String command, String reason) implements PlanFact {}

  /**
   * A journey of the wave moved on.
   *
   * @param copy null in journals before it was noted
   */
  record MigrationAdvanced(
      WaveId wave,
      VmKey vm,
      MigrationId migration,
      Phase phase,
      Checkpoint checkpoint,
      @Nullable CopyProgress copy)
      implements PlanFact {}

  /** A journey of the wave ended. */
  record MigrationEnded(
      WaveId wave,
      VmKey vm,
      MigrationId migration,
      Result result,
      @Nullable String reason,
      Instant at)
      implements PlanFact {}

  /** Every journey of the wave ended. */
  record WaveEnded(WaveId wave, Instant at) implements PlanFact {}

  /** A command got no for an answer. */
  record PlanCommandRefused(Actor by, String command, String expected, String but)
      implements PlanFact {}
}
