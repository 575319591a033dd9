// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.runtime.config.SettingsException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be passed through to Kafka's clients, and what may not. */
class KafkaSettingsTest {
  private static KafkaSettings passing(String key, String value) {
    return new KafkaSettings("kafka:9092", null, 0, 0, null, null, Map.of(key, value));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "isolation.level",
        "acks",
        "enable.idempotence",
        "transactional.id",
        "enable.auto.commit",
        "auto.offset.reset",
        "group.id",
        "max.request.size",
        "session.timeout.ms"
      })
  void whatTheLoopsSafetyRestsOnIsRefusedByName(String key) {
    assertThatThrownBy(() -> passing(key, "whatever"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("kafka.clients: '" + key + "'")
        .hasMessageContaining("take it out")
        .hasMessageNotContaining("whatever");
  }

  @Test
  void theKeyOfOursIsNamedWhereThereIsOne() {
    assertThatThrownBy(() -> passing("session.timeout.ms", "60000"))
        .hasMessageEndingWith("set kafka.session");
  }

  @Test
  void whatIsPassedThroughIsNotShown() {
    assertThat(passing("sasl.jaas.config", "password=hunter2"))
        .asString()
        .contains("sasl.jaas.config")
        .doesNotContain("hunter2");
  }

  @Test
  void whatIsNotOursIsPassedThrough() {
    assertThat(passing("client.rack", "zone-a").clients()).containsEntry("client.rack", "zone-a");
  }
}
