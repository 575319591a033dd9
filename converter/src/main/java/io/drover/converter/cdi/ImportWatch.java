// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Follows an import of CDI: reports progress, and gives up on an importer that makes none or that
 * will never find room.
 */
final class ImportWatch {
  private static final Duration STALL = Duration.ofMinutes(30);

  /** How long it may crash again and again: a server that is away comes back meanwhile. */
  private static final Duration CRASHING = Duration.ofMinutes(5);

  /** Crashes without progress between them that are no accident any more. */
  private static final int CRASHES = 5;

  /** Longer between two looks, nobody could ask: what came of it meanwhile is not known. */
  private static final Duration BLIND = Duration.ofMinutes(1);

  private final Inventory.Disk disk;
  private final Attempt attempt;
  private final LongSupplier nanos;
  private double best = -1;
  private int restarts = -1;
  private int restartsAtBest;
  private long bestAt;
  private long since;
  private long looked;
  private String told = "";

  ImportWatch(Inventory.Disk disk, Attempt attempt) {
    this(disk, attempt, System::nanoTime);
  }

  /**
   * @param nanos the time, as {@link System#nanoTime} tells it
   */
  ImportWatch(Inventory.Disk disk, Attempt attempt, LongSupplier nanos) {
    this.disk = disk;
    this.attempt = attempt;
    this.nanos = nanos;
    this.looked = nanos.getAsLong();
  }

  /** The longest that a disk can take at a byte rate nobody would accept. */
  Duration most() {
    return Duration.ofSeconds(disk.capacityBytes() / 1_000_000);
  }

  void at(DataVolume now) {
    long time = nanos.getAsLong();
    if (time - looked > BLIND.toNanos()) {
      // The watch begins anew.
      best = -1;
    }
    looked = time;
    if (now.percent() > best) {
      restartsAtBest = now.restarts();
      bestAt = time;
    }
    boolean moved = now.percent() != best || now.restarts() != restarts;
    if (moved) {
      best = Math.max(best, now.percent());
      restarts = now.restarts();
      since = time;
    }
    if (moved || !doing(now).equals(told)) {
      told = doing(now);
      attempt
          .progress()
          .report(
              Integer.toString(disk.deviceKey()),
              told,
              (long) (disk.capacityBytes() * now.percent() / 100),
              disk.capacityBytes());
    }
    if (restarts > 1 && FullVolume.isSaidIn(now.says())) {
      throw FullVolume.fault(
          "Disk %s does not fit the volume %s/%s: %s."
              .formatted(disk.label(), now.namespace(), now.name(), now.says()));
    }
    boolean tooLong = time - bestAt > CRASHING.toNanos();
    if (tooLong && restarts - restartsAtBest >= CRASHES) {
      throw new CopyFault(
          Problem.Kind.TRANSIENT,
          "import-crashes",
          "CDI's import of disk %s crashed %d times: %s."
              .formatted(disk.label(), restarts, now.says()),
          "See the log of the importer pod of the claim.");
    }
    if (time - since > STALL.toNanos()) {
      Optional<String> refused = now.overQuota();
      if (refused.isPresent()) {
        throw ClusterFaults.overQuota(
            "The claim of disk %s is refused: %s.".formatted(disk.label(), refused.get()));
      }
      throw new CopyFault(
          Problem.Kind.TRANSIENT,
          "import-stalled",
          "CDI's import of disk %s makes no progress at %.1f %%: %s."
              .formatted(disk.label(), best, now.says()),
          "See the log of the importer pod of the claim.");
    }
  }

  /** What people see meanwhile: crashes that may yet end, too. */
  private String doing(DataVolume now) {
    Optional<String> refused = now.overQuota();
    if (refused.isPresent()) {
      return DataVolumes.waiting(refused.get());
    }
    int crashes = now.restarts() - restartsAtBest;
    return crashes > 0
        ? "importing, crashed %d times: %s".formatted(crashes, now.says())
        : "importing";
  }
}
