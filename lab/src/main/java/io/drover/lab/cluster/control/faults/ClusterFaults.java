// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.faults;

import io.drover.lab.cluster.control.faults.Fault.What;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rules of what goes wrong in the lab cluster; tests, demo and the control endpoint set them.
 */
public final class ClusterFaults {

  private final Map<String, Entry> rules = new LinkedHashMap<>();
  private int lastId;

  /** Adds a rule and gives its id, for {@link #remove}. */
  public synchronized String add(Fault fault) {
    String id = "f" + ++lastId;
    rules.put(id, new Entry(fault));
    return id;
  }

  /** Removes a rule; says whether it was there. */
  public synchronized boolean remove(String id) {
    return rules.remove(id) != null;
  }

  /** Removes all rules. */
  public synchronized void clear() {
    rules.clear();
  }

  /** The rules by id, with how often each struck. */
  public synchronized Map<String, Struck> list() {
    Map<String, Struck> all = new LinkedHashMap<>();
    rules.forEach((id, entry) -> all.put(id, new Struck(entry.fault, entry.hits)));
    return all;
  }

  /** Strikes once, when a rule matches and has strikes left. */
  public synchronized Optional<Fault> strike(What what, String namespace, String name) {
    for (Entry entry : rules.values()) {
      if (entry.left() && entry.fault.strikes(what, namespace, name)) {
        entry.hits++;
        return Optional.of(entry.fault);
      }
    }
    return Optional.empty();
  }

  /** Whether a rule matches, without using up a strike. */
  public synchronized boolean active(What what, String namespace, String name) {
    for (Entry entry : rules.values()) {
      if (entry.left() && entry.fault.strikes(what, namespace, name)) {
        return true;
      }
    }
    return false;
  }

  /** The usual delay, or the longer one that a {@link What#SLOW} rule asks for. */
  public Duration delay(String namespace, String name, Duration usual) {
    return activeDelay(namespace, name).map(usual::plus).orElse(usual);
  }

  private synchronized Optional<Duration> activeDelay(String namespace, String name) {
    List<Duration> all =
        rules.values().stream()
            .filter(e -> e.left() && e.fault.strikes(What.SLOW, namespace, name))
            .map(e -> e.fault.delay())
            .toList();
    return all.stream().max(Duration::compareTo);
  }

  /**
   * A rule and its history.
   *
   * @param fault the rule
   * @param hits how often it struck
   */
  public record Struck(Fault fault, int hits) {}

  private static final class Entry {
    private final Fault fault;
    private int hits;

    Entry(Fault fault) {
      this.fault = fault;
    }

    boolean left() {
      return fault.times() == 0 || hits < fault.times();
    }
  }
}
