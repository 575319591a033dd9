// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

/**
 * Lines pieces up in one window of one resource: says by how much the last of them is late there,
 * and when each begins. From the window's begin on, whatever has room at a second begins there, the
 * longest, the one of most work, or the widest first; the best of these three lines counts. It
 * takes the number of pieces times that of steps of what is free.
 */
final class LineUp {
  /** So many pieces are lined up at most: of more, small ones, their work says enough. */
  static final int MOST = 64;

  private final int[] order = new int[MOST];
  private final double[] rank = new double[MOST];
  private final int[] start = new int[MOST];
  private final int[] best = new int[MOST];
  private int[] from = new int[2 * MOST];
  private int[] free = new int[2 * MOST];
  private int steps;

  /**
   * By how many seconds the last is late; 0 if all end in the window.
   *
   * @param count how many pieces
   * @param amounts what each takes, at most {@code slots}
   * @param lengths for how many seconds
   * @param open what is free in the window
   * @param slots what would be free after it
   */
  int late(int count, int[] amounts, int[] lengths, Timeline.Free open, int slots) {
    int window = open.begins()[open.amounts().length];
    int end = Integer.MAX_VALUE;
    for (int way = 0; way < 3 && end > window; way++) {
      sort(way, count, amounts, lengths);
      int last = line(count, amounts, lengths, open, slots, end);
      if (last < end) {
        end = last;
        System.arraycopy(start, 0, best, 0, count);
      }
    }
    return Math.max(0, end - window);
  }

  /** When a piece begins, in the order they were given. */
  int start(int piece) {
    return best[piece];
  }

  private void sort(int way, int count, int[] amounts, int[] lengths) {
    for (int p = 0; p < count; p++) {
      rank[p] =
          switch (way) {
            case 0 -> lengths[p] + 1e-6 * amounts[p];
            case 1 -> (double) amounts[p] * lengths[p] + 1e-6 * lengths[p];
            default -> amounts[p] + 1e-7 * lengths[p];
          };
      int at = p;
      while (at > 0 && rank[p] > rank[order[at - 1]]) {
        order[at] = order[--at];
      }
      order[at] = p;
    }
  }

  /** When the last ends; at least {@code enough}, and not all is lined up, if it is not before. */
  private int line(
      int count, int[] amounts, int[] lengths, Timeline.Free open, int slots, int enough) {
    steps = open.amounts().length;
    if (from.length < steps + 1 + count) {
      from = new int[steps + 1 + MOST];
      free = new int[steps + 1 + MOST];
    }
    System.arraycopy(open.begins(), 0, from, 0, steps + 1);
    System.arraycopy(open.amounts(), 0, free, 0, steps);
    free[steps++] = slots;
    int waiting = count;
    int end = 0;
    for (int i = 0; waiting > 0; i++) {
      int left = 0;
      for (int k = 0; k < waiting; k++) {
        int p = order[k];
        if (free[i] > 0 && fits(i, amounts[p], lengths[p])) {
          start[p] = from[i];
          end = Math.max(end, from[i] + lengths[p]);
          take(i, amounts[p], from[i] + lengths[p]);
        } else {
          order[left++] = p;
        }
      }
      waiting = left;
      if (end >= enough) {
        return end;
      }
    }
    return end;
  }

  private boolean fits(int step, int amount, int length) {
    for (int i = step; i < steps && from[i] < from[step] + length; i++) {
      if (free[i] < amount) {
        return false;
      }
    }
    return true;
  }

  /** Takes an amount from the begin of a step until {@code end}. */
  private void take(int step, int amount, int end) {
    int after = step + 1;
    while (after < steps && from[after] < end) {
      after++;
    }
    if (after == steps || from[after] > end) {
      System.arraycopy(from, after, from, after + 1, steps - after);
      System.arraycopy(free, after, free, after + 1, steps - after);
      from[after] = end;
      free[after] = free[after - 1];
      steps++;
    }
    for (int i = step; i < after; i++) {
      free[i] -= amount;
    }
  }
}
