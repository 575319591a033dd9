// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import io.drover.lab.cluster.control.faults.Fault;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The importer processes of the lab: bytes on their way into volumes, each on a thread of its own.
 */
final class Transfers implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Transfers.class);

  private final Map<String, Transfer> all = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lab-importer-", 0).factory());

  /** What a transfer does; it reports as it goes and stops when its thread is interrupted. */
  interface Work {
    void run(Progress progress) throws Exception;
  }

  enum State {
    RUNNING,
    DONE,
    FAILED
  }

  /** How far a transfer came; also the place where a crash can be played. */
  static final class Progress {
    private final Optional<Fault> crash;
    private volatile long moved;
    private volatile long total;

    Progress(Optional<Fault> crash) {
      this.crash = crash;
    }

    void expect(long bytes) {
      total = bytes;
    }

    void moved(long bytes) throws IOException, InterruptedException {
      moved = bytes;
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException("stopped");
      }
      if (crash.isPresent() && bytes >= crash.get().afterBytes()) {
        throw new IOException(
            crash.get().message().isEmpty()
                ? "the importer was killed (exit code 137)"
                : crash.get().message());
      }
    }

    double percent() {
      return total <= 0 ? 0 : Math.min(100.0, 100.0 * moved / total);
    }
  }

  /** One importer process. */
  static final class Transfer {
    private final Progress progress;
    private int restarts;
    private volatile State state = State.RUNNING;
    private volatile String message = "";
    private volatile Optional<Future<?>> future = Optional.empty();

    Transfer(Progress progress) {
      this.progress = progress;
    }

    State state() {
      return state;
    }

    String message() {
      return message;
    }

    double percent() {
      return progress.percent();
    }

    /** The restart count after this transfer's crash, counted once however often it is asked. */
    synchronized int crash(int restartsBefore) {
      if (restarts == 0) {
        restarts = restartsBefore + 1;
      }
      return restarts;
    }
  }

  Optional<Transfer> get(String id) {
    return Optional.ofNullable(all.get(id));
  }

  void start(String id, Optional<Fault> crash, Work work, Runnable ended) {
    Transfer transfer = new Transfer(new Progress(crash));
    if (all.putIfAbsent(id, transfer) != null) {
      return;
    }
    transfer.future =
        Optional.of(
            threads.submit(() -> {
              try {
                work.run(transfer.progress);
                transfer.state = State.DONE;
              } catch (InterruptedException e) {
                transfer.message = "stopped";
                transfer.state = State.FAILED;
              } catch (Exception e) {
                LOG.info("importer {} failed: {}", id, e.toString());
                transfer.message = e.getMessage() == null ? e.toString() : e.getMessage();
                transfer.state = State.FAILED;
              }
              ended.run();
            }));
  }

  /** Forgets an ended transfer, or stops a running one. */
  void remove(String id) {
    Transfer transfer = all.remove(id);
    if (transfer != null) {
      transfer.future.ifPresent(f -> f.cancel(true));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
