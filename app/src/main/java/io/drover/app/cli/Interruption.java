// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C, or a SIGTERM, while a command works: it is told to stop, and has time to tidy up. */
final class Interruption implements AutoCloseable {
  private final CountDownLatch said = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "interrupted");
  private final Duration patience;
  private final Runnable told;

  /** Listens from now on, for a command that asks {@link #asked} again and again. */
  Interruption() {
    this(Duration.ofSeconds(10), () -> {});
  }

  /**
   * Listens from now on.
   *
   * @param patience how long the process waits for {@link #close}
   * @param told how the command is told
   */
  Interruption(Duration patience, Runnable told) {
    this.patience = patience;
    this.told = told;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether the command is to stop. */
  boolean asked() {
    return said.getCount() == 0;
  }

  /** Blocks until the command is to stop. */
  void await() throws InterruptedException {
    said.await();
  }

  /** What the signal does: the process ends when this returns. */
  void stop() {
    said.countDown();
    told.run();
    try {
      boolean ignored = ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says that all is tidy. */
  @Override
  public void close() {
    ended.countDown();
    try {
      boolean ignored = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is about to end: it was the signal.
    }
  }
}
