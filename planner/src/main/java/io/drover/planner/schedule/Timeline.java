// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * How much of one resource is used when: a step function in chunks that know their lowest and
 * highest step, so that a search leaps over what is full.
 */
final class Timeline {
  private static final int CHUNK = 64;

  private final int capacity;
  private final List<Chunk> chunks = new ArrayList<>();

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

    void remove(int i) {
      System.arraycopy(from, i + 1, from, i, size - i - 1);
      System.arraycopy(used, i + 1, used, i, size - i - 1);
      size--;
    }
  }

  Timeline(int capacity) {
    this.capacity = capacity;
    var first = new Chunk();
    first.size = 1;
    chunks.add(first);
  }

  private int chunkAt(int at) {
    int low = 0;
    int high = chunks.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (chunks.get(middle).from[0] <= at) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static int stepAt(Chunk chunk, int at) {
    int low = 0;
    int high = chunk.size - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (chunk.from[middle] <= at) {
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
    int i = stepAt(chunks.get(c), at);
    while (true) {
      Chunk chunk = chunks.get(c);
      int chunkEnd = c + 1 < chunks.size() ? chunks.get(c + 1).from[0] : Integer.MAX_VALUE;
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

  /** Uses {@code amount} (or gives it back, if negative) from {@code from} to {@code to}. */
  void add(int from, int to, int amount) {
    split(from);
    split(to);
    for (int c = chunkAt(from); c < chunks.size(); c++) {
      Chunk chunk = chunks.get(c);
      if (chunk.from[0] >= to) {
        break;
      }
      for (int i = Math.max(0, chunk.from[0] >= from ? 0 : stepAt(chunk, from));
          i < chunk.size;
          i++) {
        if (chunk.from[i] >= to) {
          break;
        }
        chunk.used[i] += amount;
      }
      chunk.measure();
    }
    join(to);
    join(from);
  }

  /** Makes a step begin at {@code at}. */
  private void split(int at) {
    int c = chunkAt(at);
    Chunk chunk = chunks.get(c);
    int i = stepAt(chunk, at);
    if (chunk.from[i] == at) {
      return;
    }
    if (chunk.size == CHUNK) {
      var right = new Chunk();
      int half = CHUNK / 2;
      System.arraycopy(chunk.from, half, right.from, 0, CHUNK - half);
      System.arraycopy(chunk.used, half, right.used, 0, CHUNK - half);
      right.size = CHUNK - half;
      chunk.size = half;
      chunk.measure();
      right.measure();
      chunks.add(c + 1, right);
      if (i >= half) {
        chunk = right;
        i -= half;
      }
    }
    System.arraycopy(chunk.from, i + 1, chunk.from, i + 2, chunk.size - i - 1);
    System.arraycopy(chunk.used, i + 1, chunk.used, i + 2, chunk.size - i - 1);
    chunk.from[i + 1] = at;
    chunk.used[i + 1] = chunk.used[i];
    chunk.size++;
  }

  /** Drops the step at {@code at} if nothing changes there. */
  private void join(int at) {
    int c = chunkAt(at);
    Chunk chunk = chunks.get(c);
    int i = stepAt(chunk, at);
    if (chunk.from[i] != at || (c == 0 && i == 0)) {
      return;
    }
    Chunk before = i > 0 ? chunk : chunks.get(c - 1);
    int usedBefore = i > 0 ? chunk.used[i - 1] : before.used[before.size - 1];
    if (usedBefore != chunk.used[i]) {
      return;
    }
    chunk.remove(i);
    if (chunk.size == 0) {
      chunks.remove(c);
    } else {
      chunk.measure();
    }
  }
}
