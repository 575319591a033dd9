// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.CopyProgress;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Phase;
import io.drover.schemas.Result;
import io.drover.schemas.WaveStatus;
import io.drover.schemas.WaveStatus.Stage;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Turns a wave of the state into the document the world reads. */
final class WaveStatuses {
  private WaveStatuses() {}

  /**
   * @param outdated why the version of the plan is out of date
   */
  static WaveStatus of(PlanState.Wave wave, List<String> outdated, Instant at, long sequence) {
    Map<Phase, Integer> byPhase = new EnumMap<>(Phase.class);
    wave.journeys().values().forEach(journey -> byPhase.merge(journey.phase(), 1, Integer::sum));
    var held =
        wave.journeys().values().stream()
            .filter(journey -> journey.phase() == Phase.HELD)
            .map(journey -> journey.vm() + " waits for a person")
            .sorted()
            .toList();
    CopyProgress copy = copy(wave);
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
        sequence,
        copy,
        eta(wave, copy, PlanState.Due::p50Seconds),
        eta(wave, copy, PlanState.Due::p95Seconds),
        wave.moved().isEmpty() ? null : wave.moved(),
        wave.standing() && !outdated.isEmpty() ? outdated : null);
  }

  /** The copies of all its VMs together; null while none was told to go. */
  private static @Nullable CopyProgress copy(PlanState.Wave wave) {
    if (!wave.released()) {
      return null;
    }
    long done = 0;
    long total = 0;
    long rate = 0;
    Instant eta = null;
    for (MigrationSpec spec : wave.specs()) {
      PlanState.Journey journey = wave.journeys().get(spec.vm().toString());
      CopyProgress one = journey == null ? null : journey.copy();
      if (one == null) {
        total += spec.source().disks().stream().mapToLong(Inventory.Disk::capacityBytes).sum();
      } else {
        done += one.done();
        total += one.total();
        rate += one.bytesPerSecond();
        eta = one.eta() == null || (eta != null && eta.isAfter(one.eta())) ? eta : one.eta();
      }
    }
    return new CopyProgress(done, total, rate, eta);
  }

  /** What was forecast, but never before the copies that are under way have ended. */
  private static @Nullable Instant eta(
      PlanState.Wave wave, @Nullable CopyProgress copy, ToLongFunction<PlanState.Due> seconds) {
    PlanState.Due due = wave.due();
    Instant from = due == null || due.from() == null ? wave.releasedAt() : due.from();
    if (due == null || from == null || wave.stage() == Stage.ENDED) {
      return null;
    }
    Instant forecast = from.plusSeconds(seconds.applyAsLong(due));
    Instant copied = copy == null ? null : copy.eta();
    return copied != null && copied.isAfter(forecast) ? copied : forecast;
  }

  static Phase phaseOf(Result result) {
    return switch (result) {
      case COMMITTED -> Phase.COMMITTED;
      case ROLLED_BACK -> Phase.ROLLED_BACK;
      case ABANDONED -> Phase.ABANDONED;
    };
  }
}
