// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
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

  /** The solver's proposal stands as this version; approvals of older versions are void. */
  record PlanProposed(PlanId plan, int version, Proposal proposal) implements PlanFact {}

  /** No proposal could be made. */
  record PlanFailed(PlanId plan, int version, Problem problem) implements PlanFact {}

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
