// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import io.drover.lab.cluster.control.kube.Key;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The guests that run now, by uid of their instance; lets each work a little at every beat. */
final class Guests implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Guests.class);

  private final Map<String, Running> all = new ConcurrentHashMap<>();
  private final ScheduledExecutorService beat =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lab-guests").factory());

  Guests(Duration interval) {
    var _ =
        beat.scheduleWithFixedDelay(
            this::work, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** One guest and what it wrote since its instance started. */
  static final class Running {
    private final Key key;
    private final String node;
    private final Optional<GuestBoot.Guest> guest;
    private final String console;
    private final Map<String, Long> written = new TreeMap<>();
    private boolean frozen;
    private boolean stopped;

    Running(
        Key key,
        String node,
        Optional<GuestBoot.Guest> guest,
        String console,
        List<String> drives) {
      drives.forEach(drive -> written.put(drive, 0L)); // a counter is there before the first write
      this.key = key;
      this.node = node;
      this.guest = guest;
      this.console = console;
    }

    Key key() {
      return key;
    }

    String node() {
      return node;
    }

    /** The guest; empty when nothing came up and the firmware waits in vain. */
    Optional<GuestBoot.Guest> guest() {
      return guest;
    }

    /** What stands on the console of a machine that did not boot. */
    String console() {
      return console;
    }

    synchronized Map<String, Long> written() {
      return new TreeMap<>(written);
    }

    synchronized void freeze(boolean now) {
      frozen = now;
    }

    synchronized void shutDown() throws IOException {
      if (!stopped) {
        stopped = true;
        if (guest.isPresent()) {
          guest.get().shutDown();
        }
      }
    }

    synchronized void work() throws IOException {
      if (!stopped && !frozen && guest.isPresent()) {
        guest.get().work().forEach((volume, bytes) -> written.merge(volume, bytes, Long::sum));
      }
    }

    synchronized void kill() {
      stopped = true;
    }
  }

  Optional<Running> get(String uid) {
    return Optional.ofNullable(all.get(uid));
  }

  Running started(String uid, Running running) {
    Running there = all.putIfAbsent(uid, running);
    return there == null ? running : there;
  }

  /** Forgets a guest without asking it; its writes end at once. */
  void kill(String uid) {
    Running running = all.remove(uid);
    if (running != null) {
      running.kill();
    }
  }

  Map<String, Running> running() {
    return Map.copyOf(all);
  }

  private void work() {
    for (Running running : all.values()) {
      try {
        running.work();
      } catch (IOException | RuntimeException e) {
        LOG.warn("guest {} could not write: {}", running.key(), e.toString());
      }
    }
  }

  @Override
  public void close() {
    beat.shutdownNow();
    all.values().forEach(Running::kill);
  }
}
