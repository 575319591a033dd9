// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Actor;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the planner's one hand can be asked for. */
public sealed interface PlanEffect {
  /**
   * A proposal for this version exists.
   *
   * @param taken VMs that are in released waves already
   * @param firstWave number of the first wave of the proposal
   * @param before where the proposal that this one replaces had its VMs, if they are to stay there
   * @param requester who asked for it and so may not approve a cutover of it; null where the plan
   *     does not ask for four eyes
   */
  record EnsureProposed(
      PlanId plan,
      int version,
      PlanRequest request,
      Set<VmKey> taken,
      int firstWave,
      @Nullable Before before,
      @Nullable Actor requester)
      implements PlanEffect {
    public EnsureProposed {
      taken = Set.copyOf(taken);
    }

    /** A proposal that owes nothing to one before. */
    public EnsureProposed(
        PlanId plan, int version, PlanRequest request, Set<VmKey> taken, int firstWave) {
      this(plan, version, request, taken, firstWave, null, null);
    }
  }

  /**
   * The times of an earlier proposal, in seconds from its start.
   *
   * @param start null where it knew no windows
   * @param places per VM key text
   */
  record Before(@Nullable Instant start, Map<String, PlanState.Place> places) {
    public Before {
      places = Map.copyOf(places);
    }
  }
}
