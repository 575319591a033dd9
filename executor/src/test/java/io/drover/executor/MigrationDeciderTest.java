// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Input;
import io.drover.engine.Outcome;
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

/** How a journey goes its way forward and back, and the laws that it keeps. */
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
