// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.MigrationDeciderTest.journey;
import static io.drover.executor.MigrationDeciderTest.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Actor;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationMessage.*;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens on a journey when people say something, and when it waits for them. */
class MigrationPeopleTest {
  private static final MigrationId M1 = new MigrationId("m1");

  @Test
  void a_cutover_waits_for_the_approval_of_exactly_this_plan_version() {
    var trip = new Trip(Samples.cold(Samples.approval()));
    trip.tell(new StartMigration(trip.spec));
    trip.run();
    assertThat(status(trip).waitingFor()).containsExactly("the approval of the cutover");
    assertThat(trip.tell(new ApproveCutover(M1, 2)))
        .containsExactly(
            new MigrationFact.CommandRefused(
                Trip.ANNA,
                "ApproveCutover",
                "approve a cutover that has not begun",
                "it goes by version 3, not 2"));
    trip.tell(new ApproveCutover(M1, 3));
    trip.until(Step.QUIESCE);
  }

  /** It shows as paused, but a person's word does not lift a stop. */
  @Test
  void who_resumes_what_a_stop_of_its_vcenter_holds_is_told_so() {
    var trip = Trip.at(Samples.cold(), Step.PREFLIGHT);
    trip.tell(new StopCalled("a flood"), MigrationDecider.DISPATCH);

    assertThat(trip.tell(new ResumeMigration(M1)))
        .containsExactly(
            new MigrationFact.CommandRefused(
                Trip.ANNA,
                "ResumeMigration",
                "resume a journey that a person paused",
                "its vCenter is stopped (a flood); it goes on when that stop is lifted"));
  }

  @Test
  void a_step_that_is_to_be_tried_again_tells_who_keeps_it_from_that() {
    var trip = Trip.at(Samples.cold(), Step.PREFLIGHT);
    trip.fails(Problem.Kind.UNAVAILABLE);

    trip.tell(new PauseMigration(M1, "lunch"));
    trip.tell(new StopCalled("a flood"), MigrationDecider.DISPATCH);

    assertThat(status(trip).phase()).isEqualTo(Phase.PAUSED);
    assertThat(status(trip).waitingFor())
        .containsExactly("a person: paused, lunch", "the end of the stop of this vCenter: a flood");
  }

  @Test
  void a_cutover_waits_for_its_window() {
    var opens = Samples.NOON.plusSeconds(7200);
    var trip = new Trip(Samples.cold(Samples.window(opens, opens.plusSeconds(7200))));
    trip.tell(new StartMigration(trip.spec));
    trip.run();
    assertThat(trip.steps()).containsExactly(Step.PREFLIGHT);
    trip.ring("window-opens");
    trip.until(Step.QUIESCE);
  }

  @Test
  void a_missed_window_never_runs_late_but_asks() {
    var trip = new Trip(Samples.cold(Samples.window(null, Samples.NOON.minusSeconds(1))));
    trip.tell(new StartMigration(trip.spec));
    trip.run();
    assertThat(status(trip).exits())
        .containsExactly(HoldExit.RETRY, HoldExit.ROLL_BACK, HoldExit.ACCEPT, HoldExit.ABANDON);
    trip.tell(new ResolveHold(M1, HoldExit.ACCEPT, "go all the same"));
    trip.until(Step.SOAK);
  }

  @Test
  void a_pause_lets_the_step_finish_and_begins_no_other() {
    var trip = Trip.at(Samples.cold(), Step.GATE);
    trip.tell(new PauseMigration(M1, "lunch"));
    trip.run();
    assertThat(trip.state).isInstanceOf(MigrationState.Ready.class);
    assertThat(trip.steps()).doesNotContain(Step.QUIESCE);
    trip.tell(new ResumeMigration(M1));
    trip.until(Step.SOAK);
  }

