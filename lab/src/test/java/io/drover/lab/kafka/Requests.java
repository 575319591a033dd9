// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What the tests on Kafka ask the planner for. */
final class Requests {
  private Requests() {}

  /** All VMs, cold, into the namespace herd, so many to a wave and at once. */
  static PlanMessage.PlanRequest herd(int wave) {
    return new PlanMessage.PlanRequest(
        List.of(),
        List.of(),
        wave,
        new PlanSettings(
            Way.COLD,
            Transfer.STREAM,
            Sink.UPLOAD,
            "herd",
            Map.of("*", "gold"),
            Map.of("*", "pod"),
            true,
            false,
            false,
            wave,
            Duration.ofMinutes(5),
            true,
            Duration.ofMinutes(5),
            Duration.ofHours(1),
            SoakEnd.HOLD,
            null,
            "app",
            "dependsOn",
            Map.of(),
            null),
        1);
  }
}
