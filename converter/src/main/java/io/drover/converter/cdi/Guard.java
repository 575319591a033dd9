// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.engine.StopSignal;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Breaks blocking work as soon as it is told to stop. */
final class Guard implements AutoCloseable {
  private final CountDownLatch over = new CountDownLatch(1);

  private Guard() {}

  /**
   * Watches the signal until closed.
   *
   * @param cut called at most once, on another thread; must not throw
   */
  static Guard watch(StopSignal stop, Runnable cut) {
    Guard guard = new Guard();
    Thread.ofVirtual()
        .name("stop-guard")
        .start(() -> {
          try {
            while (!guard.over.await(100, TimeUnit.MILLISECONDS)) {
              if (stop.raised()) {
                cut.run();
                return;
              }
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    return guard;
  }

  @Override
  public void close() {
    over.countDown();
  }
}
