// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What moves a plan. Key: plan id. */
public sealed interface PlanMessage extends Message {
  /** Of a person: make a proposal out of what the inventory shows now. */
  record ProposePlan(PlanId plan, PlanRequest request) implements PlanMessage {}

  /** Of a person: this wave of exactly this version may go. */
  record ApproveWave(WaveId wave, int planVersion) implements PlanMessage {}

  /** Of a person, or of GitOps: start an approved wave. */
  record ReleaseWave(WaveId wave, int planVersion) implements PlanMessage {}

  /** Of a person: no journey of the wave begins another step. */
  record PauseWave(WaveId wave, String reason) implements PlanMessage {}

  /** Of a person: go on. */
  record ResumeWave(WaveId wave) implements PlanMessage {}

  /** Of a person: every journey of the wave that is not over goes back. */
  record CancelWave(WaveId wave, String reason) implements PlanMessage {}

  /** Of a person: bring every source of the wave back that is not committed. */
  record RollBackWave(WaveId wave, String reason) implements PlanMessage {}

  /** Of a person: commit every soaking VM of the wave. */
  record CommitWave(WaveId wave) implements PlanMessage {}

  /** From a journey: where it is now (phase changes only). */
  record JourneyAdvanced(
      VmKey vm, MigrationId migration, WaveId wave, Phase phase, Checkpoint checkpoint)
      implements PlanMessage {}

  /** From a journey: how it ended. */
  record JourneyEnded(
      VmKey vm,
      MigrationId migration,
      WaveId wave,
      Result result,
      @Nullable String reason,
      Instant at)
      implements PlanMessage {}

  /**
   * What a person asks to be planned.
   *
   * @param requester compared with the approver where four eyes are asked for
   * @param vcenters vCenter instance UUIDs in scope, empty = all
   * @param select names, folders ({@code folder:…}), attributes ({@code app=erp}) or tags ({@code
   *     tag:…}) in scope, empty = all
   * @param waveSize VMs a wave at most
   * @param settings mappings and policies
   */
  record PlanRequest(
      List<String> vcenters, List<String> select, int waveSize, PlanSettings settings, long seed) {
    public PlanRequest {
      vcenters = List.copyOf(vcenters);
      select = List.copyOf(select);
    }
  }
}
