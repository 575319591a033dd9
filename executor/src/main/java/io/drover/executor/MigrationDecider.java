// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;

import io.drover.engine.Decider;
import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Outcome;
import io.drover.engine.Status;
import io.drover.engine.Timer;
import io.drover.executor.MigrationItinerary.Row;
import io.drover.executor.MigrationState.Held;
import io.drover.executor.MigrationState.Idle;
import io.drover.executor.MigrationState.Over;
import io.drover.executor.MigrationState.Ready;
import io.drover.executor.MigrationState.Retrying;
import io.drover.executor.MigrationState.Soaking;
import io.drover.executor.MigrationState.Stepping;
import io.drover.executor.MigrationState.Turning;
import io.drover.executor.MigrationState.UndoRetrying;
import io.drover.executor.MigrationState.Undoing;
import io.drover.schemas.Actor;
import io.drover.schemas.EffectId;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.Step;
import io.drover.schemas.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The brain that owns the journey of one source VM: it walks {@link MigrationItinerary} forward,
 * turns at most once, and walks it back.
 */
public final class MigrationDecider
    implements Decider<MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect> {
  /** Who stops and starts all journeys of a vCenter. */
  static final Actor DISPATCH = Actor.service("dispatch");

  /** Who acts where the plan said in advance what to do. */
  static final Actor POLICY = Actor.service("policy");

  static final String WINDOW_OPENS = "window-opens";
  static final String WINDOW_CLOSES = "window-closes";

  @Override
  public MigrationState initial(String key) {
    return new Idle(key, List.of());
  }

  @Override
  public Decision<MigrationFact> decide(
      MigrationState state, Input<MigrationMessage, Evidence> input, Instant at) {
    var course =
        new Course(
            state,
            input instanceof Input.Rang<?, ?> rang && at.isBefore(rang.due()) ? rang.due() : at);
    switch (input) {
      case Input.Told<MigrationMessage, Evidence> told ->
          MigrationCommands.told(course, told.message(), told.by());
      case Input.Seen<MigrationMessage, Evidence> seen -> seen(course, seen);
      case Input.Rang<MigrationMessage, Evidence> rang -> rang(course, rang);
    }
    // What changed nothing moves nothing: a duplicate must not even wake what is due.
    if (course.stirred() || input instanceof Input.Rang<MigrationMessage, Evidence>) {
      MigrationSteps.proceed(course);
    }
    return course.decision();
  }

  @Override
  public MigrationState evolve(MigrationState state, MigrationFact fact) {
    return MigrationFold.evolve(state, fact);
  }

  /** Outcomes of anything but what is in flight are late or double, and change nothing. */
  private void seen(Course course, Input.Seen<MigrationMessage, Evidence> seen) {
    if (resume(course.state()).stream().noneMatch(i -> i.id().equals(seen.effect()))) {
      return;
    }
    switch (course.state()) {
      case Stepping s -> {
        switch (seen.outcome()) {
          case Outcome.Done<Evidence> done ->
              MigrationSteps.ended(course, s.step(), done.evidence());
          case Outcome.Failed<Evidence> failed ->
              MigrationSteps.failed(course, s.journey(), s.step(), s.attempt(), failed.problem());
          // Nobody told it to stop: the body lost it. It is ensured again.
          case Outcome.Stopped<Evidence> stopped ->
              MigrationSteps.failed(
                  course, s.journey(), s.step(), s.attempt(), MigrationSteps.INTERRUPTED);
        }
      }
      case Turning s -> {
        if (seen.outcome() instanceof Outcome.Done<Evidence> done) {
          course.happen(new MigrationFact.StepEnded(s.step(), done.evidence()));
        }
        course.happen(new MigrationFact.StopObserved(s.step()));
      }
      case Undoing s -> {
        switch (seen.outcome()) {
          case Outcome.Done<Evidence> done ->
              course.happen(new MigrationFact.UndoEnded(s.step(), done.evidence(), course.at));
          case Outcome.Failed<Evidence> failed ->
              MigrationSteps.undoFailed(course, s.journey(), s, failed.problem());
          case Outcome.Stopped<Evidence> stopped ->
              MigrationSteps.undoFailed(course, s.journey(), s, MigrationSteps.INTERRUPTED);
        }
      }
      case Soaking s -> MigrationSteps.looked(course, s, seen.outcome());
      case Idle s -> {}
      case Ready s -> {}
      case Retrying s -> {}
      case MigrationState.Interrupted s -> {}
      case MigrationState.Returning s -> {}
      case UndoRetrying s -> {}
      case Held s -> {}
      case Over s -> {}
    }
  }

  /** Timers that are not set any more have nothing to say. */
  private void rang(Course course, Input.Rang<MigrationMessage, Evidence> rang) {
    if (!timers(course.state()).contains(new Timer(rang.timer(), rang.due()))) {
      return;
    }
    if (rang.timer().equals(WINDOW_CLOSES)) {
      MigrationTurns.windowClosed(course);
      return;
    }
    switch (course.state()) {
      // The pause is over: what is due proceeds by itself, unless a brake keeps it.
      case Retrying s -> {}
      case UndoRetrying s ->
          course.happen(new MigrationFact.UndoBegun(s.step(), s.journey().undone(s.step()) + 1));
      case Soaking s -> {
        if (rang.timer().startsWith("soak") && !MigrationSteps.commitsByItself(s)) {
          MigrationSteps.soaked(course, s);
        } else {
          MigrationSteps.look(course, s);
        }
      }
      // The window opened or a delta fell due: what is ready proceeds by itself.
      case Ready s -> {}
      case Idle s -> {}
      case Stepping s -> {}
      case MigrationState.Interrupted s -> {}
      case Turning s -> {}
      case MigrationState.Returning s -> {}
      case Undoing s -> {}
      case Held s -> {}
      case Over s -> {}
    }
  }

  @Override
  public List<Intent<MigrationEffect>> resume(MigrationState state) {
    return switch (state) {
      case Stepping s -> {
        Row row = MigrationItinerary.of(s.step());
        yield row.round() != null
            ? List.of()
            : List.of(
                Intent.run(
                    effect(s.journey(), s.step(), s.attempt()),
                    row.lane(),
                    row.ensure(s.journey())));
      }
      case Turning s -> {
        Row row = MigrationItinerary.of(s.step());
        yield List.of(
            Intent.stop(
                effect(s.journey(), s.step(), s.attempt()), row.lane(), row.ensure(s.journey())));
      }
      case Undoing s -> {
        Row row = MigrationItinerary.of(s.step());
        yield row.undo() == MigrationItinerary.Undo.EFFECT
            ? List.of(
                Intent.run(
                    undo(s.journey(), s.step(), s.attempt()), row.lane(), row.reverse(s.journey())))
            : List.of();
      }
      case Soaking s -> {
        Row row = MigrationItinerary.of(Step.SOAK);
        yield s.looking() == 0
            ? List.of()
            : List.of(
                Intent.run(
                    effect(s.journey(), Step.SOAK, s.looking()),
                    row.lane(),
                    row.ensure(s.journey())));
      }
      case Idle s -> List.of();
      case Ready s -> List.of();
      case Retrying s -> List.of();
      case MigrationState.Interrupted s -> List.of();
      case MigrationState.Returning s -> List.of();
      case UndoRetrying s -> List.of();
      case Held s -> List.of();
      case Over s -> List.of();
    };
  }

  /** The wave, so that all facts of a wave are found by it. */
  @Override
  public @Nullable String correlation(MigrationState state) {
    Journey journey = MigrationState.journeyOf(state);
    return journey == null ? null : journey.spec().wave().value();
  }

  @Override
  public List<Timer> timers(MigrationState state) {
    var timers = new ArrayList<Timer>();
    switch (state) {
      case Ready s -> {
        Instant opens = s.journey().spec().policy().notBefore();
        if (s.step() == Step.GATE && opens != null && !s.journey().permits().waived()) {
          timers.add(new Timer(WINDOW_OPENS, opens));
        }
        Instant sync = MigrationGate.nextSync(s);
        if (sync != null) {
          timers.add(new Timer("sync-" + s.journey().begun(Step.SYNC), sync));
        }
      }
      case Retrying s ->
          timers.add(new Timer("retry-" + s.step().label() + "-" + s.attempt(), s.retryAt()));
      case UndoRetrying s ->
          timers.add(new Timer("undo-" + s.step().label() + "-" + s.attempt(), s.retryAt()));
      case Soaking s -> {
        if (s.until() != null && s.looking() == 0) {
          timers.add(new Timer("soak", s.until()));
        }
        if (s.nextLook() != null) {
          timers.add(new Timer("look-" + s.journey().begun(Step.SOAK), s.nextLook()));
        }
      }
      case Idle s -> {}
      case Stepping s -> {}
      case MigrationState.Interrupted s -> {}
      case Turning s -> {}
      case MigrationState.Returning s -> {}
      case Undoing s -> {}
      case Held s -> {}
      case Over s -> {}
    }
    Journey journey = journeyOf(state);
    if (journey != null && MigrationTurns.withinWindow(state)) {
      Instant closes = journey.spec().policy().notAfter();
      if (closes != null && !journey.permits().waived()) {
        timers.add(new Timer(WINDOW_CLOSES, closes));
      }
    }
    return timers;
  }

  @Override
  public List<Status> statuses(MigrationState state, Instant at, long sequence) {
    MigrationStatus status = MigrationView.status(state, at, sequence);
    return status == null
        ? List.of()
        : List.of(new Status(Topics.MIGRATION_STATUS, status.vm().toString(), status));
  }

  private static EffectId effect(Journey journey, Step step, int attempt) {
    return new EffectId(journey.id() + "/" + step.label() + "/" + attempt);
  }

  private static EffectId undo(Journey journey, Step step, int attempt) {
    return new EffectId(journey.id() + "/undo-" + step.label() + "/" + attempt);
  }
}
