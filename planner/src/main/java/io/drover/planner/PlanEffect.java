// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.programme.Place;
import io.drover.schemas.Actor;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.EditedRow;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.List;
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
   * @param authors names of those whose wish it is beside the requester
   * @param come what has come of it; null = nothing
   * @param edited what somebody edited and is to be done exactly so; null = nobody did
   */
  record EnsureProposed(
      PlanId plan,
      int version,
      PlanRequest request,
      Set<VmKey> taken,
      int firstWave,
      @Nullable Before before,
      @Nullable Actor requester,
      List<String> authors,
      @Nullable Come come,
      @Nullable Edited edited)
      implements PlanEffect {
    public EnsureProposed {
      taken = Set.copyOf(taken);
      authors = List.copyOf(authors);
    }
  }

  /**
   * The times of an earlier proposal, in seconds from its start.
   *
   * @param start null where it knew no windows
   * @param places per VM key text
   */
  record Before(@Nullable Instant start, Map<String, Place> places) {
    public Before {
      places = Map.copyOf(places);
    }
  }

  /**
   * Pieces of a draft that have come; the next one is wanted.
   *
   * @param draft of which they are
   */
  record Come(String draft, int pieces) {}

  /**
   * An edited plan.
   *
   * @param waves in which wave the standing version has each VM, by VM key text
   * @param at when it was handed in
   */
  record Edited(List<EditedRow> rows, Map<String, Integer> waves, Instant at) {
    public Edited {
      rows = List.copyOf(rows);
      waves = Map.copyOf(waves);
    }
  }
}
