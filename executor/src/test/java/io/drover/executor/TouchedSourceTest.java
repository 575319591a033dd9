// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage.PauseMigration;
import io.drover.schemas.MigrationMessage.ResolveHold;
import io.drover.schemas.MigrationMessage.ResumeMigration;
import io.drover.schemas.MigrationMessage.RollBackMigration;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.Phase;
import io.drover.schemas.Problem;
import io.drover.schemas.Result;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A source that somebody touched behind its fence takes its journey back to the seal. */
class TouchedSourceTest {
  private static final MigrationId M1 = new MigrationId("m1");

  private static void touched(Trip trip) {
    trip.outcome(
        new Outcome.Failed<>(
            new Problem(
                Problem.Kind.REFUSED,
                MigrationSteps.SOURCE_TOUCHED,
                "VM web01 was touched behind its fence: it was powered on by HA.",
                "Find out who did it.")));
  }

  @ParameterizedTest
  @EnumSource(
      value = Step.class,
      names = {"SNAPSHOT_TARGET", "LOCK_SOURCE", "START_TARGET"})
  void what_was_made_of_the_copy_goes_and_the_source_is_sealed_anew(Step noticed) {
    var trip = Trip.at(Samples.warm(), noticed);

    touched(trip);
    trip.run();

    assertThat(trip.facts).noneMatch(MigrationFact.RollbackBegun.class::isInstance);
    assertThat(trip.facts)
        .filteredOn(MigrationFact.SourceTouched.class::isInstance)
        .singleElement()
        .satisfies(f -> assertThat(((MigrationFact.SourceTouched) f).step()).isEqualTo(noticed));
    List<Step> made =
        List.of(
            Step.START_TARGET,
            Step.LOCK_SOURCE,
            Step.DEFINE_TARGET,
            Step.CONVERT_GUEST,
            Step.SNAPSHOT_TARGET);
    assertThat(trip.undos())
        .containsExactlyElementsOf(made.subList(made.indexOf(noticed), made.size()));
    assertThat(trip.steps().subList(trip.steps().lastIndexOf(Step.QUIESCE), trip.steps().size()))
        .containsExactly(
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
    assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
  }

  @Test
  void the_disks_are_copied_whole_because_a_final_checkpoint_takes_no_delta() {
    var trip = Trip.at(Samples.warm(), Step.LOCK_SOURCE);

    touched(trip);
    trip.until(Step.SEAL);

    var order = trip.told(ConversionMessage.CopyDisks.class).getLast().order();
    assertThat(order.copy()).isEqualTo(MigrationLetters.copy(trip.spec, Step.SEAL, 2));
    assertThat(order.round()).isEqualTo(ConversionMessage.Round.FINAL);
    assertThat(order.since()).containsOnlyKeys(2000, 2001).containsValue("");
  }

  @Test
  void volumes_that_a_conversion_wrote_to_are_not_used_again() {
    var trip = Trip.at(Samples.cold(), Step.LOCK_SOURCE);

    touched(trip);
    trip.until(Step.DEFINE_TARGET);

    assertThat(((MigrationEffect.EnsureTargetDefined) trip.intent().effect()).generation())
        .isEqualTo(1);
  }

  @Test
  void the_slots_of_the_cutover_are_given_back_before_they_are_asked_for_in_order() {
    var trip = Trip.at(Samples.cold(), Step.LOCK_SOURCE);
    int before = trip.told(DispatchMessage.SlotWanted.class).size();

    touched(trip);
    trip.until(Step.SEAL);

    assertThat(trip.told(DispatchMessage.SlotBack.class))
        .extracting(DispatchMessage.SlotBack::slot)
        .containsExactly(Slot.COPY, Slot.CUTOVER);
    assertThat(trip.told(DispatchMessage.SlotWanted.class).stream().skip(before))
        .extracting(DispatchMessage.SlotWanted::slot)
        .containsExactly(Slot.COPY, Slot.CUTOVER);
  }

  @Test
  void the_rungs_and_receipts_of_the_stale_copy_hold_no_more_but_the_downtime_goes_on() {
    var trip = Trip.at(Samples.warm(), Step.LOCK_SOURCE);
    var off = MigrationDeciderTest.status(trip).sourceOffAt();

    touched(trip);

    MigrationStatus status = MigrationDeciderTest.status(trip);
    assertThat(status.checkpoint()).isEqualTo(Checkpoint.SYNCED);
    assertThat(status.receipts()).isEmpty();
    assertThat(status.sourceOffAt()).isNotNull().isEqualTo(off);
    assertThat(status.phase()).isEqualTo(Phase.CUTTING_OVER);
    trip.until(Step.SOAK);
    assertThat(MigrationDeciderTest.status(trip).checkpoints())
        .filteredOn(rung -> rung.checkpoint() == Checkpoint.SEALED)
        .extracting(MigrationStatus.Reached::number)
        .containsExactly(2);
  }

  @Test
  void a_source_that_is_touched_again_and_again_comes_back() {
    var trip = Trip.at(Samples.cold(), Step.LOCK_SOURCE);

    for (int times = 0; times < MigrationSteps.MOST_TOUCHES; times++) {
      touched(trip);
      trip.until(Step.LOCK_SOURCE);
    }
    touched(trip);
    trip.run();

    assertThat(trip.facts).filteredOn(MigrationFact.SourceTouched.class::isInstance).hasSize(3);
    assertThat(MigrationDeciderTest.status(trip).result()).isEqualTo(Result.ROLLED_BACK);
    assertThat(trip.undos()).contains(Step.FENCE, Step.QUIESCE, Step.GATE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Step.class,
      names = {"LOCK_SOURCE", "DEFINE_TARGET", "CONVERT_GUEST", "SNAPSHOT_TARGET"})
  void on_its_way_to_the_seal_it_can_still_go_all_the_way_back(Step undoing) {
    var trip = Trip.at(Samples.cold(), Step.LOCK_SOURCE);
    touched(trip);
    while (!(trip.state instanceof MigrationState.Undoing u && u.step() == undoing)) {
      assertThat(trip.answer()).isTrue();
    }
    var running = trip.intent().id();

    trip.tell(new RollBackMigration(M1, "changed our mind"));

    // What is being undone is undone once, not twice.
    assertThat(trip.intent().id()).isEqualTo(running);
    trip.run();
    assertThat(MigrationDeciderTest.status(trip).result()).isEqualTo(Result.ROLLED_BACK);
    assertThat(trip.steps()).filteredOn(step -> step == Step.QUIESCE).hasSize(1);
    assertThat(trip.undos()).contains(Step.FENCE, Step.QUIESCE, Step.GATE, Step.SEED);
  }

  @Test
  void an_undo_that_holds_on_the_way_to_the_seal_has_a_way_back_more() {
    for (HoldExit exit : HoldExit.values()) {
      var trip = Trip.at(Samples.cold(), Step.LOCK_SOURCE);
      touched(trip);
      trip.fails(Problem.Kind.UNKNOWN);
      assertThat(((MigrationState.Held) trip.state).exits())
          .containsExactly(HoldExit.RETRY, HoldExit.ROLL_BACK, HoldExit.ACCEPT, HoldExit.ABANDON);

      trip.tell(new ResolveHold(M1, exit, "looked at it"));
      trip.run();

      switch (exit) {
        case RETRY, ACCEPT -> assertThat(trip.state).isInstanceOf(MigrationState.Soaking.class);
        case ROLL_BACK ->
            assertThat(MigrationDeciderTest.status(trip).result()).isEqualTo(Result.ROLLED_BACK);
        case ABANDON ->
            assertThat(MigrationDeciderTest.status(trip).result()).isEqualTo(Result.ABANDONED);
      }
    }
  }

  @Test
  void the_window_closes_on_the_way_to_the_seal_too() {
    var window = Samples.window(null, Samples.NOON.plusSeconds(3600));
    var trip = Trip.at(Samples.cold(window), Step.LOCK_SOURCE);
    touched(trip);

    trip.ring("window-closes");
    trip.run();

    assertThat(MigrationDeciderTest.status(trip).result()).isEqualTo(Result.ROLLED_BACK);
  }

  @Test
  void a_pause_lets_it_go_back_to_the_seal_and_begin_nothing_there() {
    var trip = Trip.at(Samples.cold(), Step.LOCK_SOURCE);
    touched(trip);
    trip.tell(new PauseMigration(M1, "lunch"));
    trip.run();
    assertThat(trip.state)
        .isInstanceOfSatisfying(
            MigrationState.Ready.class, s -> assertThat(s.step()).isEqualTo(Step.QUIESCE));

    trip.tell(new ResumeMigration(M1));
    trip.until(Step.SOAK);
  }
}
