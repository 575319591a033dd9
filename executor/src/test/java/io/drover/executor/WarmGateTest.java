// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Actor;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage.ApproveCutover;
import io.drover.schemas.MigrationMessage.PauseMigration;
import io.drover.schemas.MigrationMessage.ResumeMigration;
import io.drover.schemas.MigrationMessage.RetryMigration;
import io.drover.schemas.MigrationMessage.StartMigration;
import io.drover.schemas.MigrationSpec.Policy;
import io.drover.schemas.MigrationStatus.Reached;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A warm VM that waits for its cutover is synced anew, so that its last delta stays small. */
class WarmGateTest {
  private static final MigrationId M1 = new MigrationId("m1");

  private static Trip waiting(Policy policy) {
    var trip = new Trip(Samples.spec(Samples.VM, "m1", Way.WARM, false, policy));
    trip.tell(new StartMigration(trip.spec));
    trip.run();
    return trip;
  }

  private static long syncs(Trip trip) {
    return trip.steps().stream().filter(step -> step == Step.SYNC).count();
  }

  @Test
  void whoever_waits_for_a_person_is_synced_again_and_again() {
    var trip = waiting(Samples.approval());
    for (int n = 2; n < 12; n++) {
      trip.ring("sync");
      trip.run();
      assertThat(syncs(trip)).isEqualTo(n);
    }

    trip.tell(new ApproveCutover(M1, 3));

    trip.until(Step.QUIESCE);
    assertThat(syncs(trip)).isEqualTo(11);
  }

  /** State and status are written with every fact: they must not grow with the days of waiting. */
  @Test
  void whoever_waits_for_weeks_keeps_its_latest_rungs_only() {
    var trip = waiting(Samples.approval());
    for (int n = 2; n <= 50; n++) {
      trip.ring("sync");
      trip.run();
    }

    Journey journey = Objects.requireNonNull(MigrationState.journeyOf(trip.state));
    assertThat(journey.trail().reached())
        .filteredOn(rung -> rung.checkpoint() == Checkpoint.SYNCED)
        .extracting(Reached::number)
        .containsExactly(41, 42, 43, 44, 45, 46, 47, 48, 49, 50);
    assertThat(journey.trail().reached())
        .extracting(Reached::checkpoint)
        .startsWith(Checkpoint.PLANNED, Checkpoint.SEEDED);
    assertThat(journey.syncedAt()).isEqualTo(journey.trail().reached().getLast().at());
  }

  @Test
  void whoever_waits_for_a_window_is_synced_until_it_opens() {
    var opens = Samples.NOON.plus(Duration.ofMinutes(20));
    var trip = waiting(Samples.window(opens, opens.plusSeconds(7200)));
    trip.ring("sync");
    trip.run();

    trip.ring("window-opens");

    trip.until(Step.QUIESCE);
    assertThat(syncs(trip)).isEqualTo(2);
  }

  @Test
  void waiting_takes_no_slot_from_others() {
    var trip = waiting(Samples.approval());

    assertThat(trip.told(DispatchMessage.SlotBack.class))
        .extracting(DispatchMessage.SlotBack::slot)
        .containsExactly(Slot.COPY);
    trip.ring("sync");
    assertThat(trip.told(DispatchMessage.SlotWanted.class))
        .extracting(DispatchMessage.SlotWanted::slot)
        .containsExactly(Slot.COPY, Slot.COPY);
  }

  @Test
  void an_old_delta_is_renewed_before_the_cutover_whatever_held_it_up() {
    var trip = waiting(Samples.approval());
    trip.tell(new PauseMigration(M1, "a long weekend"));
    assertThat(trip.decider.timers(trip.state)).isEmpty();
    trip.now = trip.now.plus(Duration.ofDays(3));
    trip.tell(new ApproveCutover(M1, 3));

    trip.tell(new ResumeMigration(M1));

    trip.until(Step.QUIESCE);
    assertThat(syncs(trip)).isEqualTo(2);
    assertThat(trip.facts).contains(new MigrationFact.SyncFellDue(MigrationDecider.POLICY));
  }

  @Test
  void a_person_can_ask_for_a_delta_at_any_time() {
    var trip = waiting(Samples.approval());

    assertThat(trip.tell(new RetryMigration(M1)))
        .contains(new MigrationFact.SyncFellDue(Actor.person("anna")));

    trip.run();
    assertThat(syncs(trip)).isEqualTo(2);
  }

  @Test
  void a_delta_that_takes_long_is_not_followed_by_another_at_once() {
    var trip = waiting(Samples.approval());

    var due = trip.decider.timers(trip.state).getFirst().due();

    // The last one took half a minute, four times which is less than the least pause.
    assertThat(Duration.between(trip.now, due))
        .isBetween(MigrationGate.SYNC_PAUSE.minusSeconds(10), MigrationGate.SYNC_PAUSE);
  }
}
