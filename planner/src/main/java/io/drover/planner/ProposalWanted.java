// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.PlanEffect.EnsureProposed;
import io.drover.planner.PlanState.Proposing;
import io.drover.planner.PlanState.Wave;
import io.drover.planner.programme.Place;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the hand is asked for while a version of a plan is being made, read off the state alone. */
final class ProposalWanted {
  private ProposalWanted() {}

  static EnsureProposed of(Proposing asked) {
    // What came back may go once more; but an edited table still has it where it went.
    boolean again = asked.edit() == null;
    var taken =
        asked.waves().values().stream()
            .filter(Wave::released)
            .flatMap(wave ->
                wave.specs().stream().map(MigrationSpec::vm).filter(vm -> !again || !wave.back(vm)))
            .collect(Collectors.toSet());
    int first =
        asked.waves().values().stream()
                .filter(Wave::released)
                .mapToInt(wave -> wave.id().number())
                .max()
                .orElse(0)
            + 1;
    return new EnsureProposed(
        asked.plan(),
        asked.version(),
        asked.request(),
        taken,
        first,
        before(asked),
        asked.request().settings().fourEyes() ? asked.requester() : null,
        asked.request().settings().fourEyes() ? asked.authors() : List.of(),
        asked.draft() == null
            ? null
            : new PlanEffect.Come(asked.draft().id(), asked.draft().pieces()),
        edited(asked));
  }

  private static PlanEffect.@Nullable Before before(Proposing asked) {
    Map<String, Place> before = asked.before();
    if (before == null) {
      return null;
    }
    var places = new TreeMap<>(before);
    asked.waves().values().stream()
        .filter(wave -> !wave.released())
        .forEach(wave -> places.putAll(wave.places()));
    return new PlanEffect.Before(asked.beforeStart(), places);
  }

  private static PlanEffect.@Nullable Edited edited(Proposing asked) {
    PlanState.Edit edit = asked.edit();
    if (edit == null) {
      return null;
    }
    var waves = new TreeMap<String, Integer>();
    asked
        .waves()
        .values()
        .forEach(wave ->
            wave.specs().forEach(spec -> waves.put(spec.vm().toString(), wave.id().number())));
    return new PlanEffect.Edited(edit.rows(), waves, edit.at());
  }

  /** A piece of a draft is an effect of its own. */
  static EffectId id(Proposing asked) {
    PlanState.Draft draft = asked.draft();
    String id = asked.plan() + "/propose/" + asked.version();
    return new EffectId(draft == null ? id : id + "/" + draft.id() + "/" + (draft.pieces() + 1));
  }
}
