// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.Extent;
import io.drover.disk.image.StoppedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Emits encoded extents in guest order, on its own thread, filling the gaps with zeros. The thread
 * is virtual because an interrupt then wakes it from a socket that takes nothing more.
 */
final class Emitter {
  private static final long JOIN_MILLIS = 100;

  private final ForwardSink forward;
  private final long size;
  private final BlockingQueue<Slot> free;
  private final AtomicReference<@Nullable Throwable> failure;
  private final BooleanSupplier stop;
  private final Deque<Slot> queue = new ArrayDeque<>();
  private final Thread thread;
  private boolean ended;
  private long at;

  Emitter(
      ForwardSink forward,
      long size,
      BlockingQueue<Slot> free,
      AtomicReference<@Nullable Throwable> failure,
      BooleanSupplier stop) {
    this.forward = forward;
    this.size = size;
    this.free = free;
    this.failure = failure;
    this.stop = stop;
    thread = Thread.ofVirtual().name("disk-emitter").start(this::run);
  }

  synchronized void add(Slot slot) {
    queue.add(slot);
  }

  synchronized void ready(Slot slot) {
    slot.done = true;
    notifyAll();
    if (failure.get() != null) {
      // The sink is given up: what it blocks on must not hold the run.
      thread.interrupt();
    }
  }

  /** Waits until everything queued was emitted. */
  void end() {
    synchronized (this) {
      ended = true;
      notifyAll();
    }
    if (failure.get() != null) {
      thread.interrupt();
    }
    boolean interrupted = false;
    while (true) {
      try {
        thread.join(JOIN_MILLIS);
        if (!thread.isAlive()) {
          break;
        }
        if (failure.get() == null && stop.getAsBoolean()) {
          failure.compareAndSet(null, new StoppedException("The conversion"));
        }
        if (failure.get() != null) {
          thread.interrupt();
        }
      } catch (InterruptedException e) {
        failure.compareAndSet(null, e);
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized @Nullable Slot head() {
    boolean interrupted = false;
    try {
      while (queue.isEmpty() || !queue.peekFirst().done) {
        if (queue.isEmpty() && ended) {
          return null;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return queue.removeFirst();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run() {
    for (Slot slot = head(); slot != null; slot = head()) {
      try {
        if (failure.get() == null) {
          emit(slot);
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      } finally {
        slot.encoded = null;
        free.add(slot);
      }
    }
    try {
      if (failure.get() == null && at < size) {
        forward.emitZeros(size - at);
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private void emit(Slot slot) throws IOException {
    long start = slot.packed.extent() * Extent.SIZE;
    int length = Extent.length(size, slot.packed.extent());
    @Nullable ByteBuffer encoded = slot.encoded;
    if (encoded == null) {
      // Joined with the zeros that follow.
      return;
    }
    if (start > at) {
      forward.emitZeros(start - at);
    }
    forward.emit(encoded);
    at = start + length;
  }
}
