// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.Actor;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact.Early;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the journey of one source VM is: what can be true at once, and nothing else. */
public sealed interface MigrationState {
  /** Nobody has told this VM to move. Commands that came too early are kept. */
  record Idle(String key, List<Kept> kept) implements MigrationState {
    public Idle {
      kept = List.copyOf(kept);
    }
  }

  /** A command that came before its journey. */
  record Kept(MigrationId migration, Early command, Actor by, String reason) {}

  /** A step is next and has not begun: a slot, the gate or a brake may keep it. */
  record Ready(Journey journey, Step step) implements MigrationState {}

  /**
   * A step is being ensured: an effect is in flight, or a round of copying is under way.
   *
   * @param lingers why the round does not go on; null while it does
   */
  record Stepping(Journey journey, Step step, int attempt, @Nullable Problem lingers)
      implements MigrationState {}

  /** A step did not come out and is begun again at {@code retryAt}. */
  record Retrying(Journey journey, Step step, int attempt, Problem problem, Instant retryAt)
      implements MigrationState {}

  /**
   * A round of copying was told to stop because its vCenter was; it begins anew afterwards.
   *
   * @param lingers why it is not at rest; null while that is not known
   */
  record Interrupted(Journey journey, Step step, int attempt, @Nullable Problem lingers)
      implements MigrationState {}

  /**
   * The target runs and is watched.
   *
   * @param until when the soak timer ends; null once it did and a person is to decide
   * @param looking attempt of the look that is under way, 0 if none is
   * @param nextLook when to look again
   * @param problem what the last look found out of place
   */
  record Soaking(
      Journey journey,
      @Nullable Instant until,
      int looking,
      @Nullable Instant nextLook,
      @Nullable Problem problem)
      implements MigrationState {}

  /** Going back, but the effect of the step in doubt still runs and was told to stop. */
  record Turning(Journey journey, Step step, int attempt) implements MigrationState {}

  /** Going back, nothing runs; {@code next} is the step whose undo is next, null when none is. */
  record Returning(Journey journey, @Nullable Step next) implements MigrationState {}

  /**
   * A step is being undone.
   *
   * @param halted for a round of copying: it was observed stopped, its copies are being removed
   * @param before why the attempt before this one did not come out; null for the first
   */
  record Undoing(Journey journey, Step step, int attempt, boolean halted, @Nullable Problem before)
      implements MigrationState {}

  /** An undo did not come out and is begun again at {@code retryAt}. */
  record UndoRetrying(Journey journey, Step step, int attempt, Problem problem, Instant retryAt)
      implements MigrationState {}

  /** Waits for a person to choose one of {@code exits}. Nothing runs. */
  record Held(Journey journey, Step step, boolean undoing, Problem problem, List<HoldExit> exits)
      implements MigrationState {
    public Held {
      exits = List.copyOf(exits);
    }

    /** What was offered, but for what older builds offered and is not safe. */
    List<HoldExit> ways() {
      if (!undoing) {
        return exits;
      }
      List<HoldExit> safe = MigrationItinerary.of(step).undoExits(journey.reopening());
      return exits.stream().filter(safe::contains).toList();
    }
  }

  /** The end of a journey; the VM can begin another unless it was committed. */
  record Over(Journey journey, Result result, @Nullable String reason, Instant at, List<Kept> kept)
      implements MigrationState {
    public Over {
      kept = List.copyOf(kept);
    }
  }

  /** The journey of a state, null where there is none. */
  static @Nullable Journey journeyOf(MigrationState state) {
    return switch (state) {
      case Idle s -> null;
      case Ready s -> s.journey();
      case Stepping s -> s.journey();
      case Retrying s -> s.journey();
      case Interrupted s -> s.journey();
      case Soaking s -> s.journey();
      case Turning s -> s.journey();
      case Returning s -> s.journey();
      case Undoing s -> s.journey();
      case UndoRetrying s -> s.journey();
      case Held s -> s.journey();
      case Over s -> s.journey();
    };
  }

  /** The same state with another journey in it; {@link Idle} stays as it is. */
  static MigrationState with(MigrationState state, Journey journey) {
    return switch (state) {
      case Idle s -> s;
      case Ready s -> new Ready(journey, s.step());
      case Stepping s -> new Stepping(journey, s.step(), s.attempt(), s.lingers());
      case Retrying s -> new Retrying(journey, s.step(), s.attempt(), s.problem(), s.retryAt());
      case Interrupted s -> new Interrupted(journey, s.step(), s.attempt(), s.lingers());
      case Soaking s -> new Soaking(journey, s.until(), s.looking(), s.nextLook(), s.problem());
      case Turning s -> new Turning(journey, s.step(), s.attempt());
      case Returning s -> new Returning(journey, s.next());
      case Undoing s -> new Undoing(journey, s.step(), s.attempt(), s.halted(), s.before());
      case UndoRetrying s ->
          new UndoRetrying(journey, s.step(), s.attempt(), s.problem(), s.retryAt());
      case Held s -> new Held(journey, s.step(), s.undoing(), s.problem(), s.exits());
      case Over s -> new Over(journey, s.result(), s.reason(), s.at(), s.kept());
    };
  }

  /** Why a round of copying does not go on or, where it is to, does not end; null if it does. */
  static @Nullable Problem lingersIn(MigrationState state) {
    return switch (state) {
      case Stepping s -> s.lingers();
      case Interrupted s -> s.lingers();
      case Idle s -> null;
      case Ready s -> null;
      case Retrying s -> null;
      case Soaking s -> null;
      case Turning s -> null;
      case Returning s -> null;
      case Undoing s -> null;
      case UndoRetrying s -> null;
      case Held s -> null;
      case Over s -> null;
    };
  }

  /** The step at hand, null where there is none. */
  static @Nullable Step stepOf(MigrationState state) {
    return switch (state) {
      case Idle s -> null;
      case Ready s -> s.step();
      case Stepping s -> s.step();
      case Retrying s -> s.step();
      case Interrupted s -> s.step();
      case Soaking s -> Step.SOAK;
      case Turning s -> s.step();
      case Returning s -> s.next();
      case Undoing s -> s.step();
      case UndoRetrying s -> s.step();
      case Held s -> s.step();
      case Over s -> null;
    };
  }
}
