// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.CopyProgress;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationFact.DiskAdvanced;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Receipt;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far the whole copy of a VM is, by its milestones: only to be shown, no step goes by it.
 *
 * @param marks the last milestone per disk device key
 */
public record Copied(Map<Integer, Mark> marks) {
  static final Copied NOTHING = new Copied(Map.of());

  public Copied {
    marks = Collections.unmodifiableMap(new TreeMap<>(marks));
  }

  /**
   * A milestone of a disk; bytes are guest-visible.
   *
   * @param landed whether the disk is copied and what can be proved of it is
   */
  public record Mark(long done, long total, long bytesPerSecond, Instant at, boolean landed) {}

  /** Whether a step copies whole disks; what other rounds copy is a difference. */
  static boolean whole(@Nullable Step step, MigrationSpec spec) {
    return step == Step.SEED || (step == Step.SEAL && spec.way() == Way.COLD);
  }

  Copied advancing(DiskAdvanced f) {
    Mark known = marks.get(f.diskKey());
    return known != null && known.landed()
        ? this
        : with(f.diskKey(), new Mark(f.done(), f.total(), f.bytesPerSecond(), f.at(), false));
  }

  Copied landing(Receipt receipt) {
    long seconds =
        Math.max(1, Duration.between(receipt.startedAt(), receipt.endedAt()).toSeconds());
    return with(
        receipt.diskKey(),
        new Mark(
            receipt.size(), receipt.size(), receipt.size() / seconds, receipt.endedAt(), true));
  }

  private Copied with(int disk, Mark mark) {
    var next = new TreeMap<>(marks);
    next.put(disk, mark);
    return new Copied(next);
  }

  /**
   * What is shown of it.
   *
   * @param copying whether it goes on now
   */
  CopyProgress shown(List<Inventory.Disk> disks, boolean copying, Instant at) {
    long done = 0;
    long total = 0;
    for (Inventory.Disk disk : disks) {
      Mark mark = marks.get(disk.deviceKey());
      done += mark == null ? 0 : mark.done();
      total += mark == null ? disk.capacityBytes() : mark.total();
    }
    long left = total - done;
    long rate = copying && left > 0 ? rate() : 0;
    return new CopyProgress(done, total, rate, rate > 0 ? at.plusSeconds(left / rate) : null);
  }

  /** Of the disks on their way together; before they say how fast, as fast as the last one was. */
  private long rate() {
    long now =
        marks.values().stream()
            .filter(m -> m.done() < m.total())
            .mapToLong(Mark::bytesPerSecond)
            .sum();
    return now > 0
        ? now
        : marks.values().stream()
            .max(Comparator.comparing(Mark::at))
            .map(Mark::bytesPerSecond)
            .orElse(0L);
  }
}
