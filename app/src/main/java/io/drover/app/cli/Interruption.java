// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C, or a SIGTERM, while a command works: it is told to stop, and has time to tidy up. */
final class Interruption implements AutoCloseable {
  /** The exit code, as shells count that of a process that Ctrl-C ended. */
  static final int CODE = 130;

  private static final long PATIENCE_SECONDS = 10;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "interrupted");
  private volatile boolean asked;

  /** Listens from now on. */
  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether the command is to stop. */
  boolean asked() {
    return asked;
  }

  /** What the signal does: the process ends when this returns. */
  void stop() {
    asked = true;
    try {
      boolean ignored = ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
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
