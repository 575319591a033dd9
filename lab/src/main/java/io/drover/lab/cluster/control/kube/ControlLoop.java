// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs controllers: one look per key at a time, wake-ups in between are merged, failures are tried
 * again. The queue is the memory of "something may have changed", nothing more.
 */
public final class ControlLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);
  private static final Duration CONFLICT_PAUSE = Duration.ofMillis(10);
  private static final Duration FAILURE_PAUSE = Duration.ofMillis(200);

  private final List<Controller> controllers;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lab-control-timer").factory());
  private final ExecutorService workers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lab-control-", 0).factory());
  private final Map<Job, Slot> slots = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /** A loop over these controllers; nothing runs until something changes. */
  public ControlLoop(List<Controller> controllers) {
    this.controllers = List.copyOf(controllers);
  }

  /** Tells the loop that an object came, changed or went. */
  public void changed(Kind kind, Doc doc) {
    for (Controller controller : controllers) {
      if (controller.watches().contains(kind)) {
        for (Key key : controller.wakes(kind, doc)) {
          wake(controller, key);
        }
      }
    }
  }

  /** Has a controller look at a key as soon as it can. */
  public void wake(Controller controller, Key key) {
    if (closed) {
      return;
    }
    Job job = new Job(controller, key);
    Slot slot = slots.computeIfAbsent(job, j -> new Slot());
    synchronized (slot) {
      if (slot.running) {
        slot.again = true;
        return;
      }
      slot.running = true;
    }
    try {
      workers.execute(() -> run(job, slot));
    } catch (RejectedExecutionException e) {
      LOG.debug("closing, {} {} not looked at", controller.name(), key);
    }
  }

  private void run(Job job, Slot slot) {
    Duration next = Duration.ZERO;
    try {
      next = job.controller.reconcile(job.key);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      if (closed) {
        return;
      }
      int code = Kube.code(e);
      next = code == 409 ? CONFLICT_PAUSE : FAILURE_PAUSE;
      if (code == 409 || code == 404) {
        LOG.debug("{} {}: {}", job.controller.name(), job.key, e.getMessage());
      } else if (code > 0) {
        LOG.warn("{} {} refused, tried again: {}", job.controller.name(), job.key, e.getMessage());
      } else {
        LOG.warn("{} {} failed, tried again", job.controller.name(), job.key, e);
      }
    }
    boolean again;
    synchronized (slot) {
      again = slot.again;
      slot.again = false;
      slot.running = false;
    }
    if (again) {
      wake(job.controller, job.key);
    } else if (next.isPositive() && !closed) {
      try {
        slot.wakeUpAt(
            timer.schedule(
                () -> wake(job.controller, job.key), next.toMillis(), TimeUnit.MILLISECONDS));
      } catch (RejectedExecutionException e) {
        LOG.debug("closing, {} {} not looked at again", job.controller.name(), job.key);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    timer.shutdownNow();
    workers.shutdownNow();
    try {
      if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("a lab controller did not stop within 5 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private record Job(Controller controller, Key key) {}

  private static final class Slot {
    private boolean running;
    private boolean again;
    private @Nullable Future<?> alarm;

    // One alarm a key: the newest look knows best when to look again.
    synchronized void wakeUpAt(Future<?> next) {
      if (alarm != null) {
        alarm.cancel(false);
      }
      alarm = next;
    }
  }
}
