// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.PlanState.Draft;
import io.drover.planner.PlanState.Drifted;
import io.drover.planner.PlanState.Edit;
import io.drover.planner.PlanState.Failed;
import io.drover.planner.PlanState.Journey;
import io.drover.planner.PlanState.Proposed;
import io.drover.planner.PlanState.Proposing;
import io.drover.planner.PlanState.Wave;
import io.drover.planner.programme.Place;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanFact;
import io.drover.schemas.Proposal;
import io.drover.schemas.Proposal.Piece;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** How the state of a plan follows from its facts: the only place that makes it. */
final class PlanEvolution {
  private PlanEvolution() {}

  static PlanState evolve(PlanState state, PlanFact fact) {
    return switch (fact) {
      case PlanFact.PlanAsked f -> asked(state, f);
      case PlanFact.PlanEdited f -> state instanceof Proposed s ? edited(s, f) : state;
      case PlanFact.PlanEditRefused f -> state instanceof Proposing s ? asItWas(s) : state;
      case PlanFact.PlanDrafted f -> state instanceof Proposing s ? drafted(s, f) : state;
      case PlanFact.PlanProposed f -> state instanceof Proposing s ? proposed(s, f) : state;
      case PlanFact.PlanDrifted f -> drifted(state, new Drifted(f.drifts(), f.more()));
      case PlanFact.PlanFailed f -> new Failed(f.plan(), f.version(), f.problem(), state.waves());
      case PlanFact.WaveApproved f -> change(state, f.wave(), w -> w.approved(f.by()));
      case PlanFact.WaveReleased f -> change(state, f.wave(), w -> released(w, f.at()));
      case PlanFact.WavePaused f -> change(state, f.wave(), w -> w.with(Stage.PAUSED));
      case PlanFact.WaveResumed f -> change(state, f.wave(), w -> w.with(Stage.RUNNING));
      case PlanFact.WaveCommanded f -> state;
      case PlanFact.MigrationAdvanced f ->
          change(
              state,
              f.wave(),
              w -> journeyIs(w, new Journey(f.vm(), f.phase(), f.checkpoint(), null, f.copy())));
      case PlanFact.MigrationEnded f ->
          change(
              state,
              f.wave(),
              w -> {
                Journey known = w.journeys().get(f.vm().toString());
                return journeyIs(
                    w,
                    new Journey(
                        f.vm(),
                        WaveStatuses.phaseOf(f.result()),
                        known == null ? Checkpoint.PLANNED : known.checkpoint(),
                        f.result(),
                        known == null ? null : known.copy()));
              });
      case PlanFact.WaveEnded f -> change(state, f.wave(), w -> w.ended(f.at()));
      case PlanFact.PlanCommandRefused f -> state;
    };
  }

  private static PlanState asked(PlanState state, PlanFact.PlanAsked f) {
    boolean keep = Boolean.TRUE.equals(f.keep()) && state instanceof Proposed;
    Proposed last = keep ? (Proposed) state : null;
    return new Proposing(
        f.plan(),
        f.version(),
        f.request(),
        f.by(),
        kept(state.waves(), keep),
        last == null ? null : last.places(),
        last == null ? null : last.request().sayings().start(),
        null,
        null,
        last == null ? List.of() : last.everybody());
  }

  /** Nothing is superseded yet: what was edited may be refused. */
  private static PlanState edited(Proposed s, PlanFact.PlanEdited f) {
    return new Proposing(
        f.plan(),
        f.version(),
        s.request(),
        f.by(),
        s.waves(),
        s.places(),
        s.request().sayings().start(),
        null,
        new Edit(f.rows(), f.at(), s.requester(), s.drift()),
        s.everybody());
  }

  private static PlanState drifted(PlanState state, Drifted now) {
    return switch (state) {
      case Proposed s -> s.with(now);
      case Proposing s -> s.edit() == null ? s : s.with(s.edit().with(now));
      case PlanState.Unknown s -> s;
      case Failed s -> s;
    };
  }

  private static PlanState asItWas(Proposing s) {
    Edit edit = s.edit();
    Map<String, Place> places = s.before();
    return edit == null
        ? s
        : new Proposed(
            s.plan(),
            s.version(),
            s.request(),
            edit.standing(),
            s.waves(),
            places == null ? Map.of() : places,
            s.authors(),
            edit.drift());
  }

  /** What a new proposal does not touch: released waves. The others are superseded. */
  private static TreeMap<String, Wave> kept(Map<String, Wave> waves, boolean places) {
    var kept = new TreeMap<String, Wave>();
    waves.forEach((id, wave) -> {
      boolean stood = wave.stage() == Stage.PROPOSED || wave.stage() == Stage.APPROVED;
      kept.put(
          id, wave.released() ? wave : wave.superseded(places && stood ? wave.places() : Map.of()));
    });
    return kept;
  }

  /** A first piece begins anew: it is of another draft than what came before it. */
  private static PlanState drafted(Proposing asked, PlanFact.PlanDrafted f) {
    Piece piece = f.proposal().piece();
    if (piece == null) {
      return asked;
    }
    Draft draft = asked.draft();
    var waves = new TreeMap<String, Wave>();
    if (piece.number() > 1 && draft != null) {
      waves.putAll(draft.waves());
    }
    waves.putAll(waves(asked, f.proposal()));
    return asked.with(asked.waves(), new Draft(piece.draft(), piece.number(), waves));
  }

  private static TreeMap<String, Wave> waves(Proposing asked, Proposal proposal) {
    var waves = new TreeMap<String, Wave>();
    for (Proposal.Wave wave : proposal.waves()) {
      waves.put(
          wave.id().value(),
          Wave.of(wave, asked.version(), asked.request().settings().maxInFlight()));
    }
    return waves;
  }

  private static PlanState proposed(Proposing asked, PlanFact.PlanProposed f) {
    TreeMap<String, Wave> waves = kept(asked.waves(), false);
    Draft draft = asked.draft();
    var proposed = waves(asked, f.proposal());
    if (draft != null && f.proposal().piece() != null) {
      proposed.putAll(draft.waves());
    }
    var moves = new Moves(asked, f.proposal());
    proposed.forEach(
        (id, wave) -> waves.put(id, wave.due(f.proposal().outlook()).moved(moves.into(wave))));
    return new Proposed(
        f.plan(),
        f.version(),
        asked.request(),
        asked.requester(),
        waves,
        Map.of(),
        asked.authors(),
        Drifted.NOTHING);
  }

  private static Wave released(Wave w, Instant at) {
    var journeys = new TreeMap<String, Journey>();
    for (MigrationSpec spec : w.specs()) {
      journeys.put(
          spec.vm().toString(),
          new Journey(spec.vm(), Phase.WAITING, Checkpoint.PLANNED, null, null));
    }
    return w.released(journeys, at);
  }

  private static Wave journeyIs(Wave w, Journey journey) {
    var journeys = new TreeMap<>(w.journeys());
    journeys.put(journey.vm().toString(), journey);
    return w.with(journeys);
  }

  private static PlanState change(PlanState state, WaveId id, Function<Wave, Wave> with) {
    Wave wave = state.waves().get(id.value());
    if (wave == null) {
      return state;
    }
    var waves = new TreeMap<>(state.waves());
    waves.put(id.value(), with.apply(wave));
    return PlanState.with(state, waves, PlanState.draft(state));
  }
}
