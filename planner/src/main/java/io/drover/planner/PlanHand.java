// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Hand;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;

/** Runs the solver over the inventory view, away from the thread of the partition. */
public final class PlanHand implements Hand<PlanEffect, Proposal> {
  private final InventoryView view;

  public PlanHand(InventoryView view) {
    this.view = view;
  }

  @Override
  public Outcome<Proposal> ensure(Order<PlanEffect> order) throws Exception {
    return switch (order.effect()) {
      case PlanEffect.EnsureProposed ask -> {
        InventoryView.Snapshot seen = view.snapshot();
        order.stop().check();
        Proposal proposal = WavePlan.propose(ask, seen, order.stop()::raised);
        order.stop().check();
        yield proposal.waves().isEmpty() && proposal.left().isEmpty()
            ? new Outcome.Failed<>(
                new Problem(
                    Problem.Kind.REFUSED,
                    "nothing-in-scope",
                    "No VM of the inventory is in the scope of plan " + ask.plan() + ".",
                    "Check the selection with 'drover inventory', and that the vCenter has been"
                        + " inventoried."))
            : new Outcome.Done<>(proposal);
      }
    };
  }
}
