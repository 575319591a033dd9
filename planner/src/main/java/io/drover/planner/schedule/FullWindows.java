// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Finds which units fill windows to the brim, for where there is so little to spare that each
 * window must be almost full of every scarce resource: to move and to swap does not come across
 * that. Window after window, unit after unit goes in or waits, most work first; what leaves more
 * free than can be spared is given up (minimum bin slack, Gupta and Ho 1999, in more dimensions).
 * Only work is counted; whether it can be lined up is asked of who wants it. Without anything to
 * spare three windows of 25 units take some thousand nodes, five of 65 some million and more.
 */
final class FullWindows {
  /** To ask whether it is wanted takes as long as so many nodes. */
  private static final long ASKED = 2_000_000;

  /** Nodes between two looks at the stop. */
  private static final long ASK_EVERY = 10_000;

  private final long[][] work;
  private final long[][] room;
  private final BitSet[] may;
  private final Predicate<int[]> wanted;
  private final BooleanSupplier stop;
  private final int resources;

  /** Per unit the window it is in, -1 if it waits. */
  private final int[] window;

  /** Per window, unit and resource, the work of those that wait from this unit on. */
  private final long[][][] rest;

  private final long[] spare;
  private final boolean alike;
  private long nodesLeft;

  /**
   * A search.
   *
   * @param work per unit, most first, and resource
   * @param room per window and resource
   * @param may the windows of each unit
   * @param wanted whether the windows of all units are what is wanted
   * @param stop ends the search, as if all nodes were used up
   */
  FullWindows(
      long[][] work, long[][] room, BitSet[] may, Predicate<int[]> wanted, BooleanSupplier stop) {
    this.work = work;
    this.room = room;
    this.may = may;
    this.wanted = wanted;
    this.stop = stop;
    this.resources = room[0].length;
    this.window = new int[work.length];
    this.rest = new long[room.length][work.length + 1][resources];
    this.spare = new long[resources];
    Arrays.fill(window, -1);
    boolean same = true;
    for (long[] one : room) {
      same &= Arrays.equals(one, room[0]);
      for (int r = 0; r < resources; r++) {
        spare[r] += one[r];
      }
    }
    for (int u = 0; u < work.length; u++) {
      same &= may[u].cardinality() == room.length;
      for (int r = 0; r < resources; r++) {
        spare[r] -= work[u][r];
      }
    }
    this.alike = same;
  }

  /** The least share of a resource that can be spared; less than 0 if there is too much work. */
  double spare() {
    double least = 1;
    for (int r = 0; r < resources; r++) {
      int of = r;
      long all = Arrays.stream(room).mapToLong(one -> one[of]).sum();
      least = Math.min(least, (double) spare[r] / Math.max(1, all));
    }
    return least;
  }

  /**
   * Searches until what is wanted was found, or the nodes are used up.
   *
   * @param nodes how many units it may try to put somewhere
   * @return the nodes that are left, -1 if what is wanted was found
   */
  long search(long nodes) {
    nodesLeft = nodes;
    return next(0) ? -1 : Math.max(0, nodesLeft);
  }

  /** Fills a window when those before it are full. */
  private boolean next(int w) {
    if (w == room.length) {
      nodesLeft -= ASKED;
      return wanted.test(window);
    }
    int first = -1;
    for (int u = work.length - 1; u >= 0; u--) {
      boolean waits = window[u] < 0;
      first = waits ? u : first;
      for (int r = 0; r < resources; r++) {
        rest[w][u][r] = rest[w][u + 1][r] + (waits && may[u].get(w) ? work[u][r] : 0);
      }
    }
    // Of windows that are alike the first has the first unit.
    return fill(w, 0, new long[resources], alike ? first : -1);
  }

  private boolean fill(int w, int from, long[] load, int must) {
    int u = from;
    while (u < work.length && (window[u] >= 0 || !may[u].get(w))) {
      u++;
    }
    for (int r = 0; r < resources; r++) {
      if (load[r] + rest[w][u][r] < room[w][r] - spare[r]) {
        return false;
      }
    }
    if (u == work.length) {
      return closed(w, load);
    }
    if (nodesLeft-- <= 0) {
      return false;
    }
    if (nodesLeft % ASK_EVERY == 0 && stop.getAsBoolean()) {
      nodesLeft = 0;
      return false;
    }
    boolean fits = true;
    for (int r = 0; r < resources && fits; r++) {
      fits = load[r] + work[u][r] <= room[w][r];
    }
    if (fits) {
      add(load, work[u], 1);
      window[u] = w;
      if (fill(w, u + 1, load, must)) {
        return true;
      }
      window[u] = -1;
      add(load, work[u], -1);
    }
    return u != must && fill(w, u + 1, load, must);
  }

  private boolean closed(int w, long[] load) {
    if (w == room.length - 1 && Arrays.stream(window).anyMatch(of -> of < 0)) {
      return false;
    }
    for (int r = 0; r < resources; r++) {
      spare[r] -= room[w][r] - load[r];
    }
    boolean found = next(w + 1);
    for (int r = 0; r < resources; r++) {
      spare[r] += room[w][r] - load[r];
    }
    return found;
  }

  private static void add(long[] load, long[] work, int sign) {
    for (int r = 0; r < load.length; r++) {
      load[r] += sign * work[r];
    }
  }
}
