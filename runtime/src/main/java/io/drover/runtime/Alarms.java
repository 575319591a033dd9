// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.engine.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The timers that are set according to the states of the owned keys. When one is due, it rings in
 * the inbox; whether that still matters is decided there.
 */
public final class Alarms {
  /** A timer that is due later rings once in between, too early, and is set again. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final Clockwork clockwork;
  private final Bell bell;
  private final Map<String, Key> keys = new TreeMap<>();

  /** Time: of this machine, or of the simulation. */
  public interface Clockwork {
    Instant now();

    /** Calls {@code ring} once the delay has passed; the answer calls it off. */
    Runnable after(Duration delay, Runnable ring);
  }

  /** Writes {@code Rang} to the inbox of a key. Must not block. */
  @FunctionalInterface
  public interface Bell {
    void ring(String key, Timer timer);
  }

  private static final class Key {
    final int partition;

    /** How to call each timer off; those that rang stay, so they ring once. */
    final Map<Timer, Runnable> set = new HashMap<>();

    Key(int partition) {
      this.partition = partition;
    }
  }

  public Alarms(Clockwork clockwork, Bell bell) {
    this.clockwork = clockwork;
    this.bell = bell;
  }

  /** Makes the timers of a key agree with its state. */
  public synchronized void set(int partition, String key, List<Timer> timers) {
    Key found = keys.get(key);
    if (found == null) {
      if (timers.isEmpty()) {
        return;
      }
      found = new Key(partition);
      keys.put(key, found);
    }
    var wanted = new HashSet<>(timers);
    for (Iterator<Map.Entry<Timer, Runnable>> all = found.set.entrySet().iterator();
        all.hasNext(); ) {
      var timer = all.next();
      if (!wanted.contains(timer.getKey())) {
        timer.getValue().run();
        all.remove();
      }
    }
    for (Timer timer : timers) {
      if (!found.set.containsKey(timer)) {
        arm(found, key, timer, Duration.between(clockwork.now(), timer.due()));
      }
    }
    if (found.set.isEmpty()) {
      keys.remove(key);
    }
  }

  /** A timer rang too early by the broker's clock: it rings again when that clock says so. */
  public synchronized void early(int partition, String key, Timer timer, Instant brokerNow) {
    Key found = keys.get(key);
    if (found != null && found.partition == partition && found.set.containsKey(timer)) {
      arm(found, key, timer, Duration.between(brokerNow, timer.due()));
    }
  }

  /** Forgets the keys of a partition that are not among {@code present}. */
  public synchronized void keep(int partition, Collection<String> present) {
    for (Iterator<Map.Entry<String, Key>> all = keys.entrySet().iterator(); all.hasNext(); ) {
      var key = all.next();
      if (key.getValue().partition == partition && !present.contains(key.getKey())) {
        key.getValue().set.values().forEach(Runnable::run);
        all.remove();
      }
    }
  }

  /** Calls off all timers of a partition. */
  public void halt(int partition) {
    keep(partition, List.of());
  }

  private void arm(Key found, String key, Timer timer, Duration delay) {
    Duration wait = delay.isNegative() ? Duration.ZERO : delay;
    wait = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    found.set.put(timer, clockwork.after(wait, () -> bell.ring(key, timer)));
  }
}
