// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The fault rules in force, asked at every point where something may go wrong. Safe for use by
 * several threads.
 */
public final class LabFaults {
  /** A rule with what it has seen: occasions it matched, and how often it struck. */
  public record Standing(int id, LabFaultRule rule, int occasions, int hits) {}

  private final List<Standing> standing = new ArrayList<>();
  private final SplittableRandom random;
  private int nextId = 1;

  /** Faults whose probabilities are drawn from the given seed. */
  public LabFaults(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Puts a rule in force and returns its id. */
  public synchronized int add(LabFaultRule rule) {
    standing.add(new Standing(nextId, rule, 0, 0));
    return nextId++;
  }

  /** Ends a rule; false if there is none of that id. */
  public synchronized boolean remove(int id) {
    return standing.removeIf(s -> s.id() == id);
  }

  /** Ends all rules. */
  public synchronized void clear() {
    standing.clear();
  }

  public synchronized List<Standing> standing() {
    return List.copyOf(standing);
  }

  /**
   * Asks whether this goes wrong now, and counts the occasion.
   *
   * @param names the names under which a rule may know the entity
   * @return the rule that strikes, or null
   */
  public synchronized @Nullable LabFaultRule strike(
      LabFaultRule.Kind kind, String method, String... names) {
    for (int i = 0; i < standing.size(); i++) {
      Standing s = standing.get(i);
      LabFaultRule rule = s.rule();
      if (!rule.matches(kind, method, names)) {
        continue;
      }
      boolean due = s.occasions() >= rule.skip() && (rule.count() < 0 || s.hits() < rule.count());
      boolean hit = due && (rule.probability() >= 1 || random.nextDouble() < rule.probability());
      standing.set(i, new Standing(s.id(), rule, s.occasions() + 1, s.hits() + (hit ? 1 : 0)));
      if (hit) {
        return rule;
      }
    }
    return null;
  }
}
