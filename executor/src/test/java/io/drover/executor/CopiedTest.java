// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.schemas.CopyId;
import io.drover.schemas.CopyProgress;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage.DiskAdvanced;
import io.drover.schemas.MigrationMessage.DiskCopied;
import io.drover.schemas.MigrationMessage.RollBackMigration;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.MigrationStatus.Sign;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Step;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the world is shown of a copy and of how well a journey is. */
class CopiedTest {
  private static MigrationStatus status(Trip trip) {
    return Objects.requireNonNull(MigrationView.status(trip.state, trip.now, 1));
  }

  private static CopyProgress copy(Trip trip) {
    return Objects.requireNonNull(status(trip).copy());
  }

  private static CopyId underWay(Trip trip, Step step) {
    return MigrationLetters.copy(trip.spec, step, 1);
  }

  private static Inventory.Disk disk(Trip trip, int index) {
    return trip.spec.source().disks().get(index);
  }

  private static long total(Trip trip) {
    return trip.spec.source().disks().stream().mapToLong(Inventory.Disk::capacityBytes).sum();
  }

  private static void advance(Trip trip, Step step, int index, long done, long rate) {
    Inventory.Disk disk = disk(trip, index);
    trip.tell(
        new DiskAdvanced(
            underWay(trip, step), disk.deviceKey(), done, disk.capacityBytes(), rate, trip.now));
  }

  /** Bytes, rate and end of a whole copy. */
  @Nested
  class Progress {
    @Test
    void before_a_byte_moved_it_has_a_size_and_no_end() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);

