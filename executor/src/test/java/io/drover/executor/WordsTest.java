// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Actor;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage.ApproveCutover;
import io.drover.schemas.MigrationMessage.PauseMigration;
import io.drover.schemas.MigrationMessage.ResolveHold;
import io.drover.schemas.MigrationMessage.ResumeMigration;
import io.drover.schemas.MigrationMessage.RollBackMigration;
import io.drover.schemas.MigrationMessage.StopCalled;
import io.drover.schemas.MigrationMessage.StopLifted;
import io.drover.schemas.MigrationSpec.Policy;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whose word counts, and when: the plan's, a second person's, and never for what can be seen. */
class WordsTest {
  private static final MigrationId M1 = new MigrationId("m1");
  private static final Actor DISPATCH = Actor.service("dispatch");

  private static Trip soaking(SoakEnd end) {
    var trip = Trip.at(Samples.cold(Samples.soakEnd(end)), Step.SOAK);
    trip.run();
    return trip;
  }

  private static void committed(Trip trip) {
    trip.run();
    assertThat(trip.state)
        .isInstanceOfSatisfying(
            MigrationState.Over.class, s -> assertThat(s.result()).isEqualTo(Result.COMMITTED));
  }

  /** The plan says to commit when the soak ends. */
  @Nested
  class TheSoakEnds {
    @Test
    void in_an_emergency_stop_nothing_is_committed_until_it_is_lifted() {
      var trip = soaking(SoakEnd.COMMIT);
      trip.tell(new StopCalled("fire"), DISPATCH);

      trip.ring("soak");
      trip.run();

      assertThat(trip.facts).noneMatch(MigrationFact.CommitAsked.class::isInstance);
      assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
      assertThat(MigrationView.status(trip.state, trip.now, 1).waitingFor())
          .containsExactly("the end of its pause or stop, to commit as planned");
      trip.tell(new StopLifted(), DISPATCH);
      committed(trip);
    }

    @Test
    void in_a_pause_nothing_is_committed_until_it_goes_on() {
      var trip = Trip.at(Samples.cold(Samples.soakEnd(SoakEnd.COMMIT)), Step.VERIFY);
      trip.tell(new PauseMigration(M1, "lunch"));
      trip.run();

      trip.ring("soak");

      assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
      trip.tell(new ResumeMigration(M1));
      committed(trip);
    }

    @Test
    void lifting_the_stop_is_not_enough_while_a_person_has_it_paused() {
      var trip = Trip.at(Samples.cold(Samples.soakEnd(SoakEnd.COMMIT)), Step.VERIFY);
      trip.tell(new PauseMigration(M1, "lunch"));
      trip.run();
      trip.tell(new StopCalled("fire"), DISPATCH);
      trip.ring("soak");

      trip.tell(new StopLifted(), DISPATCH);

      assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
    }

    @Test
    void what_is_found_wrong_when_the_stop_is_lifted_is_not_committed() {
      var trip = soaking(SoakEnd.COMMIT);
      trip.tell(new StopCalled("fire"), DISPATCH);
      trip.ring("soak");
      trip.run();

      trip.tell(new StopLifted(), DISPATCH);
      trip.fails(Problem.Kind.TRANSIENT);
      // Nor is it when that is over: by then a person was told to decide
      trip.ring("look");
      trip.run();

      assertThat(MigrationView.status(trip.state, trip.now, 1).waitingFor())
          .containsExactly("a person: commit or roll back");
      assertThat(trip.facts).noneMatch(MigrationFact.CommitAsked.class::isInstance);
      assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
    }

    @Test
    void what_looked_wrong_then_is_still_for_a_person_to_judge_after_the_stop() {
      var trip = Trip.at(Samples.cold(Samples.soakEnd(SoakEnd.COMMIT)), Step.SOAK);
      trip.run();
      trip.tell(new StopCalled("fire"), DISPATCH);
      trip.ring("soak");
      trip.fails(Problem.Kind.REFUSED);
      trip.ring("look");
      trip.run();

      trip.tell(new StopLifted(), DISPATCH);

      assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
      assertThat(MigrationView.status(trip.state, trip.now, 1).problem()).isNull();
    }

