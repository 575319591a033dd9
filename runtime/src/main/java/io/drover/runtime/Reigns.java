// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.util.ArrayList;
import java.util.List;

/**
 * Whose outcomes count. An owner hears what former ones said before its claim, and then begins anew
 * what is still in flight; what a former owner says from there on is of a run that nobody waits
 * for, though its effect has the same id. Kept with the position of the partition, so that the
 * owner after the next knows it, too.
 *
 * @param all oldest first, each from a later offset on
 */
record Reigns(List<Reign> all) {
  static final Reigns NONE = new Reigns(List.of());

  /**
   * One owner's.
   *
   * @param from offset of the inbox from which on it counts
   * @param token the least that an outcome must bear there
   */
  record Reign(long from, long token) {}

  Reigns {
    all = List.copyOf(all);
  }

  /** With another one at the end, which begins no earlier than the others. */
  Reigns and(long from, long token) {
    var more = new ArrayList<>(all);
    more.removeIf(reign -> reign.from() >= from);
    more.add(new Reign(from, token));
    return new Reigns(more);
  }

  /** Without those that are over for whoever decides from {@code oldest} on. */
  Reigns from(long oldest) {
    int first = 0;
    while (first + 1 < all.size() && all.get(first + 1).from() <= oldest) {
      first++;
    }
    return first == 0 ? this : new Reigns(all.subList(first, all.size()));
  }

  /** Whether an outcome that stands at {@code offset} is of who reigned there. */
  boolean count(long offset, long token) {
    for (int i = all.size() - 1; i >= 0; i--) {
      if (all.get(i).from() <= offset) {
        return token >= all.get(i).token();
      }
    }
    return true;
  }
}
