// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One document a wave on {@link Topics#WAVE_STATUS}.
 *
 * @param copy how far the copies of its VMs are, and what they move in a second together; null
 *     before its release and in documents of older builds
 * @param etaP50 its end as likely as not: what its plan forecast, but not before its copies end as
 *     they go now; one that has passed says that it is late. Null where nothing was forecast
 * @param etaP95 as {@code etaP50}, in 95 % of cases
 * @param moved VMs that a plan made again put into this wave or to another time in it; null where
 *     none
 * @param outdated why the version of the plan is out of date, a sentence each; null where it is
 *     not, and once the wave is released
 */
public record WaveStatus(
    WaveId wave,
    String name,
    int planVersion,
    Stage stage,
    int vms,
    Map<Phase, Integer> byPhase,
    List<String> blockers,
    @Nullable Actor approvedBy,
    @Nullable Instant releasedAt,
    @Nullable Instant endedAt,
    Instant updatedAt,
    long sequence,
    @Nullable CopyProgress copy,
    @Nullable Instant etaP50,
    @Nullable Instant etaP95,
    @Nullable List<Move> moved,
    @Nullable List<String> outdated) {
  public WaveStatus {
    byPhase = Map.copyOf(byPhase);
    blockers = List.copyOf(blockers);
    moved = moved == null ? null : List.copyOf(moved);
    outdated = outdated == null ? null : List.copyOf(outdated);
  }

  /**
   * A VM that a plan made again put elsewhere.
   *
   * @param name as people know it
   * @param fromWave the wave that it was in; null if it was in none of the version before
   * @param from when its cutover was to begin; null where the plan knows no dates, or it had none
   * @param to when it begins now; null where the plan knows no dates
   */
  public record Move(
      VmKey vm,
      String name,
      @Nullable WaveId fromWave,
      @Nullable Instant from,
      @Nullable Instant to) {}

  /** Life of a wave. */
  public enum Stage {
    PROPOSED,
    APPROVED,
    RUNNING,
    PAUSED,
    ENDED,
    SUPERSEDED
  }
}
