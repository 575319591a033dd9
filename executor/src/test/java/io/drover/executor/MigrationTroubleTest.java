// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationDeciderTest.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Actor;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.CopyId;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage.*;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.Phase;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens on a journey when an effect fails, on the way forward and back. */
class MigrationTroubleTest {
  private static final MigrationId M1 = new MigrationId("m1");
  private static final Actor CONVERTER = Actor.service("converter");

  @Test
  void an_outage_of_a_day_pauses_and_never_fails() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    var until = trip.now.plus(Duration.ofDays(1));
    int tries = 0;
    while (trip.now.isBefore(until)) {
      trip.fails(Problem.Kind.UNAVAILABLE);
      trip.ring("retry");
      tries++;
    }
    assertThat(trip.state).isInstanceOf(MigrationState.Stepping.class);
    // Capped, but no storm either: the pause grows to a minute.
    assertThat(tries).isBetween(1000, 2000);
    trip.until(Step.SEAL);
  }

  @Test
  void a_transient_failure_is_tried_a_bounded_number_of_times() {
    var trip = Trip.at(Samples.cold(), Step.DEFINE_TARGET);
    int tries = 1;
    trip.fails(Problem.Kind.TRANSIENT);
    while (trip.state instanceof MigrationState.Retrying) {
      trip.ring("retry");
      trip.fails(Problem.Kind.TRANSIENT);
      tries++;
    }
    assertThat(tries).isEqualTo(5);
    trip.run();
    assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
  }

  @Test
  void what_cannot_be_observed_never_leads_forward() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    trip.fails(Problem.Kind.UNKNOWN);
    assertThat(trip.state)
        .isInstanceOfSatisfying(
            MigrationState.Held.class,
            s ->
                assertThat(s.exits())
                    .containsExactly(HoldExit.RETRY, HoldExit.ROLL_BACK, HoldExit.ABANDON));
    assertThat(trip.decider.resume(trip.state)).isEmpty();
  }

  @Test
  void a_hold_gives_its_slots_back_and_a_retry_asks_again() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    trip.fails(Problem.Kind.UNKNOWN);
    assertThat(trip.told(DispatchMessage.SlotBack.class)).hasSize(2);
    trip.tell(new ResolveHold(M1, HoldExit.RETRY, "vCenter is back"));
    assertThat(trip.told(DispatchMessage.SlotWanted.class)).hasSize(3);
    trip.until(Step.SEAL);
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void every_way_out_of_every_hold_leads_somewhere(Step step) {
    for (HoldExit exit : HoldExit.values()) {
      var spec =
          MigrationItinerary.of(step).onWay(Samples.cold()) ? Samples.cold() : Samples.warm();
      var trip = heldAt(spec, step);
      if (trip == null) {
        continue;
      }
      var held = (MigrationState.Held) trip.state;
      var facts = trip.tell(new ResolveHold(M1, exit, "looked at it"));
      if (!held.exits().contains(exit)) {
        assertThat(facts).singleElement().isInstanceOf(MigrationFact.CommandRefused.class);
        assertThat(trip.state).isEqualTo(held);
        continue;
      }
      assertThat(trip.state).isNotInstanceOf(MigrationState.Held.class);
      trip.run();
      switch (exit) {
        case RETRY, ACCEPT ->
            assertThat(trip.state)
                .isInstanceOfAny(MigrationState.Soaking.class, MigrationState.Over.class);
        case ROLL_BACK -> assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
        case ABANDON -> assertThat(status(trip).result()).isEqualTo(Result.ABANDONED);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void an_undo_is_escalated_and_every_way_out_of_it_leads_somewhere(Step step) {
    if (MigrationItinerary.of(step).undo() != MigrationItinerary.Undo.EFFECT) {
      return;
    }
    for (HoldExit exit : HoldExit.values()) {
      var trip = Trip.at(Samples.cold(), Step.SOAK);
      trip.tell(new RollBackMigration(M1, "no"));
      while (!(trip.state instanceof MigrationState.Undoing u && u.step() == step)) {
        assertThat(trip.answer()).isTrue();
      }
      trip.fails(Problem.Kind.TRANSIENT);
      while (trip.state instanceof MigrationState.UndoRetrying) {
        trip.ring("undo");
        trip.fails(Problem.Kind.TRANSIENT);
      }
      var held = (MigrationState.Held) trip.state;
      assertThat(held.undoing()).isTrue();
      trip.tell(new ResolveHold(M1, exit, "looked at it"));
      trip.run();
      if (held.exits().contains(exit)) {
        assertThat(trip.state).isInstanceOf(MigrationState.Over.class);
      } else {
        assertThat(trip.state).isEqualTo(held);
      }
    }
  }

  @Test
  void copies_that_do_not_go_are_shown_and_a_person_is_asked() {
    // Given a journey that goes back, whose copies are to be removed
    var trip = Trip.at(Samples.cold(), Step.SOAK);
    trip.tell(new RollBackMigration(M1, "no"));
    untilCopiesAreToGo(trip);
    // When the converter tells of an outage
    trip.tell(new CopyLingers(null, M1, Trip.problem(Problem.Kind.UNAVAILABLE)), CONVERTER);
    // Then it is shown, and the converter is asked again later
    assertThat(status(trip).problem()).isEqualTo(Trip.problem(Problem.Kind.UNAVAILABLE));
    trip.ring("undo");
    untilCopiesAreToGo(trip);
    // When it is told that it may not
    trip.tell(new CopyLingers(null, M1, Trip.problem(Problem.Kind.REFUSED)), CONVERTER);
    // Then a person is asked, who can have it tried once more
    assertThat(((MigrationState.Held) trip.state).exits())
        .contains(HoldExit.RETRY, HoldExit.ACCEPT);
    trip.tell(new ResolveHold(M1, HoldExit.RETRY, "the role has the right now"));
    trip.run();
    assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
  }

  private static void untilCopiesAreToGo(Trip trip) {
    while (!(trip.state instanceof MigrationState.Undoing u && u.halted())) {
      assertThat(trip.answer()).isTrue();
    }
    trip.unanswered.clear();
  }

  @Test
  void a_stop_that_does_not_come_about_is_no_news_of_another_round() {
    var trip = Trip.at(Samples.cold(), Step.SOAK);
    trip.tell(new RollBackMigration(M1, "no"));
    while (!(trip.state instanceof MigrationState.Undoing u
        && !u.halted()
        && MigrationItinerary.of(u.step()).undo() == MigrationItinerary.Undo.STOP_COPY)) {
      assertThat(trip.answer()).isTrue();
    }
    var before = trip.state;
    Problem refused = Trip.problem(Problem.Kind.REFUSED);
    trip.tell(new CopyLingers(new CopyId("another"), null, refused), CONVERTER);
    trip.tell(new CopyLingers(null, M1, refused), CONVERTER);
    assertThat(trip.state).isEqualTo(before);
    var asked = (ConversionMessage.StopCopy) trip.unanswered.getLast().message();
    trip.tell(new CopyLingers(asked.copy(), null, refused), CONVERTER);
    assertThat(trip.state).isInstanceOf(MigrationState.Held.class);
  }

  /** The converter gave the round up, and says so only when nothing of it is left at the source. */
  @Test
  void a_failed_round_that_is_not_brought_to_rest_says_why_while_it_lasts() {
    // Given
    var trip = Trip.at(Samples.cold(), Step.SEAL);
    CopyId copy = MigrationLetters.copy(trip.spec, Step.SEAL, 1);
    Problem refused = Trip.problem(Problem.Kind.REFUSED);
    assertThat(trip.tell(new CopyLingers(new CopyId("another"), null, refused), CONVERTER))
        .isEmpty();

    // When
    trip.tell(new CopyLingers(copy, null, refused), CONVERTER);

    // Then
    assertThat(status(trip).problem()).isEqualTo(refused);
    assertThat(status(trip).health().sign()).isEqualTo(MigrationStatus.Sign.RETRYING);
    assertThat(status(trip).waitingFor())
        .containsExactly("its copy, which does not go on and is tried again");
    // It is said with every try, and told once.
    assertThat(trip.tell(new CopyLingers(copy, null, refused), CONVERTER)).isEmpty();
    trip.tell(new CopyFailed(copy, Trip.problem(Problem.Kind.TRANSIENT)), CONVERTER);
    trip.unanswered.clear();
    trip.ring("retry");
    assertThat(trip.state).isInstanceOf(MigrationState.Stepping.class);
    assertThat(status(trip).problem()).isNull();
  }

  @Test
  void a_round_that_goes_on_again_is_well() {
    var trip = Trip.at(Samples.cold(), Step.SEAL);
    CopyId copy = MigrationLetters.copy(trip.spec, Step.SEAL, 1);
    Problem crash = Trip.problem(Problem.Kind.TRANSIENT);
    trip.tell(new CopyDelayed(copy, crash), CONVERTER);
    assertThat(status(trip).problem()).isEqualTo(crash);

    trip.tell(
        new DiskAdvanced(
            copy, 2000, 1 << 20, 1 << 30, 1 << 20, Instant.parse("2026-01-01T00:01:00Z")),
        CONVERTER);

    assertThat(status(trip).problem()).isNull();
    assertThat(status(trip).health().sign()).isEqualTo(MigrationStatus.Sign.WELL);
    assertThat(status(trip).waitingFor()).isEmpty();
    trip.tell(new CopyDelayed(copy, crash), CONVERTER);
    trip.tell(new CopyDelayed(copy, null), CONVERTER);
    assertThat(status(trip).problem()).isNull();
  }

  @Test
  void a_stopped_round_that_is_not_brought_to_rest_says_why_and_begins_anew_when_it_is() {
    // Given
    var trip = Trip.at(Samples.cold(), Step.SEAL);
    trip.tell(new StopCalled("a flood"), MigrationDecider.DISPATCH);
    CopyId copy = MigrationLetters.copy(trip.spec, Step.SEAL, 1);
    Problem away = Trip.problem(Problem.Kind.UNAVAILABLE);

    // When
    trip.tell(new CopyLingers(copy, null, away), CONVERTER);

    // Then
    assertThat(status(trip).phase()).isEqualTo(Phase.PAUSED);
    assertThat(status(trip).problem()).isEqualTo(away);
    assertThat(status(trip).health().sign()).isEqualTo(MigrationStatus.Sign.RETRYING);
    trip.tell(new CopyStopped(copy), CONVERTER);
    assertThat(status(trip).problem()).isNull();
    trip.tell(new StopLifted(), MigrationDecider.DISPATCH);
    trip.until(Step.SOAK);
  }

  @Test
  void a_round_that_is_not_brought_to_rest_can_be_rolled_back() {
    var trip = Trip.at(Samples.cold(), Step.SEAL);
    CopyId copy = MigrationLetters.copy(trip.spec, Step.SEAL, 1);
    trip.tell(new CopyLingers(copy, null, Trip.problem(Problem.Kind.REFUSED)), CONVERTER);

    trip.tell(new RollBackMigration(M1, "no"));

    trip.run();
    assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
  }

  @Test
  void an_undo_waits_for_an_outage_as_long_as_it_takes() {
    var trip = Trip.at(Samples.cold(), Step.SEAL);
    trip.tell(new RollBackMigration(M1, "no"));
    while (trip.decider.resume(trip.state).isEmpty()) {
      trip.answer();
    }
    assertThat(status(trip).health().sign()).isEqualTo(MigrationStatus.Sign.WELL);
    for (int i = 0; i < 500; i++) {
      trip.fails(Problem.Kind.UNAVAILABLE);
      trip.ring("undo");
      // What it waits for is told while it is tried again, too: an attempt may take minutes.
      assertThat(status(trip).problem()).isEqualTo(Trip.problem(Problem.Kind.UNAVAILABLE));
      assertThat(status(trip).health().sign()).isEqualTo(MigrationStatus.Sign.RETRYING);
    }
    trip.run();
    assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
    assertThat(status(trip).problem()).isNull();
  }

  @Test
  void a_failed_conversion_is_tried_again_on_volumes_of_another_generation() {
    var trip = Trip.at(Samples.cold(), Step.CONVERT_GUEST);
    trip.fails(Problem.Kind.UNAVAILABLE);
    trip.ring("retry");
    assertThat(((MigrationEffect.EnsureGuestConverted) trip.intent().effect()).generation())
        .isZero();
    trip.fails(Problem.Kind.TRANSIENT);
    trip.ring("retry");
    var again = (MigrationEffect.EnsureGuestConverted) trip.intent().effect();
    assertThat(again.generation()).isEqualTo(1);
    assertThat(again.snapshots()).containsOnlyKeys(2000, 2001);
    trip.until(Step.DEFINE_TARGET);
    assertThat(((MigrationEffect.EnsureTargetDefined) trip.intent().effect()).generation())
        .isEqualTo(1);
  }

  @Test
  void a_conversion_that_a_person_accepts_is_on_the_volumes_that_were_looked_at() {
    var trip = Trip.at(Samples.cold(), Step.CONVERT_GUEST);
    trip.fails(Problem.Kind.UNKNOWN);
    trip.tell(new ResolveHold(M1, HoldExit.ACCEPT, "it boots on the bench"));
    trip.until(Step.DEFINE_TARGET);
    assertThat(((MigrationEffect.EnsureTargetDefined) trip.intent().effect()).generation())
        .isZero();
  }

  @Test
  void a_failed_copy_is_ordered_again_under_another_name() {
    var trip = Trip.at(Samples.cold(), Step.SEAL);
    var first = MigrationLetters.copy(trip.spec, Step.SEAL, 1);
    trip.tell(new CopyFailed(first, Trip.problem(Problem.Kind.TRANSIENT)));
    trip.ring("retry");
    assertThat(trip.told(ConversionMessage.CopyDisks.class))
        .extracting(m -> m.order().copy())
        .containsExactly(first, MigrationLetters.copy(trip.spec, Step.SEAL, 2));
  }

  private static @org.jspecify.annotations.Nullable Trip heldAt(MigrationSpec spec, Step step) {
    if (step == Step.SOAK) {
      return null; // What looks wrong in the soak is shown; it holds nothing.
    }
    var trip = Trip.at(spec, step == Step.COMMIT ? Step.SOAK : step);
    if (step == Step.COMMIT) {
      trip.tell(new CommitMigration(M1));
    }
    if (MigrationItinerary.of(step).round() == null) {
      trip.fails(Problem.Kind.UNKNOWN);
    } else {
      trip.tell(
          new CopyFailed(MigrationLetters.copy(spec, step, 1), Trip.problem(Problem.Kind.UNKNOWN)));
    }
    return trip;
  }
}
