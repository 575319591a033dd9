// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Decider;
import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.engine.Parts;
import io.drover.engine.Status;
import io.drover.engine.Timer;
import io.drover.planner.PlanState.Failed;
import io.drover.planner.PlanState.Proposed;
import io.drover.planner.PlanState.Proposing;
import io.drover.planner.PlanState.Unknown;
import io.drover.planner.PlanState.Wave;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;
import io.drover.schemas.Topics;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus.Stage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The brain of a plan: proposals, approvals, releases, and what became of the waves. */
public final class PlanDecider
    implements Decider<PlanState, PlanMessage, Proposal, PlanFact, PlanEffect> {

  @Override
  public PlanState initial(String key) {
    return new Unknown();
  }

  @Override
  public Decision<PlanFact> decide(
      PlanState state, Input<PlanMessage, Proposal> input, Instant at) {
    return switch (input) {
      case Input.Told<PlanMessage, Proposal>(PlanMessage message, Actor by) ->
          told(state, message, by, at);
      case Input.Seen<PlanMessage, Proposal>(EffectId effect, Outcome<Proposal> outcome) ->
          seen(state, effect, outcome);
      case Input.Rang<PlanMessage, Proposal> rang -> PlanDrift.rang(state, rang);
    };
  }

  private static Decision<PlanFact> told(
      PlanState state, PlanMessage message, Actor by, Instant at) {
    return switch (message) {
      case PlanMessage.ProposePlan ask -> propose(state, ask, by, at);
      case PlanMessage.ReplanPlan ask -> replan(state, ask, by, at);
      case PlanMessage.EditPlan ask -> edit(state, ask, by, at);
      case PlanMessage.ApproveWave ask -> approve(state, ask, by);
      case PlanMessage.ReleaseWave ask -> release(state, ask, by, at);
      case PlanMessage.PauseWave ask ->
          onRunning(
              state,
              ask.wave(),
              by,
              "pause wave",
              wave ->
                  tellAll(
                          wave,
                          spec -> new MigrationMessage.PauseMigration(spec.id(), ask.reason()))
                      .and(new PlanFact.WavePaused(ask.wave(), by, ask.reason())));
      case PlanMessage.ResumeWave ask ->
          onRunning(
              state,
              ask.wave(),
              by,
              "resume wave",
              wave ->
                  tellAll(wave, spec -> new MigrationMessage.ResumeMigration(spec.id()))
                      .and(new PlanFact.WaveResumed(ask.wave(), by)));
      case PlanMessage.CancelWave ask ->
          onRunning(
              state,
              ask.wave(),
              by,
              "cancel wave",
              wave ->
                  tellAll(
                          wave,
                          spec -> new MigrationMessage.CancelMigration(spec.id(), ask.reason()))
                      .and(new PlanFact.WaveCommanded(ask.wave(), by, "cancel", ask.reason())));
      case PlanMessage.RollBackWave ask ->
          onRunning(
              state,
              ask.wave(),
              by,
              "roll back wave",
              wave ->
                  tellAll(
                          wave,
                          spec -> new MigrationMessage.RollBackMigration(spec.id(), ask.reason()))
                      .and(new PlanFact.WaveCommanded(ask.wave(), by, "roll back", ask.reason())));
      case PlanMessage.CommitWave ask ->
          onRunning(
              state,
              ask.wave(),
              by,
              "commit wave",
              wave ->
                  tellAll(wave, spec -> new MigrationMessage.CommitMigration(spec.id()))
                      .and(new PlanFact.WaveCommanded(ask.wave(), by, "commit", "")));
      case PlanMessage.JourneyAdvanced news -> advanced(state, news);
      case PlanMessage.EstateLooked look -> PlanDrift.looked(state, look);
      case PlanMessage.JourneyEnded news -> ended(state, news, at);
    };
  }

  private static Decision<PlanFact> propose(
      PlanState state, PlanMessage.ProposePlan ask, Actor by, Instant at) {
    return state instanceof Proposing busy
        ? refused(
            by,
            "propose plan",
            "propose plan " + ask.plan(),
            "version " + busy.version() + " of it is still being made")
        : Decision.of(
            new PlanFact.PlanAsked(
                ask.plan(), ask.request().startingAt(at), by, version(state) + 1, null));
  }

  private static Decision<PlanFact> replan(
      PlanState state, PlanMessage.ReplanPlan ask, Actor by, Instant at) {
    String expected = "plan " + ask.plan() + " again";
    return switch (state) {
      case Unknown s ->
          refused(by, "replan", expected, "there is no such plan; 'drover plan propose' makes one");
      case Proposing s ->
          refused(by, "replan", expected, "version " + s.version() + " of it is still being made");
      case Failed s ->
          refused(
              by,
              "replan",
              expected,
              "its version " + s.version() + " could not be made; propose it anew");
      case Proposed s ->
          Decision.of(
              new PlanFact.PlanAsked(ask.plan(), s.request().from(at), by, s.version() + 1, true));
    };
  }

  private static Decision<PlanFact> edit(
      PlanState state, PlanMessage.EditPlan ask, Actor by, Instant at) {
    String expected = "take over the edited plan " + ask.plan();
    return switch (state) {
      case Unknown s ->
          refused(
              by, "edit plan", expected, "there is no such plan; 'drover plan propose' makes one");
      case Proposing s ->
          refused(
              by, "edit plan", expected, "version " + s.version() + " of it is still being made");
      case Failed s ->
          refused(by, "edit plan", expected, "no version of it stands; propose it anew");
      case Proposed s ->
          standing(s) == ask.planVersion()
              ? Decision.of(
                  new PlanFact.PlanEdited(ask.plan(), s.version() + 1, by, ask.rows(), at))
              : refused(
                  by,
                  "edit plan",
                  expected,
                  "version "
                      + ask.planVersion()
                      + " was edited, but version "
                      + standing(s)
                      + " stands; export that one and edit it");
    };
  }

  /** The version that the waves of a proposal have: those that were refused are not among them. */
  private static int standing(Proposed plan) {
    return plan.waves().values().stream()
        .filter(wave -> wave.stage() != Stage.SUPERSEDED)
        .mapToInt(Wave::version)
        .max()
        .orElse(plan.version());
  }

  private static Decision<PlanFact> approve(
      PlanState state, PlanMessage.ApproveWave ask, Actor by) {
    var order = new WaveOrder(by, "approve wave", ask.wave(), ask.planVersion());
    return onVersion(
        state,
        order,
        wave -> {
          if (wave.stage() == Stage.APPROVED && by.equals(wave.approvedBy())) {
            return Decision.nothing();
          }
          if (wave.stage() != Stage.PROPOSED) {
            return order.refused("it is " + wave.stage());
          }
          if (state instanceof Proposed plan
              && plan.request().settings().fourEyes()
              && plan.wroteIt(by)) {
            return order.refused(
                by
                    + " asked for the plan, and four eyes are required: who asked for it, had it made"
                    + " again or edited it cannot approve it. Another person approves it, or"
                    + " proposes it anew ('drover plan propose')");
          }
          return Decision.of(new PlanFact.WaveApproved(ask.wave(), wave.version(), by));
        });
  }

  private static Decision<PlanFact> release(
      PlanState state, PlanMessage.ReleaseWave ask, Actor by, Instant at) {
    var order = new WaveOrder(by, "start wave", ask.wave(), ask.planVersion());
    return onVersion(
        state,
        order,
        wave -> {
          if (wave.released()) {
            return order.refused("it was started already");
          }
          if (wave.stage() != Stage.APPROVED) {
            return order.refused(
                "it is not approved; 'drover wave approve " + ask.wave() + "' does that");
          }
          return new Decision<>(
              List.of(new PlanFact.WaveReleased(wave.id(), wave.version(), by, at)),
              dispatched(wave));
        });
  }

  private static List<Letter> dispatched(Wave wave) {
    Map<String, Integer> shares = FlightShares.of(wave);
    return wave.specs().stream()
        .collect(
            Collectors.groupingBy(spec -> spec.vm().vcenter(), TreeMap::new, Collectors.toList()))
        .entrySet()
        .stream()
        .map(group ->
            new Letter(
                Brain.DISPATCH,
                group.getKey(),
                new DispatchMessage.DispatchWave(
                    wave.id(), group.getValue(), shares.getOrDefault(group.getKey(), 0))))
        .toList();
  }

  /** Somebody's wish for a wave of exactly one version of a plan. */
  private record WaveOrder(Actor by, String command, WaveId wave, int version) {
    Decision<PlanFact> refused(String but) {
      return PlanDecider.refused(by, command, command + " " + wave, but);
    }
  }

  private static Decision<PlanFact> onVersion(
      PlanState state, WaveOrder order, Function<Wave, Decision<PlanFact>> then) {
    Wave wave = state.waves().get(order.wave().value());
    if (wave == null) {
      return order.refused("there is no such wave");
    }
    if (state instanceof Proposing asked && asked.edit() != null && !wave.released()) {
      return order.refused("an edited plan is being checked and may replace it; try again then");
    }
    if (wave.version() != order.version()) {
      return order.refused(
          "the plan is at version "
              + wave.version()
              + ", not "
              + order.version()
              + "; look at it again");
    }
    return then.apply(wave);
  }

  private static Decision<PlanFact> onRunning(
      PlanState state,
      WaveId id,
      Actor by,
      String command,
      Function<Wave, Decision<PlanFact>> then) {
    Wave wave = state.waves().get(id.value());
    if (wave == null) {
      return refused(by, command, command + " " + id, "there is no such wave");
    }
    if (wave.stage() != Stage.RUNNING && wave.stage() != Stage.PAUSED) {
      return refused(by, command, command + " " + id, "it is " + wave.stage());
    }
    return then.apply(wave);
  }

  private static Decision<PlanFact> tellAll(
      Wave wave, Function<MigrationSpec, MigrationMessage> message) {
    return new Decision<>(
        List.of(),
        wave.live().stream()
            .map(spec -> new Letter(Brain.MIGRATION, spec.vm().toString(), message.apply(spec)))
            .toList());
  }

  private static Decision<PlanFact> advanced(PlanState state, PlanMessage.JourneyAdvanced news) {
    PlanState.Journey known = journey(state, news.wave(), news.vm());
    boolean over = known != null && known.result() != null;
    return known == null
            || over
            || (known.phase() == news.phase()
                && known.checkpoint() == news.checkpoint()
                && Objects.equals(known.copy(), news.copy()))
        ? Decision.nothing()
        : Decision.of(
            new PlanFact.MigrationAdvanced(
                news.wave(),
                news.vm(),
                news.migration(),
                news.phase(),
                news.checkpoint(),
                news.copy()));
  }

  private static Decision<PlanFact> ended(
      PlanState state, PlanMessage.JourneyEnded news, Instant at) {
    PlanState.Journey known = journey(state, news.wave(), news.vm());
    Wave wave = state.waves().get(news.wave().value());
    if (wave == null || known == null || known.result() != null) {
      return Decision.nothing();
    }
    var one =
        new PlanFact.MigrationEnded(
            news.wave(), news.vm(), news.migration(), news.result(), news.reason(), news.at());
    var facts = new ArrayList<PlanFact>(List.of(one));
    if (wave.live().size() == 1) {
      facts.add(new PlanFact.WaveEnded(news.wave(), at));
    }
    facts.addAll(PlanDrift.failed(state, wave, news));
    Wave after = PlanEvolution.evolve(state, one).waves().getOrDefault(wave.id().value(), wave);
    return new Decision<>(facts, widened(wave, after));
  }

  /** What other vCenters may have in flight now that a journey ended. */
  private static List<Letter> widened(Wave before, Wave after) {
    return FlightShares.grown(before, after).entrySet().stream()
        .map(share ->
            new Letter(
                Brain.DISPATCH,
                share.getKey(),
                new DispatchMessage.WidenWave(after.id(), share.getValue())))
        .toList();
  }

  private static PlanState.@Nullable Journey journey(PlanState state, WaveId id, VmKey vm) {
    Wave wave = state.waves().get(id.value());
    return wave == null ? null : wave.journeys().get(vm.toString());
  }

  private static Decision<PlanFact> seen(
      PlanState state, EffectId effect, Outcome<Proposal> outcome) {
    if (!(state instanceof Proposing asked) || !effect.equals(ProposalWanted.id(asked))) {
      return Decision.nothing();
    }
    return switch (outcome) {
      case Outcome.Done<Proposal>(Proposal proposal) -> come(asked, proposal);
      case Outcome.Failed<Proposal> failed ->
          Decision.of(
              asked.edit() == null
                  ? new PlanFact.PlanFailed(asked.plan(), asked.version(), failed.problem())
                  : editRefused(asked, failed.problem()));
      case Outcome.Stopped<Proposal> stopped -> Decision.nothing();
    };
  }

  private static PlanFact editRefused(Proposing asked, Problem problem) {
    List<String> rows = List.of(problem.what().split("\n", -1));
    return new PlanFact.PlanEditRefused(
        asked.plan(),
        asked.version(),
        "take over the edited plan " + asked.plan(),
        rows.size() == 1 ? rows.getFirst() : rows.size() + " things are wrong with it",
        rows);
  }

  /** All of a proposal, or the piece of it that was wanted, or the first one of another draft. */
  private static Decision<PlanFact> come(Proposing asked, Proposal proposal) {
    Proposal.Piece piece = proposal.piece();
    return piece == null || piece.last()
        ? Decision.of(new PlanFact.PlanProposed(asked.plan(), asked.version(), proposal))
        : Decision.of(new PlanFact.PlanDrafted(asked.plan(), asked.version(), proposal));
  }

  private static Decision<PlanFact> refused(Actor by, String command, String expected, String but) {
    return Decision.of(new PlanFact.PlanCommandRefused(by, command, expected, but));
  }

  @Override
  public PlanState evolve(PlanState state, PlanFact fact) {
    return PlanEvolution.evolve(state, fact);
  }

  static int version(PlanState state) {
    return switch (state) {
      case Unknown s -> 0;
      case Proposing s -> s.version();
      case Proposed s -> s.version();
      case Failed s -> s.version();
    };
  }

  @Override
  public List<Timer> timers(PlanState state) {
    return PlanDrift.timers(state);
  }

  @Override
  public List<Intent<PlanEffect>> resume(PlanState state) {
    if (!(state instanceof Proposing asked)) {
      return List.of();
    }
    return List.of(Intent.run(ProposalWanted.id(asked), "solver", ProposalWanted.of(asked)));
  }

  @Override
  public Parts<PlanState, Wave> parts() {
    return PlanParts.PARTS;
  }

  @Override
  public List<Status> statuses(PlanState state, Instant at, long sequence) {
    return statuses(new Unknown(), state, at, sequence);
  }

  @Override
  public List<Status> statuses(PlanState before, PlanState state, Instant at, long sequence) {
    var statuses = new ArrayList<Status>();
    List<String> outdated = PlanDrift.words(state);
    boolean drifted = !outdated.equals(PlanDrift.words(before));
    state.waves().values().stream()
        .filter(wave ->
            (drifted && wave.standing()) || !wave.equals(before.waves().get(wave.id().value())))
        .sorted(Comparator.comparing(wave -> wave.id().value()))
        .forEach(wave ->
            statuses.add(
                new Status(
                    Topics.WAVE_STATUS,
                    wave.id().value(),
                    WaveStatuses.of(wave, outdated, at, sequence))));
    return statuses;
  }
}
