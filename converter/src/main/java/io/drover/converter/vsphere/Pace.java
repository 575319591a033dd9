// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.engine.StopSignal;
import java.util.concurrent.TimeUnit;

/** Lets so many bytes a second pass, over all that read under it; how many can be changed. */
final class Pace {
  /** What may pass at once after a pause, as time. */
  private static final long BURST = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long SLICE = TimeUnit.MILLISECONDS.toNanos(200);

  private double nanosPerByte;
  private long paid = System.nanoTime();

  /**
   * @param bytesPerSecond 0 = as fast as it goes
   */
  Pace(long bytesPerSecond) {
    set(bytesPerSecond);
  }

  /**
   * Another speed from now on; who waits by the old one waits that out, for what one read brought.
   * What was read and not waited for yet is owed at the new speed: a cap that is shared out anew
   * all the time holds as well.
   *
   * @param bytesPerSecond 0 = as fast as it goes
   */
  final synchronized void set(long bytesPerSecond) {
    double next = bytesPerSecond <= 0 ? 0 : 1e9 / bytesPerSecond;
    if (next != nanosPerByte) {
      long now = System.nanoTime();
      double owedBytes = nanosPerByte == 0 ? 0 : Math.max(0, paid - now) / nanosPerByte;
      paid = now + (long) (owedBytes * next);
      nanosPerByte = next;
    }
  }

  /** Waits until {@code bytes} that have been read were allowed to be. */
  void spend(long bytes, StopSignal stop) {
    long until = pay(bytes);
    try {
      for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
        TimeUnit.NANOSECONDS.sleep(Math.min(left, SLICE));
        stop.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StopSignal.Stopped();
    }
  }

  /**
   * Until when, by {@link System#nanoTime}, these bytes and those before them are to be waited for.
   */
  synchronized long pay(long bytes) {
    if (nanosPerByte == 0) {
      return System.nanoTime();
    }
    long earliest = System.nanoTime() - BURST;
    paid = (paid - earliest > 0 ? paid : earliest) + (long) (bytes * nanosPerByte);
    return paid;
  }
}
