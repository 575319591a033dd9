// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Timer;
import io.drover.planner.PlanState.Drifted;
import io.drover.planner.PlanState.Due;
import io.drover.planner.PlanState.Failed;
import io.drover.planner.PlanState.Proposed;
import io.drover.planner.PlanState.Proposing;
import io.drover.planner.PlanState.Unknown;
import io.drover.planner.PlanState.Wave;
import io.drover.planner.programme.Place;
import io.drover.schemas.Drift;
import io.drover.schemas.Drift.Kind;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
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
  /** Nobody approves and starts a wave in the moment in which its plan is made. */
  private static final long TO_APPROVE_SECONDS = 15 * 60;

  private static final String BEGIN = "begin ";
  private static final String END = "end ";

  private PlanDrift() {}

  /** Why a plan is out of date, a sentence each; empty where it is not. */
  static List<String> words(PlanState state) {
    return state instanceof Proposed plan
        ? Drift.words(plan.drift().drifts(), plan.drift().more())
        : List.of();
  }

  /** What the eye saw, in the place of what it saw before. */
  static Decision<PlanFact> looked(PlanState state, PlanMessage.EstateLooked look) {
    // A look that took longer than the version stood says nothing of the next one.
    if (!(state instanceof Proposed plan) || version(plan) != look.version()) {
      return Decision.nothing();
    }
    var drifts = new ArrayList<>(own(plan.drift()));
    var begun = begun(plan);
    look.drifts().stream().filter(drift -> !begun.contains(drift.subject())).forEach(drifts::add);
    return said(plan, new Drifted(drifts, look.more()));
  }

  /** The version that stands: those of edits that were refused are not among them. */
  static int version(PlanState plan) {
    return plan.waves().values().stream()
        .filter(Wave::standing)
        .mapToInt(Wave::version)
        .max()
        .orElseGet(() -> PlanDecider.version(plan));
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
  private static List<Drift> own(Drifted known) {
    return known.drifts().stream().filter(PlanDrift::own).toList();
  }

  private static boolean own(Drift drift) {
    return drift.kind() == Kind.FAILED || drift.kind() == Kind.SLIPPED;
  }

  private static Decision<PlanFact> said(Proposed plan, Drifted now) {
    return now.equals(plan.drift())
        ? Decision.nothing()
        : Decision.of(fact(plan, plan.plan(), now));
  }

  private static PlanFact.PlanDrifted fact(PlanState state, PlanId plan, Drifted now) {
    return new PlanFact.PlanDrifted(plan, version(state), now.drifts(), now.more());
  }

  /** The same and another, in the place of what was known of its kind and subject. */
  private static Drifted with(Drifted known, Drift another) {
    var drifts = new ArrayList<>(own(known));
    drifts.removeIf(
        drift -> drift.kind() == another.kind() && drift.subject().equals(another.subject()));
    drifts.add(another);
    known.drifts().stream().filter(drift -> !own(drift)).forEach(drifts::add);
    return new Drifted(drifts, known.more());
  }

  /**
   * What a journey that did not end at its target makes of the plan. There is one drift a wave: of
   * one for each VM, a wave of hundreds that is rolled back would tell them all, each time.
   */
  static List<PlanFact> failed(PlanState state, Wave wave, PlanMessage.JourneyEnded news) {
    Drifted known = known(state);
    if (known == null || news.result() == Result.COMMITTED) {
      return List.of();
    }
    boolean back = news.result() == Result.ROLLED_BACK;
    long came = ended(wave, Result.ROLLED_BACK) + (back ? 1 : 0);
    long given = ended(wave, Result.ABANDONED) + (back ? 0 : 1);
    String id = wave.id().value();
    Drift drift =
        came + given == 1
            ? new Drift(
                Kind.FAILED,
                id,
                name(wave, news.vm()),
                (back ? "came back from wave " : "was given up in wave ") + id)
            : new Drift(
                Kind.FAILED,
                id,
                "wave " + id,
                "did not bring all its VMs to the target: "
                    + came
                    + " came back, "
                    + given
                    + " were given up");
    return List.of(fact(state, wave.id().plan(), with(known, drift)));
  }

  /** Also while an edited plan is checked: where it is refused, what stood stands again. */
  private static @Nullable Drifted known(PlanState state) {
    return switch (state) {
      case Proposed s -> s.drift();
      case Proposing s -> s.edit() == null ? null : s.edit().drift();
      case Unknown _, Failed _ -> null;
    };
  }

  private static long ended(Wave wave, Result result) {
    return wave.journeys().values().stream().filter(journey -> journey.result() == result).count();
  }

  private static String name(Wave wave, VmKey vm) {
    return wave.specs().stream()
        .filter(spec -> spec.vm().equals(vm))
        .map(spec -> spec.source().name())
        .findFirst()
        .orElse(vm.toString());
  }

  /**
   * One for each wave of a standing version that may yet begin or end too late. A wave that was
   * started by an older one is no reason to plan that again, which took it as it was.
   */
  static List<Timer> timers(PlanState state) {
    var timers = new ArrayList<Timer>();
    if (state instanceof Proposed plan && plan.waves().values().stream().anyMatch(Wave::standing)) {
      int version = version(plan);
      for (Wave wave : plan.waves().values()) {
        Timer timer = wave.version() == version ? timer(wave) : null;
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
      return new Timer(
          BEGIN + wave.id(), due.from().plusSeconds(Math.max(cutover, TO_APPROVE_SECONDS)));
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
    var drift =
        new Drift(
            Kind.SLIPPED,
            wave,
            "wave " + wave,
            begin
                ? "was not started by " + rang.due() + ", when its first cutover was to have begun"
                : "has cutovers to come after "
                    + rang.due()
                    + ", by when it was to have none in 95 % of cases");
    return Decision.of(fact(plan, plan.plan(), with(plan.drift(), drift)));
  }
}
