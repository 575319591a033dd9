// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Mapping;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Durations;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import org.jspecify.annotations.Nullable;

/**
 * What the copy of one disk takes of the target's room for as long as it goes, beside the volume.
 *
 * @param mapping of the VM
 * @param scratch the storage class of its scratch volume, empty if that is not said; null = it has
 *     none
 * @param written whether CDI writes to that volume
 */
record CopyNeed(
    Inventory.Vm vm,
    Inventory.Disk disk,
    Mapping mapping,
    @Nullable String scratch,
    boolean written,
    Pod pod) {

  /** What the pod asks for that writes the volume. */
  enum Pod {
    /** What CDI's {@code podResourceRequirements} are unless somebody says otherwise. */
    OF_CDI(100, 58, 573),
    /** Our own, in place of one of CDI's. */
    WORKER(100, 256, 768);

    private final int millis;
    private final int mib;
    private final int limitMib;

    Pod(int millis, int mib, int limitMib) {
      this.millis = millis;
      this.mib = mib;
      this.limitMib = limitMib;
    }

    int mib() {
      return mib;
    }
  }

  /** So much of a pool, in its unit. */
  long of(Pool pool, Usage usage) {
    if (!pool.namespace().isEmpty() && !pool.namespace().equals(mapping.namespace())) {
      return 0;
    }
    return switch (pool.what()) {
      case MEMORY -> pod.mib;
      case MEMORY_LIMIT -> pod.limitMib;
      case CPU -> pod.millis;
      case HELD -> written ? ofScratch(pool, usage) : 0;
      case STORAGE, CLAIMS -> ofScratch(pool, usage);
      case MACHINES -> 0;
    };
  }

  private long ofScratch(Pool pool, Usage usage) {
    return scratch == null
        ? 0
        : pool.takes(disk, scratch, each -> Durations.heldMiB(vm, usage, each));
  }

  VmKey key() {
    return vm.vm();
  }
}
