// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The latest facts, numbered in the order in which they were read, so that a reader goes on where
 * it was and hears when it came too late. Thread safe.
 */
final class RecentFacts {
  /** How many are kept; older ones are on the topics. */
  static final int KEPT = 20_000;

  private static final int KEPT_PER_KEY = 500;

  private final int kept;
  private final Deque<FactRow> facts = new ArrayDeque<>();
  private final Map<String, Deque<FactRow>> byKey = new HashMap<>();

  /** How many there ever were: the position behind the newest. */
  private long position;

  RecentFacts(int kept) {
    this.kept = kept;
  }

  /**
   * Facts, oldest first, and where to go on.
   *
   * @param next position behind the last that was looked at
   * @param missed how many of those asked for are left out, or not kept any more
   */
  record News(List<FactRow> facts, long next, long missed) {
    News {
      facts = List.copyOf(facts);
    }
  }

  synchronized void add(FactRow row) {
    position++;
    facts.addLast(row);
    if (facts.size() > kept) {
      facts.removeFirst();
    }
    Deque<FactRow> own = byKey.computeIfAbsent(row.key(), key -> new ArrayDeque<>());
    own.addLast(row);
    if (own.size() > KEPT_PER_KEY) {
      own.removeFirst();
    }
  }

  /** Those of one key. */
  synchronized List<FactRow> of(String key) {
    return List.copyOf(byKey.getOrDefault(key, new ArrayDeque<>()));
  }

  /**
   * The newest that match, and the position behind all that there are. What is not kept any more
   * counts as left out: nobody here knows whether it would match.
   */
  synchronized News newest(Predicate<FactRow> wanted, int most) {
    var found = new ArrayDeque<FactRow>();
    long older = position - facts.size();
    var newestFirst = facts.descendingIterator();
    while (newestFirst.hasNext()) {
      FactRow row = newestFirst.next();
      if (wanted.test(row)) {
        if (found.size() < most) {
          found.addFirst(row);
        } else {
          older++;
        }
      }
    }
    return new News(List.copyOf(found), position, older);
  }

  /** Those from a position on, at most so many. */
  synchronized News since(long from, int most) {
    long first = position - facts.size();
    long begin = Math.clamp(from, first, position);
    List<FactRow> found =
        begin == position ? List.of() : facts.stream().skip(begin - first).limit(most).toList();
    return new News(found, begin + found.size(), Math.max(0, first - from));
  }

  /** The position behind the newest. */
  synchronized long position() {
    return position;
  }
}
