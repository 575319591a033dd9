// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Checkpoint;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationStatus.Reached;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a journey keeps of the way that it came. */
class TrailTest {
  private static Reached rung(Checkpoint checkpoint, int number) {
    return new Reached(checkpoint, number, Instant.EPOCH.plusSeconds(number), LossBound.NONE, null);
  }

  @Test
  void aLadderOfBeforeThatIsTooLongIsCutToWhatAReplayGives() {
    Reached first = rung(Checkpoint.PLANNED, 1);
    var old =
        new Journey.Trail(
            Map.of(),
            List.of(),
            Stream.concat(
                    Stream.of(first),
                    IntStream.range(0, 300).mapToObj(i -> rung(Checkpoint.SYNCED, i)))
                .toList(),
            LossBound.NONE,
            null,
            null,
            null,
            null);

    List<Reached> kept = old.reaching(rung(Checkpoint.SYNCED, 300)).reached();

    assertThat(kept)
        .containsExactlyElementsOf(
            Stream.concat(
                    Stream.of(first),
                    IntStream.rangeClosed(301 - Journey.Trail.MOST_RUNGS, 300)
                        .mapToObj(i -> rung(Checkpoint.SYNCED, i)))
                .toList());
  }
}
