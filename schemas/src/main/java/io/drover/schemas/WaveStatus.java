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
    @Nullable Instant etaP95) {
  public WaveStatus {
    byPhase = Map.copyOf(byPhase);
    blockers = List.copyOf(blockers);
  }

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
