// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * The documents that one reader of the event stream has not had yet. Of each only the latest waits,
 * so there are never more than exist.
 */
final class Backlog {
  private final LinkedHashMap<String, Waiting> documents = new LinkedHashMap<>();

  /** One document. */
  record Waiting(String kind, Object document) {}

  /**
   * Takes one in.
   *
   * @param key a later document of the same kind and key replaces this one
   */
  synchronized void offer(String kind, String key, Object document) {
    // The latest goes last, also where one was waiting before.
    documents.putLast(kind + " " + key, new Waiting(kind, document));
  }

  /** Takes a document in, unless a later one of its kind and key waits already. */
  synchronized void offerIfAbsent(String kind, String key, Object document) {
    documents.putIfAbsent(kind + " " + key, new Waiting(kind, document));
  }

  /** The first that wait; they wait no more. */
  synchronized List<Waiting> take(int most) {
    var taken = new ArrayList<Waiting>();
    while (taken.size() < most && !documents.isEmpty()) {
      taken.add(documents.pollFirstEntry().getValue());
    }
    return taken;
  }
}
