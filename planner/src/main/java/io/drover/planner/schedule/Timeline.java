// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.Arrays;

/**
 * How much of one resource is used when: a step function in chunks that know their lowest and
 * highest step, so that a search leaps over what is full.
 */
final class Timeline {
  private static final int CHUNK = 64;

  private final int capacity;
  private Chunk[] chunks = new Chunk[4];

  /** The first second of each chunk: searched alone, they lie side by side. */
  private int[] first = new int[4];

  private int count = 1;

  /** Steps in a row; step i lasts until the next step, the last one of all for ever. */
  private static final class Chunk {
    private int[] from = new int[CHUNK];
    private int[] used = new int[CHUNK];
    private int size;
    private int low;
    private int high;

    void measure() {
      low = Integer.MAX_VALUE;
      high = Integer.MIN_VALUE;
      for (int i = 0; i < size; i++) {
        low = Math.min(low, used[i]);
        high = Math.max(high, used[i]);
      }
    }

    /** Index of the step in which a second lies that is not before the chunk. */
    int stepAt(int at) {
      int low = 0;
      int high = size - 1;
      while (low < high) {
        int middle = (low + high + 1) >>> 1;
        if (from[middle] <= at) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }
  }

  Timeline(int capacity) {
    this.capacity = capacity;
    chunks[0] = new Chunk();
    chunks[0].size = 1;
  }

  private int chunkAt(int at) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (first[middle] <= at) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /**
   * The first second from {@code at} on, and not after {@code latest}, from which {@code amount} is
   * free for {@code seconds}; -1 if there is none.
   */
  int earliest(int at, int seconds, int amount, int latest) {
    int limit = capacity - amount;
    if (limit < 0 || at > latest) {
      return -1;
    }
    int start = at;
    int c = chunkAt(at);
    int i = chunks[c].stepAt(at);
    while (true) {
      Chunk chunk = chunks[c];
      int chunkEnd = c + 1 < count ? first[c + 1] : Integer.MAX_VALUE;
      if (chunk.low > limit) {
        start = chunkEnd;
        if (start > latest) {
          return -1;
        }
      } else if (chunk.high > limit) {
        for (; i < chunk.size; i++) {
          int end = i + 1 < chunk.size ? chunk.from[i + 1] : chunkEnd;
          if (chunk.used[i] > limit) {
            start = end;
            if (start > latest) {
              return -1;
            }
          } else if (end - start >= seconds) {
            return start;
          }
        }
      }
      if (chunkEnd == Integer.MAX_VALUE) {
        return start == Integer.MAX_VALUE ? -1 : start;
      }
      if (chunkEnd - start >= seconds) {
        return start;
      }
      c++;
      i = 0;
    }
  }

  /**
   * What is free in a stretch of time.
   *
   * @param begins when each step begins, and when the last one ends
   * @param amounts what is free in each; 0 if more is taken than there is
   */
  @SuppressWarnings("ArrayRecordComponent") // read in the innermost loops, never changed
  record Free(int[] begins, int[] amounts) {}

  /** What is free from {@code from} to {@code to}. */
  Free free(int from, int to) {
    int[] begins = new int[8];
    int[] amounts = new int[8];
    int n = 0;
    int c = chunkAt(from);
    int i = chunks[c].stepAt(from);
    for (int at = from; at < to; n++) {
      if (n + 1 == begins.length) {
        begins = Arrays.copyOf(begins, 2 * n + 2);
        amounts = Arrays.copyOf(amounts, 2 * n + 2);
      }
      begins[n] = at;
      amounts[n] = Math.max(0, capacity - chunks[c].used[i]);
      if (++i == chunks[c].size) {
        c++;
        i = 0;
      }
      at = c < count ? Math.min(to, chunks[c].from[i]) : to;
    }
    begins[n] = to;
    return new Free(Arrays.copyOf(begins, n + 1), Arrays.copyOf(amounts, n));
  }

  /** Uses {@code amount} (or gives it back, if negative) from {@code from} to {@code to}. */
  void add(int from, int to, int amount) {
    // The end first: what is split before it does not move it in any way that matters below.
    split(to);
    int c = split(from);
    int i = chunks[c].stepAt(from);
    int at = i;
    int in = c;
    while (in < count && first[in] < to) {
      Chunk chunk = chunks[in];
      int begin = at;
      while (at < chunk.size && chunk.from[at] < to) {
        chunk.used[at++] += amount;
      }
      if (begin == 0 && at == chunk.size) {
        chunk.low += amount;
        chunk.high += amount;
      } else {
        chunk.measure();
      }
      if (at < chunk.size) {
        break;
      }
      at = 0;
      in++;
    }
    join(in, at);
    join(c, i);
  }

  /** Makes a step begin at {@code at} and gives the chunk it is in. */
  private int split(int at) {
    int c = chunkAt(at);
    Chunk chunk = chunks[c];
    int i = chunk.stepAt(at);
    if (chunk.from[i] == at) {
      return c;
    }
    if (chunk.size == CHUNK) {
      halve(c);
      if (i >= chunk.size) {
        i -= chunk.size;
        chunk = chunks[++c];
      }
    }
    System.arraycopy(chunk.from, i + 1, chunk.from, i + 2, chunk.size - i - 1);
    System.arraycopy(chunk.used, i + 1, chunk.used, i + 2, chunk.size - i - 1);
    chunk.from[i + 1] = at;
    chunk.used[i + 1] = chunk.used[i];
    chunk.size++;
    return c;
  }

  private void halve(int c) {
    Chunk chunk = chunks[c];
    var right = new Chunk();
    int half = CHUNK / 2;
    System.arraycopy(chunk.from, half, right.from, 0, CHUNK - half);
    System.arraycopy(chunk.used, half, right.used, 0, CHUNK - half);
    right.size = CHUNK - half;
    chunk.size = half;
    chunk.measure();
    right.measure();
    if (count == chunks.length) {
      chunks = Arrays.copyOf(chunks, 2 * count);
      first = Arrays.copyOf(first, 2 * count);
    }
    System.arraycopy(chunks, c + 1, chunks, c + 2, count - c - 1);
    System.arraycopy(first, c + 1, first, c + 2, count - c - 1);
    chunks[c + 1] = right;
    first[c + 1] = right.from[0];
    count++;
  }

  /** Drops a step if nothing changes at its begin. */
  private void join(int c, int i) {
    if (c >= count || (c == 0 && i == 0)) {
      return;
    }
    Chunk chunk = chunks[c];
    int before = i > 0 ? chunk.used[i - 1] : chunks[c - 1].used[chunks[c - 1].size - 1];
    if (before != chunk.used[i]) {
      return;
    }
    System.arraycopy(chunk.from, i + 1, chunk.from, i, chunk.size - i - 1);
    System.arraycopy(chunk.used, i + 1, chunk.used, i, chunk.size - i - 1);
    chunk.size--;
    if (chunk.size == 0) {
      System.arraycopy(chunks, c + 1, chunks, c, count - c - 1);
      System.arraycopy(first, c + 1, first, c, count - c - 1);
      chunks[--count] = null;
    } else if (i == 0) {
      first[c] = chunk.from[0];
      chunk.measure();
    }
  }
}
