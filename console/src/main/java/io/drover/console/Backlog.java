// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * What one reader of the event stream has not had yet. Of a document only the latest waits, so
 * there are never more than exist; facts are each their own, so of a slow reader's the oldest are
 * dropped past a bound.
 */
final class Backlog {
  static final int MOST_FACTS = 5_000;

  private final LinkedHashMap<String, Waiting> documents = new LinkedHashMap<>();
  private final Deque<Waiting> facts = new ArrayDeque<>();

  /** One document or fact. */
  record Waiting(String kind, Object document) {}

  /**
   * Takes one in.
   *
   * @param kind {@code fact}, or that of a document
   * @param key a later document of the same kind and key replaces this one
   */
  synchronized void offer(String kind, String key, Object document) {
    Waiting waiting = new Waiting(kind, document);
    if (kind.equals("fact")) {
      facts.add(waiting);
      if (facts.size() > MOST_FACTS) {
        facts.remove();
      }
    } else {
      // The latest goes last, also where one was waiting before.
      documents.putLast(kind + " " + key, waiting);
    }
  }

  /** Takes a document in, unless a later one of its kind and key waits already. */
  synchronized void offerIfAbsent(String kind, String key, Object document) {
    documents.putIfAbsent(kind + " " + key, new Waiting(kind, document));
  }

  /** The first that wait, facts before documents; they wait no more. */
  synchronized List<Waiting> take(int most) {
    var taken = new ArrayList<Waiting>();
    while (taken.size() < most && !facts.isEmpty()) {
      taken.add(facts.remove());
    }
    while (taken.size() < most && !documents.isEmpty()) {
      taken.add(documents.pollFirstEntry().getValue());
    }
    return taken;
  }
}
