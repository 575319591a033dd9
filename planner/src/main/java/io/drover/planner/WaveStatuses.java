// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Phase;
import io.drover.schemas.Result;
import io.drover.schemas.WaveStatus;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/** Turns a wave of the state into the document the world reads. */
final class WaveStatuses {
  private WaveStatuses() {}

  static WaveStatus of(PlanState.Wave wave, Instant at, long sequence) {
    Map<Phase, Integer> byPhase = new EnumMap<>(Phase.class);
    wave.journeys().values().forEach(journey -> byPhase.merge(journey.phase(), 1, Integer::sum));
    var held =
        wave.journeys().values().stream()
            .filter(journey -> journey.phase() == Phase.HELD)
            .map(journey -> journey.vm() + " waits for a person")
            .sorted()
            .toList();
    return new WaveStatus(
        wave.id(),
        wave.name(),
        wave.version(),
        wave.stage(),
        wave.specs().size(),
        byPhase,
        held,
        wave.approvedBy(),
        wave.releasedAt(),
        wave.endedAt(),
        at,
        sequence);
  }

  static Phase phaseOf(Result result) {
    return switch (result) {
      case COMMITTED -> Phase.COMMITTED;
      case ROLLED_BACK -> Phase.ROLLED_BACK;
      case ABANDONED -> Phase.ABANDONED;
    };
  }
}
