// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** Lends tools to threads that read a compressed image at random, as many as read at once. */
public final class BenchPool implements AutoCloseable {
  private final ConcurrentLinkedQueue<Bench> idle = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Tools for one piece of work; give them back. */
  public Bench take() {
    Bench bench = idle.poll();
    return bench == null ? new Bench() : bench;
  }

  /** Takes tools back. */
  public void give(Bench bench) {
    idle.add(bench);
    if (closed.get()) {
      close();
    }
  }

  /** Bytes of memory that the tools which are not lent hold. */
  public long bytes() {
    return idle.stream().mapToLong(Bench::bytes).sum();
  }

  @Override
  public void close() {
    closed.set(true);
    for (Bench bench = idle.poll(); bench != null; bench = idle.poll()) {
      bench.close();
    }
  }
}
