// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A pool of platform threads that several disks share fairly: each disk has a lane, and a free
 * thread takes the next job from the next lane in turn, so a fast disk never starves a slow one.
 */
public final class Workers implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  // Lanes with jobs waiting, in turn. A lane is in here at most once.
  private final Deque<Lane> turns = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Bench> benches = new CopyOnWriteArrayList<>();
  private boolean closed;

  /**
   * Starts the threads.
   *
   * @param count how many, at least 1; each needs about 9 MiB of native memory once it works
   */
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("Expected at least 1 worker, but " + count);
    }
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofPlatform().daemon().name("disk-worker-" + i).start(this::run));
    }
  }

  /**
   * How many threads can work for one disk within a bound: one a core, or fewer.
   *
   * @param memory bytes, as {@link io.drover.disk.Conversion#memory} takes it
   */
  public static int within(long memory) {
    int count = Runtime.getRuntime().availableProcessors();
    while (count > 1 && least(count) > memory) {
      count--;
    }
    return count;
  }

  /**
   * The least bound within which so many threads can work for one disk: a stream in two pieces, or
   * a compressed file, of which each thread reads by itself.
   *
   * @return bytes
   */
  public static long least(int count) {
    long tools = (long) Packed.ROOM + Extent.SIZE;
    long stream = count * tools + 2 * (tools + Packed.ROOM);
    long file = count * (tools + Packed.ROOM) + 2 * tools;
    return Math.max(stream, file);
  }

  /** Bytes of memory that the buffers of its threads hold. */
  long bytes() {
    return benches.stream().mapToLong(Bench::bytes).sum();
  }

  /** Number of threads. */
  public int count() {
    return threads.size();
  }

  /** A new lane for one disk. Lanes need no closing. */
  Lane lane() {
    return new Lane();
  }

  /** The jobs of one disk. */
  final class Lane {
    private final Deque<Consumer<Bench>> jobs = new ArrayDeque<>();

    /** Queues a job, which must not throw. */
    void submit(Consumer<Bench> job) {
      lock.lock();
      try {
        if (closed) {
          throw new IllegalStateException("The workers are closed");
        }
        jobs.add(job);
        if (jobs.size() == 1) {
          turns.add(this);
        }
        work.signal();
      } finally {
        lock.unlock();
      }
    }
  }

  private void run() {
    try (Bench bench = new Bench()) {
      benches.add(bench);
      for (Consumer<Bench> job = take(); job != null; job = take()) {
        job.accept(bench);
      }
    }
  }

  private @Nullable Consumer<Bench> take() {
    lock.lock();
    try {
      while (turns.isEmpty()) {
        if (closed) {
          return null;
        }
        work.awaitUninterruptibly();
      }
      Lane lane = turns.removeFirst();
      Consumer<Bench> job = lane.jobs.removeFirst();
      if (!lane.jobs.isEmpty()) {
        turns.addLast(lane);
      }
      return job;
    } finally {
      lock.unlock();
    }
  }

  /** Lets queued jobs end, then the threads. Does not wait. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
