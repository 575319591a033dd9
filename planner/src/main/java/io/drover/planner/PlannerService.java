// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.ServiceSpec;
import io.drover.schemas.Brain;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Proposal;
import java.util.List;

/** The planner's body plan. */
public final class PlannerService {
  private PlannerService() {}

  public static ServiceSpec<PlanState, PlanMessage, Proposal, PlanFact, PlanEffect> spec(
      InventoryView view) {
    return new ServiceSpec<>(
        Brain.PLAN,
        new ServiceSpec.Types<>(PlanState.class, PlanMessage.class, Proposal.class, PlanFact.class),
        new PlanDecider(),
        new PlanHand(view),
        List.of());
  }
}
