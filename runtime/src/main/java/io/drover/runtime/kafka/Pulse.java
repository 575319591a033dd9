// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import java.time.Duration;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Metric;
import org.jspecify.annotations.Nullable;

/**
 * Whether the group heard from this instance lately. An instance that it did not hear from may have
 * lost its partitions and not know it yet, so it begins no effect. This narrows the window of a
 * paused owner; what closes it is the fence in the other system.
 */
final class Pulse {
  private final KafkaConsumer<?, ?> consumer;
  private final Duration session;
  private volatile @Nullable Metric age;

  Pulse(KafkaConsumer<?, ?> consumer, Duration session) {
    this.consumer = consumer;
    this.session = session;
  }

  /** Whether the last heartbeat is younger than two thirds of the session. */
  boolean beats() {
    // -1 before the first heartbeat: the assignment itself is news from the group then.
    return age() < Math.max(1, session.toMillis() / 1500.0);
  }

  /** Whether there was no heartbeat for a whole session: the group will have given us up. */
  boolean lost() {
    return age() >= Math.max(1, session.toMillis() / 1000.0);
  }

  /** Of the last heartbeat, in seconds; -1 before the first. */
  private double age() {
    Metric found = age;
    if (found == null) {
      found =
          consumer.metrics().entrySet().stream()
              .filter(e -> e.getKey().name().equals("last-heartbeat-seconds-ago"))
              .map(java.util.Map.Entry::getValue)
              .findFirst()
              .orElse(null);
      age = found;
    }
    return found != null && found.metricValue() instanceof Number seconds
        ? seconds.doubleValue()
        : -1;
  }
}
