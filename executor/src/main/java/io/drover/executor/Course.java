// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationState.journeyOf;

import io.drover.engine.Decision;
import io.drover.engine.Letter;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Result;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One decision in the making: each fact is folded at once, and its letters are written. */
final class Course {
  private final MigrationState begun;
  private final List<MigrationFact> facts = new ArrayList<>();
  private final List<Letter> letters = new ArrayList<>();
  private MigrationState state;

  /** When the input was taken: the only now there is. */
  final Instant at;

  Course(MigrationState state, Instant at) {
    this.begun = state;
    this.state = state;
    this.at = at;
  }

  MigrationState state() {
    return state;
  }

  /** Makes facts, in order. */
  void happen(MigrationFact... more) {
    for (MigrationFact fact : more) {
      MigrationState before = state;
      state = MigrationFold.evolve(before, fact);
      facts.add(fact);
      letters.addAll(MigrationLetters.about(fact, before, state));
    }
  }

  /** Whether anything happened yet. */
  boolean stirred() {
    return !facts.isEmpty();
  }

  void refuse(Actor by, String command, String expected, String but) {
    happen(new MigrationFact.CommandRefused(by, command, expected, but));
  }

  /** Everything, and for the plan a letter where phase or copy are others than before. */
  Decision<MigrationFact> decision() {
    Journey journey = journeyOf(state);
    Journey earlier = journeyOf(begun);
    if (journey != null) {
      boolean same = earlier != null && earlier.id().equals(journey.id());
      if (earlier == null
          || !same
          || MigrationView.phase(begun) != MigrationView.phase(state)
          || !earlier.copied().equals(journey.copied())) {
        letters.add(
            new Letter(
                Brain.PLAN,
                journey.spec().wave().plan().value(),
                new PlanMessage.JourneyAdvanced(
                    journey.spec().vm(),
                    journey.id(),
                    journey.spec().wave(),
                    MigrationView.phase(state),
                    MigrationView.checkpoint(journey),
                    MigrationView.copy(state, journey, at))));
      }
      boolean wasOver = same && begun instanceof MigrationState.Over;
      if (state instanceof MigrationState.Over over && !wasOver) {
        letters.addAll(
            MigrationLetters.ended(journey.spec(), over.result(), over.reason(), over.at()));
      }
    }
    return new Decision<>(facts, letters);
  }

  /** Says that a journey was refused before it began, so that nobody waits for it. */
  void turnAway(io.drover.schemas.MigrationSpec spec, String reason) {
    letters.addAll(MigrationLetters.ended(spec, Result.ABANDONED, reason, at));
  }
}