      assertThat(copy(trip)).isEqualTo(new CopyProgress(0, total(trip), 0, null));
      assertThat(status(trip).forecastDowntimeSeconds()).isNull();
    }

    @Test
    void a_milestone_gives_a_rate_an_end_and_a_downtime() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      var off = Objects.requireNonNull(status(trip).sourceOffAt());

      advance(trip, Step.SEAL, 0, 1_000, 100);

      var end = trip.now.plusSeconds((total(trip) - 1_000) / 100);
      assertThat(copy(trip)).isEqualTo(new CopyProgress(1_000, total(trip), 100, end));
      assertThat(status(trip).forecastDowntimeSeconds())
          .isEqualTo(Duration.between(off, end).toSeconds());
    }

    @Test
    void disks_on_their_way_together_add_up() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      advance(trip, Step.SEAL, 0, 1_000, 100);

      advance(trip, Step.SEAL, 1, 500, 50);

      assertThat(copy(trip))
          .extracting(CopyProgress::done, CopyProgress::bytesPerSecond)
          .containsExactly(1_500L, 150L);
    }

    @Test
    void a_disk_that_landed_counts_whole_and_no_late_milestone_takes_that_back() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      var receipt = Samples.receipts(trip.spec, trip.now, Duration.ofSeconds(10)).getFirst();
      trip.tell(new DiskCopied(underWay(trip, Step.SEAL), receipt));

      advance(trip, Step.SEAL, 0, 1_000, 100);

      assertThat(copy(trip).done()).isEqualTo(receipt.size());
      assertThat(copy(trip).bytesPerSecond()).isEqualTo(receipt.size() / 10);
    }

    @Test
    void a_disk_that_has_arrived_adds_nothing_to_the_rate_and_the_last_one_leaves_none() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      advance(trip, Step.SEAL, 0, disk(trip, 0).capacityBytes(), 1_000);

      advance(trip, Step.SEAL, 1, 500, 50);
      assertThat(copy(trip).bytesPerSecond()).isEqualTo(50);

      for (int i = 1; i < trip.spec.source().disks().size(); i++) {
        advance(trip, Step.SEAL, i, disk(trip, i).capacityBytes(), 50);
      }
      assertThat(copy(trip)).isEqualTo(new CopyProgress(total(trip), total(trip), 0, null));
    }

    @Test
    void a_milestone_of_another_round_changes_nothing() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);

      var facts =
          trip.tell(new DiskAdvanced(new CopyId("another"), 2000, 1_000, 9_999, 100, trip.now));

      assertThat(facts).isEmpty();
    }

    @Test
    void a_delta_does_not_count_and_forecasts_the_downtime() {
      var trip = Trip.at(Samples.warm(), Step.SYNC);
      CopyProgress seeded = copy(trip);

      advance(trip, Step.SYNC, 0, 1_000, 100);

      assertThat(copy(trip)).isEqualTo(seeded);
      assertThat(seeded).isEqualTo(new CopyProgress(total(trip), total(trip), 0, null));
      trip.until(Step.QUIESCE);
      assertThat(status(trip).forecastDowntimeSeconds()).isEqualTo(30);
    }

    @Test
    void the_plan_hears_of_every_milestone() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      int before = trip.told(PlanMessage.JourneyAdvanced.class).size();

      advance(trip, Step.SEAL, 0, 1_000, 100);

      assertThat(trip.told(PlanMessage.JourneyAdvanced.class))
          .hasSize(before + 1)
          .last()
          .extracting(PlanMessage.JourneyAdvanced::copy)
          .isEqualTo(copy(trip));
    }

    @Test
    void a_copy_that_is_begun_anew_starts_from_nothing() {
      var trip = Trip.at(Samples.warm(), Step.SEED);
      advance(trip, Step.SEED, 0, 1_000, 100);
      trip.tell(
          new io.drover.schemas.MigrationMessage.CopyFailed(
              underWay(trip, Step.SEED), Trip.problem(Problem.Kind.UNAVAILABLE)));
      assertThat(copy(trip).bytesPerSecond()).isZero();

      trip.ring("retry");

      assertThat(copy(trip)).isEqualTo(new CopyProgress(0, total(trip), 0, null));
    }

    @Test
    void a_state_of_before_it_was_noted_is_shown_as_well() {
      var trip = Trip.at(Samples.cold(), Step.SEAL);
      advance(trip, Step.SEAL, 0, 1_000, 100);
      String json = new String(Json.write(trip.state), java.nio.charset.StandardCharsets.UTF_8);
      String old = json.replaceAll(",\"copied\":\\{\"marks\":\\{\"2000\":\\{[^}]*}}}", "");
      assertThat(old).isNotEqualTo(json);

      trip.state =
          Json.read(
              old.getBytes(java.nio.charset.StandardCharsets.UTF_8), MigrationState.Stepping.class);

      assertThat(copy(trip).done()).isZero();
    }
  }

  /** Whether something is out of place. */
  @Nested
  class Health {
    @Test
    void a_step_that_is_tried_again_is_seen() {
      var trip = Trip.at(Samples.cold(), Step.QUIESCE);

      trip.fails(Problem.Kind.UNAVAILABLE);

      assertThat(status(trip).health())
          .isEqualTo(new MigrationStatus.Health(Sign.RETRYING, List.of()));
    }

    @Test
    void a_target_that_passed_its_ladder_is_well_and_says_by_what() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);

      assertThat(status(trip).health())
          .isEqualTo(new MigrationStatus.Health(Sign.WELL, List.of("running")));
    }

    @Test
    void a_soaking_target_that_looks_out_of_place_ails() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);

      trip.fails(Problem.Kind.TRANSIENT);

      assertThat(Objects.requireNonNull(status(trip).health()).sign()).isEqualTo(Sign.AILING);
    }

    @Test
    void
        what_held_and_holds_no_more_is_told_until_it_holds_again_and_the_loss_is_known_meanwhile() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);
      Problem lost = Trip.problem(Problem.Kind.TRANSIENT);

      look(trip, lost);
      MigrationStatus ailing = status(trip);
      look(trip, null);

      assertThat(ailing.health()).isEqualTo(new MigrationStatus.Health(Sign.AILING, List.of()));
      assertThat(ailing.problem()).isEqualTo(lost);
      assertThat(ailing.checkpoints().getLast().loss()).isEqualTo(LossBound.targetWrites(4096));
      assertThat(status(trip).health())
          .isEqualTo(new MigrationStatus.Health(Sign.WELL, List.of("running")));
      assertThat(status(trip).problem()).isNull();
    }

    private static void look(Trip trip, @Nullable Problem problem) {
      trip.outcome(
          new Outcome.Done<>(
              new Evidence.LossMeasured(LossBound.targetWrites(4096), "vmi-1", problem)));
      trip.ring("look");
    }

    @Test
    void what_held_is_not_said_of_a_target_that_goes_back() {
      var trip = Trip.at(Samples.cold(), Step.SOAK);

      trip.tell(new RollBackMigration(trip.spec.id(), "it is slow"));

      assertThat(Objects.requireNonNull(status(trip).health()).rungs()).isEmpty();
    }

    @Test
    void what_waits_for_a_person_is_held() {
      var trip = Trip.at(Samples.cold(), Step.FENCE);

      trip.fails(Problem.Kind.UNKNOWN);

      assertThat(trip.facts).anyMatch(MigrationFact.MigrationHeld.class::isInstance);
      assertThat(Objects.requireNonNull(status(trip).health()).sign()).isEqualTo(Sign.HELD);
    }
  }
}
