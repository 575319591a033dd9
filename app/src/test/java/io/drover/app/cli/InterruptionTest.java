// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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

  @Test
  void aCommandThatWaitsIsToldByItsThread() throws Exception {
    // Given
    Thread command = Thread.currentThread();
    Thread signal;
    boolean told = false;
    try (var interruption = new Interruption(Duration.ofMinutes(1), command::interrupt)) {
      signal = Thread.ofPlatform().unstarted(interruption::stop);

      // When
      try {
        signal.start();
        Thread.sleep(Duration.ofMinutes(1));
      } catch (InterruptedException e) {
        told = true;
      }
    }

    // Then
    signal.join();
    assertThat(told).isTrue();
  }
}
