// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.console.Plan.Edit;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The plans of the read model: their latest proposals, put together where they come in pieces. */
final class Plans {
  private final Map<String, Plan> plans = new TreeMap<>();

  /** What was asked for last, by plan. */
  private final Map<String, PlanRequest> requests = new HashMap<>();

  /** Pieces of proposals of which the last has not come, by plan. */
  private final Map<String, List<Proposal>> drafts = new HashMap<>();

  /** Folds a fact in. */
  void fold(PlanFact fact) {
    switch (fact) {
      case PlanFact.PlanAsked f -> {
        plans.put(f.plan().value(), new Plan(f.plan().value(), f.version(), null, null, null));
        requests.put(f.plan().value(), f.request());
      }
      case PlanFact.PlanEdited f ->
          plans.computeIfPresent(
              f.plan().value(), (_, plan) -> plan.with(new Edit(f.version(), List.of())));
      case PlanFact.PlanEditRefused f ->
          plans.computeIfPresent(
              f.plan().value(), (_, plan) -> plan.with(new Edit(f.version(), f.rows())));
      case PlanFact.PlanDrafted f -> drafted(f.plan().value(), f.proposal());
      case PlanFact.PlanProposed f -> {
        String plan = f.plan().value();
        Proposal whole = Proposal.joined(drafted(plan, f.proposal()));
        drafts.remove(plan);
        plans.put(plan, new Plan(plan, f.version(), whole, null, null));
      }
      case PlanFact.PlanFailed f ->
          plans.put(
              f.plan().value(),
              new Plan(f.plan().value(), f.version(), null, f.problem().toString(), null));
      case PlanFact.WaveApproved _,
          PlanFact.WaveReleased _,
          PlanFact.WavePaused _,
          PlanFact.WaveResumed _,
          PlanFact.WaveCommanded _,
          PlanFact.MigrationAdvanced _,
          PlanFact.MigrationEnded _,
          PlanFact.WaveEnded _,
          PlanFact.PlanCommandRefused _ -> {
        // The status documents of waves show them.
      }
    }
  }

  /** What has come of a proposal with this piece; a first one begins anew. */
  private List<Proposal> drafted(String plan, Proposal piece) {
    Proposal.Piece which = piece.piece();
    List<Proposal> pieces =
        which == null || which.number() == 1
            ? new ArrayList<>()
            : drafts.getOrDefault(plan, new ArrayList<>());
    pieces.add(piece);
    drafts.put(plan, pieces);
    return pieces;
  }

  List<Plan> all() {
    return List.copyOf(plans.values());
  }

  @Nullable PlanRequest request(String id) {
    return requests.get(id);
  }

  @Nullable Plan get(String id) {
    return plans.get(id);
  }
}
