// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.programme.Place;
import io.drover.schemas.Actor;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.CopyProgress;
import io.drover.schemas.Drift;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.EditedRow;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus.Move;
import io.drover.schemas.WaveStatus.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is true of a plan. */
public sealed interface PlanState {
  /** Waves that exist, by id; released ones outlive later proposals. */
  default Map<String, Wave> waves() {
    return Map.of();
  }

  /** Nobody asked for it. */
  record Unknown() implements PlanState {}

  /**
   * A proposal is being made.
   *
   * @param before not null if what is in waves is to stay where it is; then also the places that
   *     states of older versions kept here, by VM key text
   * @param beforeStart second 0 of the last proposal
   * @param draft what has come of it so far; null = nothing, or it comes in one piece
   * @param edit what somebody edited, if that is what it is made of
   * @param authors names of those whose wish it is beside the requester
   */
  record Proposing(
      PlanId plan,
      int version,
      PlanRequest request,
      Actor requester,
      Map<String, Wave> waves,
      @Nullable Map<String, Place> before,
      @Nullable Instant beforeStart,
      @Nullable Draft draft,
      @Nullable Edit edit,
      List<String> authors)
      implements PlanState {
    public Proposing {
      waves = Map.copyOf(waves);
      before = before == null ? null : Map.copyOf(before);
      // States of older versions have none.
      authors = authors == null ? List.of() : List.copyOf(authors);
    }

    Proposing with(Map<String, Wave> others, @Nullable Draft next) {
      return new Proposing(
          plan, version, request, requester, others, before, beforeStart, next, edit, authors);
    }

    Proposing with(Edit other) {
      return new Proposing(
          plan, version, request, requester, waves, before, beforeStart, draft, other, authors);
    }
  }

  /**
   * The pieces of a proposal that have come.
   *
   * @param id of the draft that they are of
   * @param pieces how many
   * @param waves the waves in them, by id
   */
  record Draft(String id, int pieces, Map<String, Wave> waves) {
    public Draft {
      waves = Map.copyOf(waves);
    }
  }

  /**
   * An edited plan that is being checked.
   *
   * @param at when it was handed in
   * @param standing who asked for the version that stands until then
   * @param drift what was known not to be as that one took it to be
   */
  record Edit(List<EditedRow> rows, Instant at, Actor standing, Drifted drift) {
    public Edit {
      rows = List.copyOf(rows);
      drift = drift == null ? Drifted.NOTHING : drift;
    }

    Edit with(Drifted other) {
      return new Edit(rows, at, standing, other);
    }
  }

  /**
   * What is not as the standing version took it to be.
   *
   * @param more how many there are beside those that are named
   */
  record Drifted(List<Drift> drifts, int more) {
    static final Drifted NOTHING = new Drifted(List.of(), 0);

    public Drifted {
      drifts = List.copyOf(drifts);
    }

    boolean of(Drift.Kind kind, String subject) {
      return drifts.stream().anyMatch(d -> d.kind() == kind && d.subject().equals(subject));
    }
  }

  /**
   * A proposal stands.
   *
   * @param places where states of older versions have its VMs, by VM key text; newer ones have them
   *     in their waves
   * @param authors names of those whose wish it is beside the requester: who proposed it, had it
   *     made again or edited it since
   * @param drift what is not as it took it to be
   */
  record Proposed(
      PlanId plan,
      int version,
      PlanRequest request,
      Actor requester,
      Map<String, Wave> waves,
      Map<String, Place> places,
      List<String> authors,
      Drifted drift)
      implements PlanState {
    public Proposed {
      waves = Map.copyOf(waves);
      places = places == null ? Map.of() : Map.copyOf(places);
      authors = authors == null ? List.of() : List.copyOf(authors);
      drift = drift == null ? Drifted.NOTHING : drift;
    }

    /** Whether this person has a hand in it. */
    boolean wroteIt(Actor by) {
      return requester.name().equals(by.name()) || authors.contains(by.name());
    }

    /** All whose wish it is. */
    List<String> everybody() {
      var all = new TreeSet<>(authors);
      all.add(requester.name());
      return List.copyOf(all);
    }

    Proposed with(Drifted other) {
      return new Proposed(plan, version, request, requester, waves, places, authors, other);
    }

    Proposed with(Map<String, Wave> others) {
      return new Proposed(plan, version, request, requester, others, places, authors, drift);
    }
  }

  /** No proposal could be made; what was released goes on. */
  record Failed(PlanId plan, int version, Problem problem, Map<String, Wave> waves)
      implements PlanState {
    public Failed {
      waves = Map.copyOf(waves);
    }
  }

  /** The same with other waves, and another draft where there is one. */
  static PlanState with(PlanState state, Map<String, Wave> waves, @Nullable Draft draft) {
    return switch (state) {
      case Unknown s -> s;
      case Proposing s -> s.with(waves, draft);
      case Proposed s -> s.with(waves);
      case Failed s -> new Failed(s.plan(), s.version(), s.problem(), waves);
    };
  }

  /** What has come of a proposal that is being made. */
  static @Nullable Draft draft(PlanState state) {
    return state instanceof Proposing s ? s.draft() : null;
  }