    @Test
    void before_its_end_a_lifted_stop_commits_nothing() {
      var trip = soaking(SoakEnd.COMMIT);
      trip.tell(new StopCalled("fire"), DISPATCH);

      trip.tell(new StopLifted(), DISPATCH);

      assertThat(trip.facts).noneMatch(MigrationFact.CommitAsked.class::isInstance);
    }

    @Test
    void a_lifted_stop_commits_nothing_where_the_plan_says_to_hold() {
      var trip = soaking(SoakEnd.HOLD);
      trip.tell(new StopCalled("fire"), DISPATCH);
      trip.ring("soak");

      trip.tell(new StopLifted(), DISPATCH);

      assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
    }
  }

  /** A held undo of what may still run. */
  @Nested
  class TheTargetIsDown {
    private Trip held(Step step) {
      var trip = Trip.at(Samples.cold(), Step.SOAK);
      trip.tell(new RollBackMigration(M1, "no"));
      while (!(trip.state instanceof MigrationState.Undoing u && u.step() == step)) {
        assertThat(trip.answer()).isTrue();
      }
      trip.fails(Problem.Kind.UNKNOWN);
      return trip;
    }

    @ParameterizedTest
    @EnumSource(
        value = Step.class,
        names = {"START_TARGET", "DEFINE_TARGET"})
    void is_no_persons_word(Step step) {
      var trip = held(step);
      var before = trip.state;

      trip.tell(new ResolveHold(M1, HoldExit.ACCEPT, "I looked"));

      assertThat(MigrationView.status(before, trip.now, 1).exits())
          .containsExactly(HoldExit.RETRY, HoldExit.ABANDON);
      assertThat(trip.facts.getLast()).isInstanceOf(MigrationFact.CommandRefused.class);
      assertThat(trip.state).isEqualTo(before);
    }

    @Test
    void is_no_persons_word_even_where_an_older_build_offered_that() {
      var trip = held(Step.START_TARGET);
      var held = (MigrationState.Held) trip.state;
      trip.state =
          trip.decider.evolve(
              trip.state,
              new MigrationFact.MigrationHeld(
                  Step.START_TARGET,
                  true,
                  held.problem(),
                  List.of(HoldExit.RETRY, HoldExit.ACCEPT, HoldExit.ABANDON)));

      trip.tell(new ResolveHold(M1, HoldExit.ACCEPT, "I looked"));

      assertThat(trip.facts.getLast()).isInstanceOf(MigrationFact.CommandRefused.class);
    }
  }

  @Test
  void who_asked_for_the_plan_does_not_approve_the_cutover() {
    var trip = Trip.at(Samples.cold(Samples.approval(Trip.ANNA)), Step.PREFLIGHT);
    trip.run();

    trip.tell(new ApproveCutover(M1, 3));

    assertThat(trip.facts.getLast())
        .isInstanceOfSatisfying(
            MigrationFact.CommandRefused.class,
            f ->
                assertThat(f.but())
                    .startsWith("anna asked for the plan, and four eyes are required: ")
                    .endsWith("Another person approves them"));
    trip.tell(new ApproveCutover(M1, 3), Actor.person("bob"));
    trip.until(Step.SOAK);
  }

  @Test
  void who_had_the_plan_made_again_or_edited_it_does_not_approve_the_cutover_either() {
    Policy of = Samples.approval(Actor.person("carl"));
    var policy =
        new Policy(
            true,
            null,
            null,
            of.shutdownGrace(),
            true,
            of.bootBudget(),
            true,
            of.soak(),
            of.soakEnd(),
            null,
            List.of(),
            null,
            of.requester(),
            null,
            List.of("anna"));
    var trip = Trip.at(Samples.cold(policy), Step.PREFLIGHT);
    trip.run();

    trip.tell(new ApproveCutover(M1, 3));

    assertThat(trip.facts.getLast()).isInstanceOf(MigrationFact.CommandRefused.class);
    trip.tell(new ApproveCutover(M1, 3), Actor.person("bob"));
    trip.until(Step.SOAK);
  }
}