  @Test
  void a_pause_holds_back_a_retry_until_it_is_over() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    trip.fails(Problem.Kind.TRANSIENT);
    trip.tell(new PauseMigration(M1, "lunch"));
    assertThat(trip.ring("retry")).isEmpty();
    trip.tell(new ResumeMigration(M1));
    trip.until(Step.FENCE);
  }

  @Test
  void a_paused_journey_that_was_to_try_again_keeps_no_slot_from_others() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    trip.fails(Problem.Kind.TRANSIENT);

    trip.tell(new PauseMigration(M1, "lunch"));

    assertThat(trip.told(DispatchMessage.SlotBack.class))
        .extracting(DispatchMessage.SlotBack::slot)
        .containsExactlyInAnyOrder(Slot.COPY, Slot.CUTOVER);
    int asked = trip.told(DispatchMessage.SlotWanted.class).size();
    trip.ring("retry");
    trip.tell(new ResumeMigration(M1));
    assertThat(trip.state).isInstanceOf(MigrationState.Retrying.class);
    trip.until(Step.FENCE);
    assertThat(trip.told(DispatchMessage.SlotWanted.class)).hasSize(asked + 2);
  }

  @Test
  void a_retry_of_what_waits_for_its_slot_already_is_refused_by_name() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    trip.fails(Problem.Kind.TRANSIENT);
    trip.tell(new PauseMigration(M1, "lunch"));
    trip.tell(new ResumeMigration(M1));
    trip.tell(new RetryMigration(M1));

    var facts = trip.tell(new RetryMigration(M1));

    assertThat(facts)
        .singleElement()
        .isInstanceOfSatisfying(
            MigrationFact.CommandRefused.class,
            refused ->
                assertThat(refused.but())
                    .isEqualTo("it waits for a copy slot already, and goes on by itself"));
    assertThat(status(trip).waitingFor()).containsExactly("a copy slot");
    trip.until(Step.SEAL);
  }

  @Test
  void a_way_back_that_waits_for_an_outage_to_end_keeps_no_slot_from_others() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    trip.tell(new CancelMigration(M1, "no"));
    while (!(trip.state instanceof MigrationState.Undoing)) {
      assertThat(trip.answer()).isTrue();
    }

    trip.fails(Problem.Kind.UNAVAILABLE);

    assertThat(trip.state).isInstanceOf(MigrationState.UndoRetrying.class);
    assertThat(trip.told(DispatchMessage.SlotBack.class))
        .extracting(DispatchMessage.SlotBack::slot)
        .containsExactlyInAnyOrder(Slot.COPY, Slot.CUTOVER);
    trip.ring("undo");
    trip.run();
    assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
  }

  @Test
  void stop_all_stops_the_copy_and_lifting_it_begins_another() {
    var trip = Trip.at(Samples.warm(), Step.SEED);
    trip.tell(new StopCalled("fire"), Actor.service("dispatch"));
    assertThat(trip.told(ConversionMessage.StopCopy.class)).hasSize(1);
    trip.tell(new CopyStopped(MigrationLetters.copy(trip.spec, Step.SEED, 1)));
    assertThat(trip.state).isInstanceOf(MigrationState.Ready.class);
    assertThat(status(trip).waitingFor())
        .containsExactly("the end of the stop of this vCenter: fire; its copy then begins anew");
    trip.tell(new StopLifted(), Actor.service("dispatch"));
    trip.until(Step.SYNC);
    assertThat(trip.told(ConversionMessage.CopyDisks.class).getFirst().order().copy())
        .isNotEqualTo(trip.told(ConversionMessage.CopyDisks.class).get(1).order().copy());
  }

  @Test
  void a_second_start_of_a_live_vm_is_refused_and_nobody_waits_for_it() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    var other = Samples.spec(Samples.VM, "m2", Way.COLD, true, Samples.policy());
    trip.tell(new StartMigration(other));
    assertThat(trip.facts.getLast()).isInstanceOf(MigrationFact.CommandRefused.class);
    assertThat(journey(trip).id()).isEqualTo(M1);
    assertThat(trip.told(DispatchMessage.JourneyOver.class))
        .containsExactly(new DispatchMessage.JourneyOver(Samples.VM, other.id()));
    assertThat(trip.told(PlanMessage.JourneyEnded.class)).hasSize(1);
  }

  @Test
  void a_rolled_back_vm_can_begin_again_and_an_old_order_cannot() {
    var trip = Trip.at(Samples.cold(), Step.FENCE);
    trip.tell(new CancelMigration(M1, "no"));
    trip.run();
    assertThat(trip.tell(new StartMigration(trip.spec))).isEmpty();
    var other = Samples.spec(Samples.VM, "m2", Way.COLD, true, Samples.policy());
    trip.tell(new StartMigration(other));
    assertThat(journey(trip).id()).isEqualTo(other.id());
    assertThat(trip.tell(new StartMigration(trip.spec))).isEmpty();
  }

  @Test
  void a_cancel_that_comes_before_the_journey_ends_it_as_it_begins() {
    var trip = new Trip(Samples.cold());
    trip.tell(new CancelMigration(M1, "wave cancelled"));
    trip.tell(new StartMigration(trip.spec));
    assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
    assertThat(trip.steps()).isEmpty();
  }

  @Test
  void a_pause_that_comes_before_the_journey_holds_it_from_the_start() {
    var trip = new Trip(Samples.cold());
    trip.tell(new PauseMigration(M1, "wave paused"));
    trip.tell(new StartMigration(trip.spec));
    trip.run();
    assertThat(trip.steps()).isEmpty();
    trip.tell(new ResumeMigration(M1));
    trip.until(Step.SOAK);
  }

  @Test
  void the_soak_ends_as_the_plan_says() {
    var hold = Trip.at(Samples.cold(Samples.soakEnd(SoakEnd.HOLD)), Step.SOAK);
    hold.run();
    hold.ring("soak");
    assertThat(status(hold).waitingFor()).containsExactly("a person: commit or roll back");
    var commit = Trip.at(Samples.cold(Samples.soakEnd(SoakEnd.COMMIT)), Step.SOAK);
    commit.run();
    commit.ring("soak");
    commit.run();
    assertThat(status(commit).result()).isEqualTo(Result.COMMITTED);
    var back = Trip.at(Samples.cold(Samples.soakEnd(SoakEnd.ROLL_BACK)), Step.SOAK);
    back.run();
    back.ring("soak");
    back.run();
    assertThat(status(back).result()).isEqualTo(Result.ROLLED_BACK);
  }

  @Test
  void a_target_that_looks_wrong_is_not_committed_by_policy() {
    var trip = Trip.at(Samples.cold(Samples.soakEnd(SoakEnd.COMMIT)), Step.SOAK);
    trip.run();

    // When nothing was wrong until its soak ended
    trip.ring("soak");
    trip.fails(Problem.Kind.REFUSED);

    // Then the look that comes with the end keeps it from being committed, and a person may
    assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
    assertThat(status(trip).problem()).isNotNull();
    assertThat(status(trip).waitingFor()).containsExactly("a person: commit or roll back");
    trip.ring("look");
    trip.run();
    assertThat(status(trip).problem()).isNull();
    assertThat(status(trip).result()).isNull();
    trip.tell(new CommitMigration(M1));
    trip.run();
    assertThat(status(trip).result()).isEqualTo(Result.COMMITTED);
  }

  @Test
  void no_is_an_answer_in_every_state() {
    for (Step step : Step.values()) {
      if (step == Step.COMMIT || step == Step.SEED || step == Step.SYNC) {
        continue;
      }
      var trip = Trip.at(Samples.cold(), step);
      var before = trip.state;
      for (MigrationMessage message :
          List.<MigrationMessage>of(
              new CommitMigration(new MigrationId("other")),
              new RetryMigration(M1),
              new ResolveHold(M1, HoldExit.RETRY, ""))) {
        assertThat(trip.tell(message))
            .singleElement()
            .isInstanceOf(MigrationFact.CommandRefused.class);
        assertThat(trip.state).isEqualTo(before);
      }
    }
  }

  @Test
  void commands_that_come_early_are_kept_up_to_a_number() {
    // Given
    var trip = new Trip(Samples.cold());
    for (int i = 1; i <= EarlyCommands.MOST; i++) {
      assertThat(trip.tell(new PauseMigration(new MigrationId("m" + i), "wait"))).hasSize(1);
    }
    var full = trip.state;

    // When
    List<MigrationFact> refused = trip.tell(new CancelMigration(new MigrationId("m99"), "no"));

    // Then
    assertThat(refused)
        .containsExactly(
            new MigrationFact.CommandRefused(
                Trip.ANNA,
                "cancel",
                "cancel migration m99 before it begins",
                "16 commands to migrations of this VM that have not begun are kept already"));
    assertThat(trip.state).isEqualTo(full);
    // What takes no more room is kept, and a duplicate is none.
    assertThat(trip.tell(new PauseMigration(M1, "wait"))).isEmpty();
    assertThat(trip.tell(new PauseMigration(M1, "wait longer"))).hasSize(1);
    assertThat(trip.tell(new ResumeMigration(new MigrationId("m2")))).hasSize(1);
    assertThat(trip.tell(new CancelMigration(new MigrationId("m99"), "no")))
        .hasOnlyElementsOfType(MigrationFact.CommandKept.class);
    trip.tell(new StartMigration(trip.spec));
    assertThat(status(trip).waitingFor()).contains("a person: paused, wait longer");
  }

  @Test
  void a_vm_that_came_back_keeps_no_more_of_them() {
    var trip = Trip.at(Samples.cold(), Step.PREFLIGHT);
    trip.tell(new CancelMigration(M1, "no"));
    trip.run();

    for (int i = 2; i <= 1000; i++) {
      trip.tell(new CancelMigration(new MigrationId("m" + i), "no"));
    }

    assertThat(((MigrationState.Over) trip.state).kept()).hasSize(EarlyCommands.MOST);
  }
}
