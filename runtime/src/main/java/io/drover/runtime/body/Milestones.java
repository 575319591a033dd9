// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import io.drover.schemas.DiskProgress;
import io.drover.schemas.MigrationMessage.DiskAdvanced;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks the few reports of progress that a journey is told and keeps for ever: one soon after a
 * disk was begun, then at each quarter, for slow disks every ten minutes, and the one that says
 * that all of it has arrived. Thread safe.
 */
final class Milestones {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration LATE = Duration.ofMinutes(10);
  private static final int QUARTERS = 4;
  private static final int MOST = 10_000;

  /** What is said while the bytes of the source arrive; all else comes after. */
  private static final Set<String> ARRIVING = Set.of("copying", "importing");

  private final Map<String, Mark> marks =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Mark> eldest) {
          return size() > MOST;
        }
      };

  private record Mark(long done, Instant at, boolean told) {}

  /** The milestone that a report is; null for most. */
  synchronized @Nullable DiskAdvanced of(DiskProgress report) {
    if (!ARRIVING.contains(report.what())) {
      return null;
    }
    String disk = report.copy().value() + "#" + report.diskKey();
    Mark last = marks.get(disk);
    if (last == null) {
      marks.put(disk, new Mark(report.done(), report.at(), false));
      return null;
    }
    long more = report.done() - last.done();
    Duration elapsed = Duration.between(last.at(), report.at());
    boolean whole = report.done() >= report.total();
    boolean due =
        elapsed.compareTo(SOON) >= 0
            && (!last.told() || more >= report.total() / QUARTERS || elapsed.compareTo(LATE) >= 0);
    if (more <= 0 || !(whole || due)) {
      return null;
    }
    marks.put(disk, new Mark(report.done(), report.at(), true));
    return new DiskAdvanced(
        report.copy(),
        report.diskKey(),
        report.done(),
        report.total(),
        more / Math.max(1, elapsed.toSeconds()),
        report.at());
  }
}
