// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.schemas.Actor;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Step;
import io.drover.schemas.Token;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void aValueRecordIsItsValue() {
    assertThat(text(Json.write(new Token(7)))).isEqualTo("7");
    assertThat(Json.read(bytes("\"m-1\""), MigrationId.class)).isEqualTo(new MigrationId("m-1"));
    assertThat(Json.read(bytes("7"), Token.class)).isEqualTo(new Token(7));
  }

  @Test
  void aSealedTypeIsNamedWhereTheSealedTypeIsDeclared() {
    MigrationMessage message = new MigrationMessage.PauseMigration(new MigrationId("m-1"), "lunch");
    var type = Json.mapper().constructType(MigrationMessage.class);

    byte[] json = Json.write(message, type);

    assertThat(text(json))
        .isEqualTo("{\"type\":\"PauseMigration\",\"migration\":\"m-1\",\"reason\":\"lunch\"}");
    assertThat(Json.<MigrationMessage>read(json, type)).isEqualTo(message);
  }

  @Test
  void aFactComesBackEqual() {
    var fact =
        new MigrationFact.StepDelayed(
            Step.FENCE,
            2,
            new Problem(Problem.Kind.TRANSIENT, "x", "It is.", "Wait."),
            Instant.parse("2026-01-02T03:04:05Z"));

    assertThat(Json.read(Json.write(fact), MigrationFact.StepDelayed.class)).isEqualTo(fact);
    assertThat(text(Json.write(fact))).contains("\"retryAt\":\"2026-01-02T03:04:05Z\"");
  }

  @Test
  void unknownPropertiesAreIgnoredAndUnknownTypesRefused() {
    var type = Json.mapper().constructType(MigrationMessage.class);
    assertThat(Json.<MigrationMessage>read(bytes("{\"type\":\"StopLifted\",\"later\":1}"), type))
        .isEqualTo(new MigrationMessage.StopLifted());
    assertThatThrownBy(() -> Json.read(bytes("{\"type\":\"Nonsense\"}"), type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Nonsense");
  }

  @Test
  void actorsAreObjects() {
    assertThat(text(Json.write(Actor.person("ada"))))
        .isEqualTo("{\"kind\":\"PERSON\",\"name\":\"ada\"}");
  }

  private static String text(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }
}
