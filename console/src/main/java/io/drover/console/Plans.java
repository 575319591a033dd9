// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.console.Plan.Edit;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.Drift;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The plans of the read model: their latest proposals, put together where they come in pieces. */
final class Plans {
  private final Map<String, Plan> plans = new TreeMap<>();

  /** What was asked for last, by plan. */
  private final Map<String, PlanRequest> requests = new HashMap<>();

  /** Pieces of proposals of which the last has not come, by plan. */
  private final Map<String, List<Proposal>> drafts = new HashMap<>();

  /** VMs whose waves were started, but for those that came back, by plan. */
  private final Map<String, Set<VmKey>> taken = new HashMap<>();

  /** Journeys of released waves that have not ended, by VM key text. */
  private final Map<String, Herd.Going> going = new TreeMap<>();

  /** The waves that VMs were committed by. */
  private final Map<VmKey, WaveId> moved = new HashMap<>();

  /** Folds a fact in. */
  void fold(PlanFact fact) {
    switch (fact) {
      case PlanFact.PlanAsked f -> {
        plans.put(
            f.plan().value(), new Plan(f.plan().value(), f.version(), null, null, null, List.of()));
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
        plans.put(plan, new Plan(plan, f.version(), whole, null, null, List.of()));
      }
      case PlanFact.PlanFailed f ->
          plans.put(
              f.plan().value(),
              new Plan(
                  f.plan().value(), f.version(), null, f.problem().toString(), null, List.of()));
      case PlanFact.PlanDrifted f ->
          plans.computeIfPresent(
              f.plan().value(), (_, plan) -> plan.with(Drift.words(f.drifts(), f.more())));
      case PlanFact.WaveReleased f -> released(f.wave());
      case PlanFact.MigrationAdvanced f ->
          going.computeIfPresent(
              f.vm().toString(),
              (_, known) -> new Herd.Going(known.spec(), f.phase(), f.checkpoint()));
      case PlanFact.MigrationEnded f -> {
        going.remove(f.vm().toString());
        if (f.result() == Result.ROLLED_BACK) {
          taken.getOrDefault(f.wave().plan().value(), new HashSet<>()).remove(f.vm());
        }
        if (f.result() == Result.COMMITTED) {
          moved.put(f.vm(), f.wave());
        }
      }
      case PlanFact.WaveApproved _,
          PlanFact.WavePaused _,
          PlanFact.WaveResumed _,
          PlanFact.WaveCommanded _,
          PlanFact.WaveEnded _,
          PlanFact.PlanCommandRefused _ -> {
        // The status documents of waves show them.
      }
    }
  }

  private void released(WaveId id) {
    Plan plan = plans.get(id.plan().value());
    if (plan == null || plan.proposal() == null) {
      return;
    }
    var vms = taken.computeIfAbsent(plan.id(), _ -> new HashSet<>());
    plan.proposal().waves().stream()
        .filter(wave -> wave.id().equals(id))
        .flatMap(wave -> wave.vms().stream())
        .map(Proposal.Planned::spec)
        .forEach(spec -> {
          vms.add(spec.vm());
          going.put(spec.vm().toString(), new Herd.Going(spec, Phase.WAITING, Checkpoint.PLANNED));
        });
  }

  /** Journeys of released waves that have not ended. */
  List<Herd.Going> going() {
    return List.copyOf(going.values());
  }

  /** The waves, of whichever plan, that VMs were committed by. */
  Map<VmKey, WaveId> moved() {
    return Map.copyOf(moved);
  }

  /** VMs of a plan whose waves were started, but for those that came back. */
  Set<VmKey> taken(String id) {
    return Set.copyOf(taken.getOrDefault(id, Set.of()));
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
