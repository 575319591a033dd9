// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.engine.Order;
import io.drover.engine.Progress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Where the progress of a brain's hands goes; lossy. Called on the hands' threads. */
@FunctionalInterface
public interface ProgressSink<E> {
  /** Takes one report; bytes as in {@link Progress#report}. */
  void report(Order<E> order, String subject, String what, long done, long total);

  /** Tells nobody. */
  static <E> ProgressSink<E> none() {
    return (order, subject, what, done, total) -> {};
  }

  /** At most one report a second per subject and activity, but always the last. */
  static <E> Progress throttled(Order<E> order, ProgressSink<E> sink) {
    Map<String, Long> last = new ConcurrentHashMap<>();
    return (subject, what, done, total) -> {
      long now = System.nanoTime();
      @Nullable Long before = last.get(subject + " " + what);
      if (before == null || done >= total || now - before >= TimeUnit.SECONDS.toNanos(1)) {
        last.put(subject + " " + what, now);
        sink.report(order, subject, what, done, total);
      }
    };
  }
}
