// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import java.util.List;
import java.util.Set;

/** The plans that stand, as the facts show them now; read by the planner's eye. */
@FunctionalInterface
public interface StandingPlans {
  /** Every plan of which a version stands. */
  List<Plan> now();

  /**
   * A plan of which a version stands.
   *
   * @param taken VMs whose waves were started, but for those that came back
   */
  record Plan(PlanId id, int version, PlanRequest request, Proposal proposal, Set<VmKey> taken) {
    public Plan {
      taken = Set.copyOf(taken);
    }
  }
}
