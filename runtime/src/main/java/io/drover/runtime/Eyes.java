// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.engine.Eye;
import io.drover.engine.Retry;
import io.drover.engine.StopSignal;
import io.drover.schemas.Brain;
import io.drover.schemas.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the eyes of a brain look, each only where its partition is owned. A look that ends or fails
 * is begun anew after a pause that grows.
 */
public final class Eyes<M extends Message> {
  private static final Logger LOG = LoggerFactory.getLogger(Eyes.class);
  private static final Retry PAUSES =
      new Retry(Integer.MAX_VALUE, Duration.ofSeconds(1), Duration.ofMinutes(1));

  /** A look that lasted so long counts as a good one: the pauses begin anew. */
  private static final Duration GOOD = Duration.ofMinutes(2);

  private final Brain brain;
  private final List<Eye<M>> eyes;
  private final int partitions;
  private final Sights<M> sights;
  private final Vitals vitals;
  private final List<Look> looks = new ArrayList<>();

  /** Takes what an eye saw; returns once the inbox holds it. */
  @FunctionalInterface
  public interface Sights<M> {
    void seen(String eye, String key, M message) throws InterruptedException;
  }

  private static final class Look implements StopSignal {
    final int partition;
    private volatile boolean stop;
    private volatile Thread thread = Thread.currentThread();

    Look(int partition) {
      this.partition = partition;
    }

    @Override
    public boolean raised() {
      return stop;
    }
  }

  public Eyes(Brain brain, List<Eye<M>> eyes, int partitions, Sights<M> sights, Vitals vitals) {
    this.brain = brain;
    this.eyes = List.copyOf(eyes);
    this.partitions = partitions;
    this.sights = sights;
    this.vitals = vitals;
  }

  /** Opens the eyes that belong to a partition. */
  public synchronized void open(int partition) {
    if (looks.stream().anyMatch(look -> look.partition == partition)) {
      return;
    }
    for (Eye<M> eye : eyes) {
      if (Partitions.of(eye.name(), partitions) == partition) {
        var look = new Look(partition);
        look.thread =
            Thread.ofVirtual()
                .name("eye-" + eye.name())
                .unstarted(() -> lookAgainAndAgain(eye, look));
        looks.add(look);
        look.thread.start();
      }
    }
  }

  /** Closes the eyes of a partition; they are interrupted, a look changes nothing. */
  public synchronized void close(int partition) {
    for (Look look : looks) {
      if (look.partition == partition) {
        look.stop = true;
        look.thread.interrupt();
      }
    }
    looks.removeIf(look -> look.partition == partition);
  }

  private void lookAgainAndAgain(Eye<M> eye, Look look) {
    int failures = 0;
    while (!look.raised()) {
      long began = System.nanoTime();
      try {
        LOG.info("An eye looks brain={} eye={}", brain.entity(), eye.name());
        eye.look((key, message) -> sights.seen(eye.name(), key, message), look);
        failures = 0;
      } catch (StopSignal.Stopped | InterruptedException e) {
        if (look.raised()) {
          return;
        }
        failures++;
      } catch (Throwable e) {
        if (look.raised()) {
          return;
        }
        failures = System.nanoTime() - began > GOOD.toNanos() ? 1 : failures + 1;
        LOG.warn(
            "An eye failed, it looks again after a pause brain={} eye={} failures={}",
            brain.entity(),
            eye.name(),
            failures,
            Reasons.trace(e));
      }
      if (look.raised()) {
        return;
      }
      vitals.eyeRestarted(brain, eye.name());
      try {
        Thread.sleep(PAUSES.pause(Math.max(1, failures)));
      } catch (InterruptedException e) {
        if (look.raised()) {
          return;
        }
      }
    }
  }
}
