// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InterruptionTest {
  @Test
  void theProcessWaitsUntilTheCommandIsTidy() throws Exception {
    // Given
    var interruption = new Interruption();
    assertThat(interruption.asked()).isFalse();
    Thread signal = Thread.ofPlatform().start(interruption::stop);
    while (!interruption.asked()) {
      Thread.onSpinWait();
    }
    boolean waits = signal.isAlive();

    // When
    interruption.close();

    // Then
    signal.join();
    assertThat(waits).isTrue();
  }
}
