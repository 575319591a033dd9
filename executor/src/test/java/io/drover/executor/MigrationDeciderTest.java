// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Input;
import io.drover.engine.Outcome;
import io.drover.schemas.Actor;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.HoldExit;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationMessage.*;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens on a journey when something is asked, seen or due. */
class MigrationDeciderTest {
  private static final MigrationId M1 = new MigrationId("m1");

  /** The way without disturbance. */
  @Nested
  class Forward {
    @Test
    void a_cold_journey_walks_the_table_and_soaks() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);
      assertThat(trip.steps())
          .containsExactly(
              Step.PREFLIGHT,
              Step.GATE,
              Step.QUIESCE,
              Step.FENCE,
              Step.SEAL,
              Step.SNAPSHOT_TARGET,
              Step.CONVERT_GUEST,
              Step.DEFINE_TARGET,
              Step.LOCK_SOURCE,
              Step.START_TARGET,
              Step.VERIFY,
              Step.SOAK);
    }

    @Test
    void a_warm_journey_seeds_and_syncs_before_the_gate() {
      var trip = Trip.at(Samples.warm(), Step.QUIESCE);
      assertThat(trip.steps())
          .containsExactly(Step.PREFLIGHT, Step.SEED, Step.SYNC, Step.GATE, Step.QUIESCE);
      assertThat(trip.told(ConversionMessage.CopyDisks.class))
          .extracting(m -> m.order().round())
          .containsExactly(ConversionMessage.Round.SEED, ConversionMessage.Round.SYNC);
    }

    @Test
    void compatibility_devices_need_no_conversion_but_reach_its_checkpoint() {
      var trip = Trip.at(Samples.cold(Samples.policy()), Step.DEFINE_TARGET);
      assertThat(trip.steps()).doesNotContain(Step.CONVERT_GUEST);
      assertThat(MigrationView.checkpoint(journey(trip))).isEqualTo(Checkpoint.CONVERTED);
    }

    @Test
    void a_person_commits_the_soaking_target() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);
      trip.tell(new CommitMigration(M1));
      trip.run();
      assertThat(trip.state)
          .isInstanceOfSatisfying(
              MigrationState.Over.class, s -> assertThat(s.result()).isEqualTo(Result.COMMITTED));
      assertThat(trip.told(PlanMessage.JourneyEnded.class))
          .singleElement()
          .satisfies(m -> assertThat(m.result()).isEqualTo(Result.COMMITTED));
      assertThat(trip.told(DispatchMessage.JourneyOver.class)).hasSize(1);
    }

    @Test
    void every_checkpoint_is_on_the_ladder_and_costs_what_the_target_wrote() {
      var trip = Trip.at(Samples.warm(), Step.SOAK);
      trip.run();
      MigrationStatus status = status(trip);
      assertThat(status.checkpoints())
          .extracting(MigrationStatus.Reached::checkpoint)
          .containsExactly(
              Checkpoint.PLANNED,
              Checkpoint.SEEDED,
              Checkpoint.SYNCED,
              Checkpoint.QUIESCED,
              Checkpoint.SEALED,
              Checkpoint.SNAPSHOTTED,
              Checkpoint.CONVERTED,
              Checkpoint.RUNNING);
      assertThat(status.checkpoints())
          .extracting(MigrationStatus.Reached::loss)
          .containsOnly(LossBound.targetWrites(4096));
      assertThat(status.downtimeSeconds()).isPositive();
    }

    @Test
    void the_copy_slot_is_held_for_copying_and_the_cutover_slot_until_verified() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);
      assertThat(trip.told(DispatchMessage.SlotWanted.class))
          .extracting(DispatchMessage.SlotWanted::slot)
          .containsExactly(Slot.COPY, Slot.CUTOVER);
      assertThat(trip.told(DispatchMessage.SlotBack.class))
          .extracting(DispatchMessage.SlotBack::slot)
          .containsExactly(Slot.COPY, Slot.CUTOVER);
    }

    @Test
    void a_copy_without_a_receipt_for_every_disk_is_not_accepted() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      var one = Samples.receipts(trip.spec, trip.now, Duration.ofSeconds(1)).subList(0, 1);
      trip.tell(new CopyCompleted(MigrationLetters.copy(trip.spec, Step.SEAL, 1), one));
      assertThat(trip.facts)
          .anySatisfy(f ->
              assertThat(f)
                  .isInstanceOfSatisfying(
                      MigrationFact.RollbackBegun.class,
                      r -> assertThat(r.reason()).contains("Hard disk 2")));
    }

    @Test
    void deltas_are_repeated_until_the_downtime_fits_and_then_a_person_is_asked() {
      var spec =
          Samples.spec(Samples.VM, "m1", Way.WARM, true, Samples.budget(Duration.ofSeconds(1)));
      var trip = new Trip(spec);
      trip.tell(new StartMigration(spec));
      trip.run();
      assertThat(trip.steps().stream().filter(s -> s == Step.SYNC)).hasSize(5);
      assertThat(trip.state)
          .isInstanceOfSatisfying(
              MigrationState.Held.class,
              s -> assertThat(s.problem().code()).isEqualTo("downtime-over-budget"));
      trip.tell(new ResolveHold(M1, HoldExit.ACCEPT, "business agreed"));
      trip.until(Step.QUIESCE);
    }
  }

  /** Back, from everywhere. */
  @Nested
  class Back {
    @ParameterizedTest
    @EnumSource(
        value = Step.class,
        names = {"COMMIT"},
        mode = EnumSource.Mode.EXCLUDE)
    void a_rollback_undoes_what_was_begun_backwards_from_the_step_in_doubt(Step step) {
      for (MigrationSpec spec : List.of(Samples.warm(), Samples.cold())) {
        if (!MigrationItinerary.of(step).onWay(spec)) {
          continue;
        }
        var trip = Trip.at(spec, step);
        trip.tell(new RollBackMigration(M1, "changed our mind"));
        trip.run();
        var expected =
            new ArrayList<>(
                trip.steps().stream()
                    .distinct()
                    .filter(s -> MigrationItinerary.of(s).undo() == MigrationItinerary.Undo.EFFECT)
                    .filter(s -> s != Step.PREFLIGHT)
                    .toList());
        Collections.reverse(expected);
        assertThat(
                trip.undos().stream()
                    .filter(s -> MigrationItinerary.of(s).undo() == MigrationItinerary.Undo.EFFECT)
                    .filter(s -> s != Step.PREFLIGHT))
            .containsExactlyElementsOf(expected);
        assertThat(trip.state)
            .isInstanceOfSatisfying(
                MigrationState.Over.class,
                s -> assertThat(s.result()).isEqualTo(Result.ROLLED_BACK));
      }
    }

    @Test
    void the_running_effect_is_told_to_stop_and_no_undo_begins_before_that_was_observed() {
      var trip = Trip.at(Samples.cold(), Step.START_TARGET);
      var running = trip.intent().id();
      var facts = trip.tell(new RollBackMigration(M1, "no"));
      assertThat(facts).noneMatch(MigrationFact.UndoBegun.class::isInstance);
      assertThat(trip.intent().id()).isEqualTo(running);
      assertThat(trip.intent().stopping()).isTrue();
      assertThat(trip.outcome(new Outcome.Stopped<>()))
          .contains(
              new MigrationFact.StopObserved(Step.START_TARGET),
              new MigrationFact.UndoBegun(Step.START_TARGET, 1));
    }

    @Test
    void what_came_out_after_the_stop_is_kept_for_the_undo() {
      var trip = Trip.at(Samples.cold(), Step.DEFINE_TARGET);
      trip.tell(new RollBackMigration(M1, "no"));
      trip.outcome(new Outcome.Done<>(trip.evidence(trip.intent())));
      assertThat(trip.intent().effect())
          .isEqualTo(new MigrationEffect.EnsureTargetDeleted(trip.spec, "uid-1"));
    }

    @Test
    void a_copy_under_way_is_stopped_before_the_source_comes_back_and_removed_after() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      trip.tell(new RollBackMigration(M1, "no"));
      assertThat(trip.told(ConversionMessage.StopCopy.class)).hasSize(1);
      assertThat(trip.decider.resume(trip.state)).isEmpty();
      trip.run();
      assertThat(trip.undos())
          .containsExactly(Step.SEAL, Step.FENCE, Step.QUIESCE, Step.GATE, Step.SEED);
      assertThat(trip.told(ConversionMessage.RemoveCopies.class)).hasSize(1);
    }

    @Test
    void a_refused_preflight_ends_it_with_nothing_to_undo() {
      var trip = Trip.at(Samples.cold(), Step.PREFLIGHT);
      trip.fails(Problem.Kind.REFUSED);
      assertThat(trip.undos()).isEmpty();
      assertThat(trip.state)
          .isInstanceOfSatisfying(
              MigrationState.Over.class, s -> assertThat(s.reason()).isEqualTo("It is REFUSED."));
    }

    @Test
    void a_target_that_is_not_healthy_brings_the_source_back() {
      var trip = Trip.at(Samples.cold(), Step.VERIFY);
      trip.fails(Problem.Kind.REFUSED);
      trip.run();
      assertThat(trip.undos().getFirst()).isEqualTo(Step.START_TARGET);
      assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
      assertThat(status(trip).problem()).isEqualTo(Trip.problem(Problem.Kind.REFUSED));
    }

    @Test
    void its_downtime_lasts_until_the_source_runs_again() {
      var trip = Trip.at(Samples.cold(), Step.VERIFY);
      trip.fails(Problem.Kind.REFUSED);
      assertThat(status(trip).downtimeSeconds()).as("while it goes back").isNull();
      trip.run();
      MigrationStatus status = status(trip);
      assertThat(status.sourceBackAt()).isAfter(status.turnedAt()).isBefore(status.endedAt());
      assertThat(status.downtimeSeconds())
          .isEqualTo(
              Duration.between(status.sourceOffAt(), status.sourceBackAt()).toMillis() / 1000.0);
    }

    @Test
    void what_a_healthy_target_served_in_between_is_no_downtime() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);
      trip.now = trip.now.plus(Duration.ofDays(1));
      trip.tell(new RollBackMigration(trip.spec.id(), "too slow"));
      trip.run();
      assertThat(status(trip).downtimeSeconds()).isPositive().isLessThan(3_600);
    }

    @Test
    void a_window_that_closes_in_mid_cutover_brings_the_source_back() {
      var trip =
          Trip.at(Samples.cold(Samples.window(null, Samples.NOON.plusSeconds(3600))), Step.SEAL);
      trip.ring("window-closes");
      trip.run();
      assertThat(trip.state).isInstanceOf(MigrationState.Over.class);
      assertThat(trip.undos()).contains(Step.FENCE, Step.QUIESCE);
    }
  }

  /** Trouble. */
  @Nested
  class Trouble {
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
    void an_undo_waits_for_an_outage_as_long_as_it_takes() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      trip.tell(new RollBackMigration(M1, "no"));
      while (trip.decider.resume(trip.state).isEmpty()) {
        trip.answer();
      }
      for (int i = 0; i < 500; i++) {
        trip.fails(Problem.Kind.UNAVAILABLE);
        trip.ring("undo");
      }
      trip.run();
      assertThat(status(trip).result()).isEqualTo(Result.ROLLED_BACK);
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
            new CopyFailed(
                MigrationLetters.copy(spec, step, 1), Trip.problem(Problem.Kind.UNKNOWN)));
      }
      return trip;
    }
  }

  /** People. */
  @Nested
  class People {
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
      trip.fails(Problem.Kind.REFUSED);
      trip.ring("soak");
      assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
      assertThat(status(trip).problem()).isNotNull();
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
  }

  /** Laws. */
  @Nested
  class Laws {
    @Test
    void a_second_outcome_of_the_same_effect_changes_nothing() {
      var trip = Trip.at(Samples.cold(), Step.FENCE);
      var intent = trip.intent();
      Input<MigrationMessage, io.drover.schemas.Evidence> seen =
          new Input.Seen<>(intent.id(), new Outcome.Done<>(trip.evidence(intent)));
      trip.input(seen);
      assertThat(trip.input(seen)).isEmpty();
    }

    @Test
    void a_state_survives_its_json_at_every_step() {
      var trip = new Trip(Samples.warm());
      trip.tell(new StartMigration(trip.spec));
      var type = Json.mapper().constructType(MigrationState.class);
      do {
        MigrationState read = Json.read(Json.write(trip.state, type), type);
        assertThat(read).isEqualTo(trip.state);
        assertThat(trip.decider.resume(read)).isEqualTo(trip.decider.resume(trip.state));
        assertThat(trip.decider.timers(read)).isEqualTo(trip.decider.timers(trip.state));
      } while (trip.answer());
    }

    @Test
    void a_replay_of_the_facts_is_the_state() {
      var trip = Trip.at(Samples.warm(), Step.VERIFY);
      trip.tell(new RollBackMigration(M1, "no"));
      trip.run();
      MigrationState replayed = trip.decider.initial(Samples.VM.toString());
      for (MigrationFact fact : trip.facts) {
        replayed = trip.decider.evolve(replayed, fact);
      }
      assertThat(replayed).isEqualTo(trip.state);
    }
  }

  static Journey journey(Trip trip) {
    Journey journey = MigrationState.journeyOf(trip.state);
    if (journey == null) {
      throw new AssertionError("No journey in " + trip.state);
    }
    return journey;
  }

  static MigrationStatus status(Trip trip) {
    return (MigrationStatus)
        java.util.Objects.requireNonNull(
            trip.decider.statuses(trip.state, trip.now, 7).getFirst().document());
  }
}
