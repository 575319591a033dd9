// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.engine.Input;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.schemas.Actor;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes onto the wire comes back the same, sealed types and generics included. */
class CodecTest {
  sealed interface Place {
    record Home() implements Place {}

    record Away(String where, List<Integer> stops) implements Place {}
  }

  sealed interface Sight {
    record Empty() implements Sight {}

    record Full(int count) implements Sight {}
  }

  private static final Codec<Place, MigrationMessage, Sight, MigrationFact> CODEC =
      new Codec<>(
          new ServiceSpec.Types<>(
              Place.class, MigrationMessage.class, Sight.class, MigrationFact.class));

  @Test
  void inputsOfEveryKindComeBackTheSame() {
    var message = new MigrationMessage.PauseMigration(new MigrationId("m-1"), "lunch");
    List<Input<MigrationMessage, Sight>> inputs =
        List.of(
            new Input.Told<>(message, Actor.person("ada")),
            new Input.Seen<>(new EffectId("e"), new Outcome.Done<>(new Sight.Full(3))),
            new Input.Seen<>(new EffectId("e"), new Outcome.Done<>(new Sight.Empty())),
            new Input.Seen<>(new EffectId("e"), new Outcome.Stopped<>()),
            new Input.Seen<>(
                new EffectId("e"),
                new Outcome.Failed<>(
                    new Problem(Problem.Kind.REFUSED, "no", "It said no.", "Ask again."))),
            new Input.Rang<>("soak", Instant.parse("2026-03-01T10:00:00Z")));
    for (var input : inputs) {
      assertThat(CODEC.input(CODEC.write(input))).isEqualTo(input);
    }
  }

  @Test
  void aLetterIsReadByTheBrainItIsFor() {
    var message = new MigrationMessage.StopLifted();
    byte[] letter = Codec.told(message, Actor.service("executor"));
    assertThat(CODEC.input(letter))
        .isEqualTo(new Input.Told<MigrationMessage, Sight>(message, Actor.service("executor")));
  }

  @Test
  void statesComeBackTheSame() {
    for (Place place : List.of(new Place.Home(), new Place.Away("sea", List.of(1, 2)))) {
      byte[] json = CODEC.write(new Stored<>(place, 5, 2, null, null));
      var frame = CODEC.frame(json);
      assertThat(frame.offset()).isEqualTo(5);
      assertThat(frame.state()).isNotNull();
      assertThat(CODEC.state(frame.state())).isEqualTo(place);
    }
  }

  @Test
  void garbageIsNamed() {
    assertThatThrownBy(() -> CODEC.input("{\"type\":\"Sung\"}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot read Input");
  }
}
