// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.Step;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventsTest {
  private static final Envelope ENVELOPE =
      new Envelope(
          Brain.MIGRATION,
          "vc/vm",
          42,
          Instant.parse("2026-01-02T03:04:05.678Z"),
          "pod-1",
          Actor.person("ada"),
          "plan/1",
          "drover.migration.inbox-3-17",
          null);

  @Test
  void aFactTravelsAsABinaryCloudEvent() {
    var event = Events.encode(new MigrationFact.StepBegun(Step.FENCE, 1), ENVELOPE);

    assertThat(event.attributes())
        .containsEntry("specversion", "1.0")
        .containsEntry("type", "io.drover.migration.stepBegun.v1")
        .containsEntry("source", "/drover/migration/vc/vm")
        .containsEntry("id", "0000000000000000042")
        .containsEntry("sequence", "0000000000000000042")
        .containsEntry("partitionkey", "vc/vm")
        .containsEntry("correlationid", "plan/1")
        .containsEntry("time", "2026-01-02T03:04:05.678Z");
    assertThat(new String(event.data(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("{\"step\":\"FENCE\",\"attempt\":1}");
    assertThat(Events.decode(event)).isEqualTo(new MigrationFact.StepBegun(Step.FENCE, 1));
    assertThat(Events.envelope(event)).isEqualTo(ENVELOPE);
  }

  @Test
  void aFullMinuteKeepsItsSeconds() {
    Instant minute = Instant.parse("2026-01-02T03:04:00Z");
    var envelope =
        new Envelope(Brain.MIGRATION, "k", 1, minute, "i", Actor.person("ada"), null, null, null);

    var event = Events.encode(new MigrationFact.StepBegun(Step.FENCE, 1), envelope);

    assertThat(event.attributes()).containsEntry("time", "2026-01-02T03:04:00Z");
    assertThat(Events.envelope(event).at()).isEqualTo(minute);
  }

  @Test
  void aKeyThatNoUriHoldsIsEscapedInTheSourceOnly() {
    var envelope =
        new Envelope(
            Brain.INVENTORY,
            "vcenter:My vCenter/site/ä",
            1,
            Instant.EPOCH,
            "i",
            Actor.person("ada"),
            null,
            null,
            null);

    var event = Events.encode(new MigrationFact.StepBegun(Step.FENCE, 1), envelope);

    assertThat(event.attributes())
        .containsEntry("source", "/drover/inventory/vcenter:My%20vCenter/site/ä")
        .containsEntry("subject", "vcenter:My vCenter/site/ä")
        .containsEntry("partitionkey", "vcenter:My vCenter/site/ä");
  }

  @Test
  void anUnknownTypeIsNamed() {
    assertThatThrownBy(
            () -> Events.decode(new WireEvent(Map.of("type", "io.drover.x.y.v1"), new byte[0])))
        .hasMessageContaining("io.drover.x.y.v1");
  }

  @Test
  void typeNamesAreUnique() {
    assertThat(Events.types()).hasSizeGreaterThan(60).doesNotHaveDuplicates();
  }
}
