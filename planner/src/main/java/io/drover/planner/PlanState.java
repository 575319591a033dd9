// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Actor;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.CopyProgress;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is true of a plan. */
public sealed interface PlanState {
  /** Waves that exist, by id; released ones outlive later proposals. */
  default Map<String, Wave> waves() {
    return Map.of();
  }

  /** Nobody asked for it. */
  record Unknown() implements PlanState {}

  /**
   * A proposal is being made.
   *
   * @param before where the last proposal had its VMs, by VM key text, if they are to stay there;
   *     null = they need not
   * @param beforeStart second 0 of that proposal
   */
  record Proposing(
      PlanId plan,
      int version,
      PlanRequest request,
      Actor requester,
      Map<String, Wave> waves,
      @Nullable Map<String, Place> before,
      @Nullable Instant beforeStart)
      implements PlanState {
    public Proposing {
      waves = Map.copyOf(waves);
      before = before == null ? null : Map.copyOf(before);
    }
  }

  /**
   * A proposal stands.
   *
   * @param places where it has its VMs, by VM key text
   */
  record Proposed(
      PlanId plan,
      int version,
      PlanRequest request,
      Actor requester,
      List<Proposal.Left> left,
      Map<String, Wave> waves,
      Map<String, Place> places)
      implements PlanState {
    public Proposed {
      left = List.copyOf(left);
      waves = Map.copyOf(waves);
      // States of before there were places have none.
      places = places == null ? Map.of() : Map.copyOf(places);
    }
  }

  /** When a VM is planned to be copied and cut over, in seconds from the start of its plan. */
  record Place(long copy, long cutover) {}

  /** No proposal could be made; what was released goes on. */
  record Failed(PlanId plan, int version, Problem problem, Map<String, Wave> waves)
      implements PlanState {
    public Failed {
      waves = Map.copyOf(waves);
    }
  }

  /**
   * One wave and where its journeys are.
   *
   * @param due when its plan forecast its end; null where it did not, or was made before it was
   *     noted
   */
  record Wave(
      WaveId id,
      String name,
      int version,
      Stage stage,
      int maxInFlight,
      List<MigrationSpec> specs,
      Map<String, Journey> journeys,
      @Nullable Actor approvedBy,
      @Nullable Instant releasedAt,
      @Nullable Instant endedAt,
      @Nullable Due due) {
    public Wave {
      specs = List.copyOf(specs);
      journeys = Map.copyOf(journeys);
    }

    boolean released() {
      return stage == Stage.RUNNING || stage == Stage.PAUSED || stage == Stage.ENDED;
    }

    boolean over() {
      return !journeys.isEmpty() && journeys.values().stream().allMatch(j -> j.result() != null);
    }

    /** The journeys that have not ended. */
    List<MigrationSpec> live() {
      return specs.stream()
          .filter(spec -> {
            Journey journey = journeys.get(spec.vm().toString());
            return journey == null || journey.result() == null;
          })
          .toList();
    }

    /** A proposal that a newer one replaced before it was released. */
    Wave superseded() {
      return new Wave(
          id,
          name,
          version,
          Stage.SUPERSEDED,
          maxInFlight,
          List.of(),
          Map.of(),
          null,
          null,
          null,
          null);
    }

    Wave with(Stage next) {
      return new Wave(
          id,
          name,
          version,
          next,
          maxInFlight,
          specs,
          journeys,
          approvedBy,
          releasedAt,
          endedAt,
          due);
    }
  }

  /**
   * When a wave is forecast to have ended.
   *
   * @param from what the seconds count from; null = its release
   */
  record Due(@Nullable Instant from, long p50Seconds, long p95Seconds) {}

  /**
   * Where one journey is.
   *
   * @param copy null where it was not told, or before it was noted
   */
  record Journey(
      VmKey vm,
      Phase phase,
      Checkpoint checkpoint,
      @Nullable Result result,
      @Nullable CopyProgress copy) {}
}