  /**
   * One wave and where its journeys are.
   *
   * @param due when its plan forecast its end; null where it did not, or was made before it was
   *     noted
   * @param places where its VMs were planned, by VM key text
   * @param moved VMs that were put here, or to another time here, when the plan was made again
   */
  record Wave(
      WaveId id,
      String name,
      int version,
      Stage stage,
      int maxInFlight,
      List<MigrationSpec> specs,
      Map<String, Journey> journeys,
      @Nullable Actor approvedBy,
      @Nullable Instant releasedAt,
      @Nullable Instant endedAt,
      @Nullable Due due,
      Map<String, Place> places,
      List<Move> moved) {
    public Wave {
      specs = List.copyOf(specs);
      journeys = Map.copyOf(journeys);
      // Waves of older versions have theirs in the plan.
      places = places == null ? Map.of() : Map.copyOf(places);
      moved = moved == null ? List.of() : List.copyOf(moved);
    }

    /** A wave as it is proposed. */
    static Wave of(Proposal.Wave wave, int version, int maxInFlight) {
      var places = new TreeMap<String, Place>();
      for (Proposal.Planned planned : wave.vms()) {
        Proposal.Timing timing = planned.timing();
        if (timing != null) {
          places.put(
              planned.spec().vm().toString(),
              new Place(timing.copySeconds(), timing.cutoverSeconds()));
        }
      }
      return new Wave(
          wave.id(),
          wave.name(),
          version,
          Stage.PROPOSED,
          maxInFlight,
          wave.vms().stream().map(Proposal.Planned::spec).toList(),
          Map.of(),
          null,
          null,
          null,
          null,
          places,
          List.of());
    }

    /** The same, once it is known when it is forecast to have ended. */
    Wave due(Proposal.@Nullable Outlook outlook) {
      if (outlook == null) {
        return this;
      }
      // Without windows a plan's seconds count from whenever its waves go: here from the release.
      long first =
          outlook.start() != null
              ? 0
              : places.values().stream().mapToLong(Place::copy).min().orElse(0);
      Due forecast =
          outlook.waves().stream()
              .filter(wave -> wave.wave().equals(id))
              .map(wave ->
                  new Due(outlook.start(), wave.p50Seconds() - first, wave.p95Seconds() - first))
              .findFirst()
              .orElse(null);
      return with(forecast, moved);
    }

    /** The same with who was put here. */
    Wave moved(List<Move> others) {
      return with(due, others);
    }

    private Wave with(@Nullable Due forecast, List<Move> others) {
      return new Wave(
          id,
          name,
          version,
          stage,
          maxInFlight,
          specs,
          journeys,
          approvedBy,
          releasedAt,
          endedAt,
          forecast,
          places,
          others);
    }

    /** Whether it waits for its release. */
    boolean standing() {
      return stage == Stage.PROPOSED || stage == Stage.APPROVED;
    }

    boolean released() {
      return stage == Stage.RUNNING || stage == Stage.PAUSED || stage == Stage.ENDED;
    }

    boolean over() {
      return !journeys.isEmpty() && journeys.values().stream().allMatch(j -> j.result() != null);
    }

    /**
     * Whether a VM's journey ended with the source as it was; one that was abandoned is in
     * somebody's hands.
     */
    boolean back(VmKey vm) {
      Journey journey = journeys.get(vm.toString());
      return journey != null && journey.result() == Result.ROLLED_BACK;
    }

    /** The journeys that have not ended. */
    List<MigrationSpec> live() {
      return specs.stream()
          .filter(spec -> {
            Journey journey = journeys.get(spec.vm().toString());
            return journey == null || journey.result() == null;
          })
          .toList();
    }

    /**
     * A proposal that a newer one replaced before it was released.
     *
     * @param remembered where its VMs were, if they are to stay there
     */
    Wave superseded(Map<String, Place> remembered) {
      return new Wave(
          id,
          name,
          version,
          Stage.SUPERSEDED,
          maxInFlight,
          List.of(),
          Map.of(),
          null,
          null,
          null,
          null,
          remembered,
          List.of());
    }

    Wave with(Stage next) {
      return with(next, journeys, approvedBy, releasedAt, endedAt);
    }

    Wave with(Map<String, Journey> others) {
      return with(stage, others, approvedBy, releasedAt, endedAt);
    }

    Wave approved(Actor by) {
      return with(Stage.APPROVED, journeys, by, releasedAt, endedAt);
    }

    Wave released(Map<String, Journey> begun, Instant at) {
      return with(Stage.RUNNING, begun, approvedBy, at, null);
    }

    Wave ended(Instant at) {
      return with(Stage.ENDED, journeys, approvedBy, releasedAt, at);
    }

    private Wave with(
        Stage next,
        Map<String, Journey> others,
        @Nullable Actor approver,
        @Nullable Instant released,
        @Nullable Instant ended) {
      return new Wave(
          id,
          name,
          version,
          next,
          maxInFlight,
          specs,
          others,
          approver,
          released,
          ended,
          due,
          places,
          moved);
    }
  }

  /**
   * When a wave is forecast to have ended.
   *
   * @param from what the seconds count from; null = its release
   */
  record Due(@Nullable Instant from, long p50Seconds, long p95Seconds) {}

  /**
   * Where one journey is.
   *
   * @param copy null where it was not told, or before it was noted
   */
  record Journey(
      VmKey vm,
      Phase phase,
      Checkpoint checkpoint,
      @Nullable Result result,
      @Nullable CopyProgress copy) {}
}
