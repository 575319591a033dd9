// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Hand;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.planner.PlanEffect.Come;
import io.drover.planner.PlanEffect.EnsureProposed;
import io.drover.schemas.PlanId;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs the solver over the inventory view, away from the thread of the partition. What does not fit
 * one record is told piece by piece; if the process that knew the rest is gone, it is made anew.
 */
public final class PlanHand implements Hand<PlanEffect, Proposal> {
  private final InventoryView view;

  /** Proposals of which pieces are still to be told. */
  private final Map<PlanId, List<Proposal>> drafts = new ConcurrentHashMap<>();

  public PlanHand(InventoryView view) {
    this.view = view;
  }

  @Override
  public Outcome<Proposal> ensure(Order<PlanEffect> order) throws Exception {
    return switch (order.effect()) {
      case EnsureProposed ask -> {
        List<Proposal> known = drafts.getOrDefault(ask.plan(), List.of());
        yield known.isEmpty() || !goesOn(ask.come(), known) ? made(ask, order) : next(ask, known);
      }
    };
  }

  private Outcome<Proposal> made(EnsureProposed ask, Order<PlanEffect> order) throws Exception {
    InventoryView.Snapshot seen = view.snapshot();
    order.stop().check();
    Outcome<Proposal> made = WavePlan.made(ask, seen, order.stop()::raised);
    order.stop().check();
    if (!(made instanceof Outcome.Done<Proposal>(Proposal proposal))) {
      return made;
    }
    // Where all went already, a plan without waves is the answer.
    if (proposal.waves().isEmpty()
        && proposal.left().isEmpty()
        && ask.taken().isEmpty()
        && Scope.gone(ask.request(), seen).isEmpty()) {
      return refused(
          "nothing-in-scope",
          "No VM of the inventory is in the scope of plan " + ask.plan() + ".",
          "Check the selection with 'drover inventory', and that the vCenter has been"
              + " inventoried.");
    }
    try {
      return next(ask, Pieces.of(proposal));
    } catch (Pieces.TooLarge e) {
      return refused(
          "wave-too-large",
          String.valueOf(e.getMessage()),
          "Propose it with fewer VMs a wave (--wave-size).");
    }
  }

  private static Outcome<Proposal> refused(String code, String what, String remedy) {
    return new Outcome.Failed<>(new Problem(Problem.Kind.REFUSED, code, what, remedy));
  }

  /** The piece that is wanted; the first one where what has come is of another draft. */
  private Outcome<Proposal> next(EnsureProposed ask, List<Proposal> pieces) {
    Come come = ask.come();
    int at = come != null && goesOn(come, pieces) ? come.pieces() : 0;
    if (at == pieces.size() - 1) {
      drafts.remove(ask.plan());
    } else {
      drafts.put(ask.plan(), pieces);
    }
    return new Outcome.Done<>(pieces.get(at));
  }

  private static boolean goesOn(@Nullable Come come, List<Proposal> of) {
    Proposal.Piece first = of.getFirst().piece();
    return come != null
        && first != null
        && first.draft().equals(come.draft())
        && come.pieces() < of.size();
  }
}
