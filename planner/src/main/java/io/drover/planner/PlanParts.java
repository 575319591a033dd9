// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Parts;
import io.drover.planner.PlanState.Draft;
import io.drover.planner.PlanState.Wave;
import java.util.Map;
import java.util.TreeMap;

/** A plan is kept in a record a wave, and one for the rest: it may have ten thousand VMs. */
final class PlanParts {
  /** Before the names of waves of a proposal that has not come to its end. */
  private static final String DRAFTED = "draft of ";

  static final Parts<PlanState, Wave> PARTS =
      new Parts<>(Wave.class, PlanParts::of, PlanParts::rest, PlanParts::whole);

  private PlanParts() {}

  private static Map<String, Wave> of(PlanState state) {
    Draft draft = PlanState.draft(state);
    if (draft == null) {
      return state.waves();
    }
    var parts = new TreeMap<>(state.waves());
    draft.waves().forEach((id, wave) -> parts.put(DRAFTED + id, wave));
    return parts;
  }

  private static PlanState rest(PlanState state) {
    Draft draft = PlanState.draft(state);
    return PlanState.with(
        state, Map.of(), draft == null ? null : new Draft(draft.id(), draft.pieces(), Map.of()));
  }

  private static PlanState whole(PlanState rest, Map<String, Wave> parts) {
    Draft draft = PlanState.draft(rest);
    var waves = new TreeMap<>(rest.waves());
    var drafted = new TreeMap<String, Wave>();
    parts.forEach((name, wave) -> {
      if (name.startsWith(DRAFTED)) {
        drafted.put(name.substring(DRAFTED.length()), wave);
      } else {
        waves.put(name, wave);
      }
    });
    return PlanState.with(
        rest, waves, draft == null ? null : new Draft(draft.id(), draft.pieces(), drafted));
  }
}
