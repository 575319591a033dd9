// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.time.Duration;

/** A moment after which nothing is waited for any more. */
final class Deadline {
  private final long at;
  private final Duration whole;

  private Deadline(Duration whole) {
    this.whole = whole;
    this.at = System.nanoTime() + whole.toNanos();
  }

  static Deadline in(Duration of) {
    return new Deadline(of);
  }

  boolean passed() {
    return System.nanoTime() - at >= 0;
  }

  Duration whole() {
    return whole;
  }

  /** Sleeps, but not beyond the deadline. */
  void pause(Duration of) {
    long nanos = Math.min(of.toNanos(), at - System.nanoTime());
    if (nanos <= 0) {
      return;
    }
    try {
      Thread.sleep(Duration.ofNanos(nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VSphereFault(VSphereFault.Kind.CANCELLED, "Interrupted while waiting", "", e)
          .withUnknownOutcome();
    }
  }
}
