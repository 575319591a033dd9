// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.VmKey;
import java.util.Set;

/** What the planner's one hand can be asked for. */
public sealed interface PlanEffect {
  /**
   * A proposal for this version exists.
   *
   * @param taken VMs that are in released waves already
   * @param firstWave number of the first wave of the proposal
   */
  record EnsureProposed(
      PlanId plan, int version, PlanRequest request, Set<VmKey> taken, int firstWave)
      implements PlanEffect {
    public EnsureProposed {
      taken = Set.copyOf(taken);
    }
  }
}
