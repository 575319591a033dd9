// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import java.util.BitSet;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Changed block tracking of one disk: which blocks were written in which epoch. An epoch closes
 * with every snapshot and power cycle; a change id names the last closed epoch as "uuid/number", as
 * a disk's backing shows it.
 */
final class ChangeTracker {
  private final String uuid;
  private final TreeMap<Integer, BitSet> epochs = new TreeMap<>();
  private int open = 2;

  ChangeTracker(SplittableRandom random) {
    uuid = bytes(random.nextLong()) + "-" + bytes(random.nextLong());
    epochs.put(open, new BitSet());
  }

  private static String bytes(long eight) {
    StringBuilder text = new StringBuilder();
    for (int shift = 56; shift >= 0; shift -= 8) {
      text.append(text.isEmpty() ? "" : " ")
          .append(String.format(Locale.ROOT, "%02x", (eight >>> shift) & 0xff));
    }
    return text.toString();
  }

  void wrote(int block) {
    BitSet current = epochs.get(open);
    if (current != null) {
      current.set(block);
    }
  }

  /** Ends the open epoch and returns the change id that names it. */
  String close() {
    String id = uuid + "/" + open;
    open++;
    epochs.put(open, new BitSet());
    return id;
  }

  /** The change id of the last closed epoch: what was written after it is not covered. */
  String current() {
    return uuid + "/" + (open - 1);
  }

  /**
   * Blocks written after the epoch that {@code since} names, up to and with the one that {@code
   * until} names (null: now).
   *
   * @return null if an id is not of this disk or of the future
   */
  @Nullable BitSet changed(String since, @Nullable String until) {
    int from = epoch(since);
    int to = until == null ? open : epoch(until);
    if (from < 0 || to < 0 || from > to) {
      return null;
    }
    BitSet all = new BitSet();
    for (Map.Entry<Integer, BitSet> e : epochs.subMap(from, false, to, true).entrySet()) {
      all.or(e.getValue());
    }
    return all;
  }

  private int epoch(String id) {
    int slash = id.lastIndexOf('/');
    if (slash < 0 || !id.substring(0, slash).equals(uuid)) {
      return -1;
    }
    try {
      int epoch = Integer.parseInt(id.substring(slash + 1));
      return epoch > open ? -1 : epoch;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
