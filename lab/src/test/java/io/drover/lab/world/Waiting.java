// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.engine.StopSignal;
import io.drover.executor.Patience;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that goes on only while somebody waits. */
final class Waiting implements Patience {
  private record Event(Instant at, Runnable what) {}

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparing(Event::at));
  private Instant now = START;

  void later(Duration delay, Runnable what) {
    events.add(new Event(now.plus(delay), what));
  }

  /** Seconds since the beginning. */
  long since() {
    return Duration.between(START, now).toSeconds();
  }

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public void pause(Duration length, StopSignal stop) {
    Instant end = now.plus(length);
    while (!events.isEmpty() && !events.peek().at().isAfter(end)) {
      Event next = events.remove();
      now = next.at();
      next.what().run();
    }
    now = end;
  }
}
