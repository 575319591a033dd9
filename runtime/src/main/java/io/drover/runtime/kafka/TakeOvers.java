// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.PartitionLog.Ending;
import io.drover.schemas.Brain;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes partitions over, each on a thread of its own, beside the thread of their brain, so that
 * those that run are not held up. A take-over is tried again until it is known how it came out, or
 * its tenure was let go.
 */
final class TakeOvers {
  private static final Logger LOG = LoggerFactory.getLogger(TakeOvers.class);
  private static final long FIRST_PAUSE = 100;
  private static final long LONGEST_PAUSE = 5_000;

  private final Brain brain;
  private final Runnable news;
  private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
  private volatile boolean stopping;

  /** How a take-over came out. */
  record Ended(Tenure tenure, Ending ending) {}

  /**
   * @param news called on a take-over's thread when one has ended
   */
  TakeOvers(Brain brain, Runnable news) {
    this.brain = brain;
    this.news = news;
  }

  /** Begins one; returns at once. */
  void begin(Tenure tenure) {
    Thread.ofVirtual()
        .name("take-over-" + brain.entity() + "-" + tenure.partition)
        .start(() -> {
          ended.add(new Ended(tenure, untilKnown(tenure)));
          news.run();
        });
  }

  /** The next one that has ended; null when there is none. */
  @Nullable Ended next() {
    return ended.poll();
  }

  /** None is tried again from now on. */
  void stop() {
    stopping = true;
  }

  private Ending untilKnown(Tenure tenure) {
    var complaint = new Complaint(LOG);
    long pause = FIRST_PAUSE;
    while (true) {
      Ending ending = tenure.let ? new Ending.Fenced() : once(tenure);
      if (!(ending instanceof Ending.Unknown unknown) || tenure.let || stopping) {
        return ending;
      }
      complaint.say(
          "A partition cannot be taken over, trying again brain=%s partition=%d reason=%s"
              .formatted(brain.entity(), tenure.partition, unknown.why()));
      sleep(pause);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    }
  }

  /** What it throws must not end the thread: nobody would ever take the partition over. */
  private Ending once(Tenure tenure) {
    try {
      return tenure.loop.takeOver(Instant.now());
    } catch (RuntimeException | Error e) {
      LOG.error(
          "Taking a partition over failed brain={} partition={}",
          brain.entity(),
          tenure.partition,
          e);
      return new Ending.Unknown(e.getClass().getSimpleName());
    }
  }

  private static void sleep(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
