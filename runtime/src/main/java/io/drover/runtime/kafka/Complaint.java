// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import java.time.Duration;
import org.slf4j.Logger;

/** Tells a trouble that lasts once a minute, and not at every try. Used by one thread at a time. */
final class Complaint {
  private static final long AGAIN = Duration.ofMinutes(1).toNanos();

  private final Logger log;
  private String last = "";
  private long told;

  Complaint(Logger log) {
    this.log = log;
  }

  void say(String trouble) {
    long now = System.nanoTime();
    if (!trouble.equals(last) || now - told > AGAIN) {
      last = trouble;
      told = now;
      log.warn("{}", trouble);
    }
  }

  /** It is over: the next one is told at once. */
  void over() {
    last = "";
  }
}
