// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.schemas.Evidence;
import io.drover.schemas.LossBound;
import io.drover.schemas.Step;
import org.junit.jupiter.api.Test;

/** What a rollback would lose is an upper bound, or it is said that nobody knows. */
class RollbackLossTest {
  /** The first instance, {@code vmi-1}, runs and is looked at. */
  private final Trip trip = Trip.at(Samples.cold(), Step.SOAK);

  private LossBound seen(String instance, long bytes) {
    return seen(new Evidence.LossMeasured(LossBound.targetWrites(bytes), instance, null));
  }

  private LossBound seen(Evidence evidence) {
    trip.outcome(new Outcome.Done<>(evidence));
    trip.ring("look");
    return MigrationView.status(trip.state, trip.now, 1).checkpoints().getLast().loss();
  }

  @Test
  void it_is_what_the_first_instance_counted_last() {
    seen("vmi-1", 1000);

    assertThat(seen("vmi-1", 5000)).isEqualTo(LossBound.targetWrites(5000));
  }

  @Test
  void an_instance_that_took_the_place_of_another_hides_what_that_wrote_last() {
    seen("vmi-1", 5000);

    assertThat(seen("vmi-2", 100)).isEqualTo(LossBound.UNKNOWN);
  }

  @Test
  void it_stays_unknown_however_much_the_next_instance_counts() {
    seen("vmi-1", 5000);
    seen("vmi-2", 100);

    assertThat(seen("vmi-2", 9000)).isEqualTo(LossBound.UNKNOWN);
  }

  @Test
  void an_instance_that_came_before_the_first_look_is_noticed() {
    assertThat(seen("vmi-2", 100)).isEqualTo(LossBound.UNKNOWN);
  }

  @Test
  void a_counter_that_went_back_hides_what_came_before() {
    seen("vmi-1", 5000);
    seen("vmi-1", 100);

    assertThat(seen("vmi-1", 6000)).isEqualTo(LossBound.UNKNOWN);
  }

  @Test
  void a_reading_that_failed_costs_nothing_but_itself() {
    seen("vmi-1", 5000);
    assertThat(seen(new Evidence.LossMeasured(LossBound.UNKNOWN, "vmi-1", null)))
        .isEqualTo(LossBound.UNKNOWN);

    assertThat(seen("vmi-1", 6000)).isEqualTo(LossBound.targetWrites(6000));
  }

  @Test
  void readings_that_do_not_say_whose_they_are_bound_nothing() {
    assertThat(seen(new Evidence.LossMeasured(LossBound.targetWrites(5000), null, null)))
        .isEqualTo(LossBound.UNKNOWN);
  }
}
