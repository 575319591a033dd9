// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Eye;
import io.drover.engine.ServiceSpec;
import io.drover.schemas.Brain;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Proposal;
import java.util.List;

/** The planner's body plan. */
public final class PlannerService {
  private PlannerService() {}

  /**
   * The planner.
   *
   * @param eyes that hold plans against the inventory
   */
  public static ServiceSpec<PlanState, PlanMessage, Proposal, PlanFact, PlanEffect> spec(
      InventoryView view, List<Eye<PlanMessage>> eyes) {
    return new ServiceSpec<>(
        Brain.PLAN,
        new ServiceSpec.Types<>(PlanState.class, PlanMessage.class, Proposal.class, PlanFact.class),
        new PlanDecider(),
        new PlanHand(view),
        eyes);
  }
}
