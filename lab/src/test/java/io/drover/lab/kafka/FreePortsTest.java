// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void aPortIsGivenOnce() throws Exception {
    Set<Integer> given = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      given.add(EmbeddedKafka.freePort());
    }
    assertThat(given).hasSize(1_000);
  }
}
