// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One document a wave on {@link Topics#WAVE_STATUS}. */
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
    long sequence) {
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
