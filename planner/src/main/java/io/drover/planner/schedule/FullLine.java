// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Lines pieces up in one window of one resource that they fill to the brim, where {@link LineUp}
 * does not come across a line. It goes through the window from its begin: at each second with
 * something free a piece begins there or none does, and what then stays free for ever is waste, of
 * which there may be no more than the window has to spare. Depth first; ten pieces without anything
 * to spare take some hundred places, each the time of the pieces' number.
 */
final class FullLine {
  private final Integer[] order;
  private final int[] amount;
  private final int[] seconds;
  private final int[] start;
  private final boolean[] used;

  /** Per depth, begins of steps and the end of the last, and what is free in each. */
  private final int[][] from;

  private final int[][] free;
  private final int[] steps;
  private long spare;
  private int triesLeft;

  /**
   * A search.
   *
   * @param count how many pieces
   * @param amounts what each takes
   * @param lengths for how many seconds
   * @param open what is free in the window
   */
  FullLine(int count, int[] amounts, int[] lengths, Timeline.Free open) {
    int n = open.amounts().length;
    this.order = new Integer[count];
    this.amount = new int[count];
    this.seconds = new int[count];
    this.start = new int[count];
    this.used = new boolean[count];
    this.from = new int[count + 1][n + count + 2];
    this.free = new int[count + 1][n + count + 2];
    this.steps = new int[count + 1];
    Arrays.setAll(order, p -> p);
    Arrays.sort(
        order,
        Comparator.<Integer>comparingInt(p -> -lengths[p])
            .thenComparing(p -> -amounts[p])
            .thenComparing(p -> p));
    for (int i = 0; i < n; i++) {
      spare += (long) open.amounts()[i] * (open.begins()[i + 1] - open.begins()[i]);
    }
    for (int k = 0; k < count; k++) {
      amount[k] = amounts[order[k]];
      seconds[k] = lengths[order[k]];
      spare -= (long) amount[k] * seconds[k];
    }
    System.arraycopy(open.begins(), 0, from[0], 0, n + 1);
    System.arraycopy(open.amounts(), 0, free[0], 0, n);
    steps[0] = n;
  }

  /** When each piece begins, in the order they were given; empty if no line was found. */
  int[] begins(int tries) {
    triesLeft = tries;
    if (spare < 0 || !fill(0, 0, 0, 0)) {
      return new int[0];
    }
    int[] begins = new int[start.length];
    for (int k = 0; k < start.length; k++) {
      begins[order[k]] = start[k];
    }
    return begins;
  }

  private boolean fill(int depth, int step, int piece, long waste) {
    if (depth == start.length) {
      return true;
    }
    int[] f = free[depth];
    int[] t = from[depth];
    int first = piece;
    long wasted = waste;
    for (int i = step; i < steps[depth] && wasted <= spare; i++) {
      for (int p = f[i] == 0 ? used.length : first; p < used.length && triesLeft > 0; p++) {
        if (used[p] || !fits(depth, i, p)) {
          continue;
        }
        triesLeft--;
        used[p] = true;
        start[p] = t[i];
        take(depth, i, p);
        if (fill(depth + 1, i, p + 1, wasted)) {
          return true;
        }
        used[p] = false;
      }
      first = 0;
      wasted += (long) f[i] * (t[i + 1] - t[i]);
    }
    return false;
  }

  private boolean fits(int depth, int step, int piece) {
    int[] t = from[depth];
    int end = t[step] + seconds[piece];
    if (end > t[steps[depth]]) {
      return false;
    }
    for (int i = step; t[i] < end; i++) {
      if (free[depth][i] < amount[piece]) {
        return false;
      }
    }
    return true;
  }

  /** The next depth is this one with a piece that begins with a step. */
  private void take(int depth, int step, int piece) {
    int n = steps[depth];
    int[] t = from[depth + 1];
    int[] f = free[depth + 1];
    int end = from[depth][step] + seconds[piece];
    int to = 0;
    for (int i = 0; i < n; i++) {
      int begin = from[depth][i];
      boolean inside = i >= step && begin < end;
      t[to] = begin;
      f[to++] = free[depth][i] - (inside ? amount[piece] : 0);
      if (inside && from[depth][i + 1] > end) {
        t[to] = end;
        f[to++] = free[depth][i];
      }
    }
    t[to] = from[depth][n];
    steps[depth + 1] = to;
  }
}
