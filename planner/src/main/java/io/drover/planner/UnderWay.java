// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.estate.Pool;
import io.drover.planner.estate.TargetRoom;
import io.drover.planner.estate.Usage;
import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Durations;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The room of the target without what VMs under way are still going to take of it: their volumes
 * and pods are not there yet, so no look at the target sees them, and a plan that is made meanwhile
 * would fill the same room again.
 */
final class UnderWay {
  private UnderWay() {}

  /**
   * That of a cluster.
   *
   * @param planned VMs that are planned themselves, and so count there
   */
  static TargetRoom room(InventoryView.Snapshot seen, Set<VmKey> planned) {
    TargetRoom all = TargetRoom.of(seen.entities());
    List<InventoryView.Coming> coming =
        seen.coming().stream()
            .filter(each -> each.volumes() || each.machine())
            .filter(each -> !planned.contains(each.spec().vm()))
            .toList();
    if (coming.isEmpty() || (all.memoryGiB() == 0 && all.pools().isEmpty())) {
      return all;
    }
    var notes = new ArrayList<>(all.notes());
    notes.add(
        Why.count(coming.size(), "VM")
            + (coming.size() == 1 ? " is" : " are")
            + " on the way to the target already: what has not come of them is taken off its"
            + " room.");
    return new TargetRoom(
        all.memoryGiB() == 0 ? 0 : (int) Math.max(1, all.memoryGiB() - memoryGiB(coming)),
        all.pools().stream().map(pool -> pool.less(takes(pool, coming))).toList(),
        notes);
  }

  private static long memoryGiB(Collection<InventoryView.Coming> coming) {
    return coming.stream()
        .filter(InventoryView.Coming::machine)
        .mapToLong(each -> (each.spec().source().compute().memoryMiB() + 1023) / 1024)
        .sum();
  }

  private static long takes(Pool pool, Collection<InventoryView.Coming> coming) {
    return coming.stream()
        .filter(each -> pool.byCopies() ? each.volumes() : each.machine())
        .mapToLong(each -> {
          Inventory.Vm vm = each.spec().source();
          Long used = vm.usedBytes();
          Usage usage = used == null ? Usage.UNKNOWN : new Usage(used, 0, 0, 0);
          return pool.takes(
              vm,
              each.spec().target().namespace(),
              each.spec().target().storage(),
              disk -> Durations.heldMiB(vm, usage, disk));
        })
        .sum();
  }
}
