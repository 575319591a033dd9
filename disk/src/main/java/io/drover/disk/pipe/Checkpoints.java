// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Makes finished extents durable now and then, on a thread of its own so that nobody waits for the
 * disk: takes what is finished, forces the sink, then writes the journal.
 */
final class Checkpoints {
  private final ResumableSink sink;
  private final Journal journal;
  private final Duration every;
  private final AtomicReference<@Nullable Throwable> failure;
  private final Thread thread;
  private List<Journal.Entry> finished = new ArrayList<>();
  private boolean ended;

  Checkpoints(
      ResumableSink sink,
      Journal journal,
      Duration every,
      AtomicReference<@Nullable Throwable> failure) {
    this.sink = sink;
    this.journal = journal;
    this.every = every;
    this.failure = failure;
    thread = Thread.ofPlatform().daemon().name("disk-checkpoints").start(this::run);
  }

  /** Notes an extent that was written. */
  synchronized void finished(Journal.Entry entry) {
    finished.add(entry);
  }

  /** Ends, after a last checkpoint. */
  void end() {
    synchronized (this) {
      ended = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      boolean last;
      do {
        List<Journal.Entry> batch;
        synchronized (this) {
          if (!ended) {
            wait(Math.max(1, every.toMillis()));
          }
          last = ended;
          batch = finished;
          finished = new ArrayList<>();
        }
        checkpoint(batch);
      } while (!last);
    } catch (IOException | InterruptedException | RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void checkpoint(List<Journal.Entry> batch) throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    // Taken before the force: every extent of the batch lies before it.
    long end = sink.end();
    sink.force();
    journal.append(batch, end);
    // Only now is there something to go on with.
    sink.keep();
  }
}
