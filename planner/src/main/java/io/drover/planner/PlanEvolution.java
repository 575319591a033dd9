// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.PlanState.Failed;
import io.drover.planner.PlanState.Proposed;
import io.drover.planner.PlanState.Proposing;
import io.drover.planner.PlanState.Unknown;
import io.drover.planner.PlanState.Wave;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanFact;
import io.drover.schemas.Proposal;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus.Stage;
import java.time.Instant;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How the state of a plan follows from its facts: the only place that makes it. */
final class PlanEvolution {
  private PlanEvolution() {}

  static PlanState evolve(PlanState state, PlanFact fact) {
    return switch (fact) {
      case PlanFact.PlanAsked f -> asked(state, f);
      case PlanFact.PlanProposed f -> proposed(state, f);
      case PlanFact.PlanFailed f -> new Failed(f.plan(), f.version(), f.problem(), state.waves());
      case PlanFact.WaveApproved f ->
          change(
              state,
              f.wave(),
              w ->
                  new Wave(
                      w.id(),
                      w.name(),
                      w.version(),
                      Stage.APPROVED,
                      w.maxInFlight(),
                      w.specs(),
                      w.journeys(),
                      f.by(),
                      w.releasedAt(),
                      w.endedAt(),
                      w.due()));
      case PlanFact.WaveReleased f -> change(state, f.wave(), w -> released(w, f.at()));
      case PlanFact.WavePaused f -> change(state, f.wave(), w -> w.with(Stage.PAUSED));
      case PlanFact.WaveResumed f -> change(state, f.wave(), w -> w.with(Stage.RUNNING));
      case PlanFact.WaveCommanded f -> state;
      case PlanFact.MigrationAdvanced f ->
          change(
              state,
              f.wave(),
              w ->
                  journeyIs(
                      w, new PlanState.Journey(f.vm(), f.phase(), f.checkpoint(), null, f.copy())));
      case PlanFact.MigrationEnded f ->
          change(
              state,
              f.wave(),
              w -> {
                PlanState.Journey known = w.journeys().get(f.vm().toString());
                return journeyIs(
                    w,
                    new PlanState.Journey(
                        f.vm(),
                        WaveStatuses.phaseOf(f.result()),
                        known == null ? io.drover.schemas.Checkpoint.PLANNED : known.checkpoint(),
                        f.result(),
                        known == null ? null : known.copy()));
              });
      case PlanFact.WaveEnded f ->
          change(
              state,
              f.wave(),
              w ->
                  new Wave(
                      w.id(),
                      w.name(),
                      w.version(),
                      Stage.ENDED,
                      w.maxInFlight(),
                      w.specs(),
                      w.journeys(),
                      w.approvedBy(),
                      w.releasedAt(),
                      f.at(),
                      w.due()));
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
        kept(state),
        last == null ? null : last.places(),
        last == null ? null : last.request().sayings().start());
  }

  /** What a new proposal does not touch: released waves. The others are superseded. */
  private static TreeMap<String, Wave> kept(PlanState state) {
    var kept = new TreeMap<String, Wave>();
    state.waves().forEach((id, wave) -> kept.put(id, wave.released() ? wave : wave.superseded()));
    return kept;
  }

  private static PlanState proposed(PlanState state, PlanFact.PlanProposed f) {
    if (!(state instanceof Proposing asked)) {
      return state;
    }
    var waves = new TreeMap<>(asked.waves());
    for (Proposal.Wave wave : f.proposal().waves()) {
      waves.put(
          wave.id().value(),
          new Wave(
              wave.id(),
              wave.name(),
              f.version(),
              Stage.PROPOSED,
              asked.request().settings().maxInFlight(),
              wave.vms().stream().map(Proposal.Planned::spec).toList(),
              java.util.Map.of(),
              null,
              null,
              null,
              due(wave, f.proposal().outlook())));
    }
    var places = new TreeMap<String, PlanState.Place>();
    for (Proposal.Wave wave : f.proposal().waves()) {
      for (Proposal.Planned planned : wave.vms()) {
        Proposal.Timing timing = planned.timing();
        if (timing != null) {
          places.put(
              planned.spec().vm().toString(),
              new PlanState.Place(timing.copySeconds(), timing.cutoverSeconds()));
        }
      }
    }
    return new Proposed(
        f.plan(),
        f.version(),
        asked.request(),
        asked.requester(),
        f.proposal().left(),
        waves,
        places);
  }

  /** Without windows a plan's seconds count from whenever its waves go: here from the release. */
  private static PlanState.@Nullable Due due(
      Proposal.Wave wave, Proposal.@Nullable Outlook outlook) {
    if (outlook == null) {
      return null;
    }
    long first =
        outlook.start() != null
            ? 0
            : wave.vms().stream()
                .map(Proposal.Planned::timing)
                .filter(Objects::nonNull)
                .mapToLong(Proposal.Timing::copySeconds)
                .min()
                .orElse(0);
    return outlook.waves().stream()
        .filter(forecast -> forecast.wave().equals(wave.id()))
        .map(forecast ->
            new PlanState.Due(
                outlook.start(), forecast.p50Seconds() - first, forecast.p95Seconds() - first))
        .findFirst()
        .orElse(null);
  }

  private static Wave released(Wave w, Instant at) {
    var journeys = new TreeMap<String, PlanState.Journey>();
    for (MigrationSpec spec : w.specs()) {
      journeys.put(
          spec.vm().toString(),
          new PlanState.Journey(
              spec.vm(),
              io.drover.schemas.Phase.WAITING,
              io.drover.schemas.Checkpoint.PLANNED,
              null,
              null));
    }
    return new Wave(
        w.id(),
        w.name(),
        w.version(),
        Stage.RUNNING,
        w.maxInFlight(),
        w.specs(),
        journeys,
        w.approvedBy(),
        at,
        null,
        w.due());
  }

  private static Wave journeyIs(Wave w, PlanState.Journey journey) {
    var journeys = new TreeMap<>(w.journeys());
    journeys.put(journey.vm().toString(), journey);
    return new Wave(
        w.id(),
        w.name(),
        w.version(),
        w.stage(),
        w.maxInFlight(),
        w.specs(),
        journeys,
        w.approvedBy(),
        w.releasedAt(),
        w.endedAt(),
        w.due());
  }

  private static PlanState change(PlanState state, WaveId id, Function<Wave, Wave> with) {
    Wave wave = state.waves().get(id.value());
    if (wave == null) {
      return state;
    }
    var waves = new TreeMap<>(state.waves());
    waves.put(id.value(), with.apply(wave));
    return switch (state) {
      case Unknown s -> s;
      case Proposing s ->
          new Proposing(
              s.plan(),
              s.version(),
              s.request(),
              s.requester(),
              waves,
              s.before(),
              s.beforeStart());
      case Proposed s ->
          new Proposed(
              s.plan(), s.version(), s.request(), s.requester(), s.left(), waves, s.places());
      case Failed s -> new Failed(s.plan(), s.version(), s.problem(), waves);
    };
  }
}
