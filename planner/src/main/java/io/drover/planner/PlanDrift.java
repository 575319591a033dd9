// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Timer;
import io.drover.planner.PlanState.Drifted;
import io.drover.planner.PlanState.Due;
import io.drover.planner.PlanState.Proposed;
import io.drover.planner.PlanState.Wave;
import io.drover.planner.programme.Place;
import io.drover.schemas.Drift;
import io.drover.schemas.Drift.Kind;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What makes a standing version out of date: what the eye sees of the inventory, journeys that
 * failed, waves that slip. It is said, and the plan is made again only by a person.
 */
final class PlanDrift {
  private static final String BEGIN = "begin ";
  private static final String END = "end ";

  private PlanDrift() {}

  /** Why a plan is out of date, a sentence each; empty where it is not. */
  static List<String> words(PlanState state) {
    if (!(state instanceof Proposed plan)) {
      return List.of();
    }
    var words = new ArrayList<String>();
    plan.drift().drifts().forEach(drift -> words.add(drift.words()));
    if (plan.drift().more() > 0) {
      words.add("and " + plan.drift().more() + " more");
    }
    return words;
  }

  /** What the eye saw, in the place of what it saw before. */
  static Decision<PlanFact> looked(PlanState state, PlanMessage.EstateLooked look) {
    // A look that took longer than the version stood says nothing of the next one.
    if (!(state instanceof Proposed plan) || version(plan) != look.version()) {
      return Decision.nothing();
    }
    var drifts = new ArrayList<>(own(plan));
    var begun = begun(plan);
    look.drifts().stream().filter(drift -> !begun.contains(drift.subject())).forEach(drifts::add);
    return said(plan, new Drifted(drifts, look.more()));
  }

  /** The version that stands: those of edits that were refused are not among them. */
  static int version(Proposed plan) {
    return plan.waves().values().stream()
        .filter(Wave::standing)
        .mapToInt(Wave::version)
        .max()
        .orElse(plan.version());
  }

  /** VMs that are on their way, or went. */
  private static HashSet<String> begun(Proposed plan) {
    var begun = new HashSet<String>();
    for (Wave wave : plan.waves().values()) {
      if (wave.released()) {
        wave.specs().stream()
            .map(MigrationSpec::vm)
            .filter(vm -> !wave.back(vm))
            .forEach(vm -> begun.add(vm.toString()));
      }
    }
    return begun;
  }

  /** What the brain knows by itself. */
  private static List<Drift> own(Proposed plan) {
    return plan.drift().drifts().stream()
        .filter(drift -> drift.kind() == Kind.FAILED || drift.kind() == Kind.SLIPPED)
        .toList();
  }

  private static Decision<PlanFact> said(Proposed plan, Drifted now) {
    return now.equals(plan.drift())
        ? Decision.nothing()
        : Decision.of(fact(plan, now.drifts(), now.more()));
  }

  private static PlanFact.PlanDrifted fact(Proposed plan, List<Drift> drifts, int more) {
    return new PlanFact.PlanDrifted(plan.plan(), version(plan), drifts, more);
  }

  private static PlanFact.PlanDrifted with(Proposed plan, Drift another) {
    var drifts = new ArrayList<>(own(plan));
    drifts.add(another);
    plan.drift().drifts().stream()
        .filter(drift -> drift.kind() != Kind.FAILED && drift.kind() != Kind.SLIPPED)
        .forEach(drifts::add);
    return fact(plan, drifts, plan.drift().more());
  }

  /** What a journey that did not end at its target makes of the plan. */
  static List<PlanFact> failed(PlanState state, Wave wave, PlanMessage.JourneyEnded news) {
    if (!(state instanceof Proposed plan) || news.result() == Result.COMMITTED) {
      return List.of();
    }
    String vm = news.vm().toString();
    String name =
        wave.specs().stream()
            .filter(spec -> spec.vm().equals(news.vm()))
            .map(spec -> spec.source().name())
            .findFirst()
            .orElse(vm);
    String what =
        (news.result() == Result.ROLLED_BACK ? "came back from wave " : "was given up in wave ")
            + wave.id();
    return List.of(with(plan, new Drift(Kind.FAILED, vm, name, what)));
  }

  /** One for each wave of a standing version that may yet begin or end too late. */
  static List<Timer> timers(PlanState state) {
    var timers = new ArrayList<Timer>();
    if (state instanceof Proposed plan && plan.waves().values().stream().anyMatch(Wave::standing)) {
      for (Wave wave : plan.waves().values()) {
        Timer timer = timer(wave);
        if (timer != null && !plan.drift().of(Kind.SLIPPED, wave.id().value())) {
          timers.add(timer);
        }
      }
    }
    return timers;
  }

  private static @Nullable Timer timer(Wave wave) {
    Due due = wave.due();
    if (due == null) {
      return null;
    }
    if (wave.standing() && due.from() != null) {
      long cutover = wave.places().values().stream().mapToLong(Place::cutover).min().orElse(0);
      return new Timer(BEGIN + wave.id(), due.from().plusSeconds(cutover));
    }
    Instant from = due.from() == null ? wave.releasedAt() : due.from();
    return from != null && wave.journeys().values().stream().anyMatch(PlanDrift::onItsWay)
        ? new Timer(END + wave.id(), from.plusSeconds(due.p95Seconds()))
        : null;
  }

  /** Whether its cutover is still to come, or under way: a soak is as long as people make it. */
  private static boolean onItsWay(PlanState.Journey journey) {
    return switch (journey.phase()) {
      case WAITING, PREPARING, COPYING, READY, CUTTING_OVER, VERIFYING, PAUSED, HELD -> true;
      case SOAKING, COMMITTING, ROLLING_BACK, COMMITTED, ROLLED_BACK, ABANDONED -> false;
    };
  }

  /** A wave was to have begun, or ended, by now. */
  static Decision<PlanFact> rang(PlanState state, Input.Rang<PlanMessage, Proposal> rang) {
    if (!(state instanceof Proposed plan)
        || !timers(state).contains(new Timer(rang.timer(), rang.due()))) {
      return Decision.nothing();
    }
    boolean begin = rang.timer().startsWith(BEGIN);
    String wave = rang.timer().substring((begin ? BEGIN : END).length());
    return Decision.of(
        with(
            plan,
            new Drift(
                Kind.SLIPPED,
                wave,
                "wave " + wave,
                begin
                    ? "was not started before its first cutover was to begin, at " + rang.due()
                    : "has cutovers to come after "
                        + rang.due()
                        + ", by when it was to have none in 95 % of cases")));
  }
}
