// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Durations;
import io.drover.planner.schedule.Resource;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Proposal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether what a standing plan has yet to move still finds the room at the target that it needs.
 */
final class RoomLeft {
  /**
   * A plan may fill its room to the brim, and pods come and go: so much of what is needed may be
   * missing before it is said.
   */
  private static final double TOLERATED = 0.02;

  private RoomLeft() {}

  /**
   * Of what there is too little, by the names of its pools; what nobody sees is not judged, and
   * nothing is while VMs are on their way: until they arrived, a part of each is seen at the target
   * and counted as coming, too.
   */
  static List<String> missing(StandingPlans.Plan plan, InventoryView.Snapshot seen) {
    if (seen.coming().stream().anyMatch(each -> each.volumes() || each.machine())) {
      return List.of();
    }
    Set<String> there =
        seen.entities().stream()
            .filter(Inventory.Vm.class::isInstance)
            .map(vm -> vm.key().toString())
            .collect(Collectors.toSet());
    Map<Inventory.Vm, MigrationSpec.Target> waiting =
        plan.proposal().waves().stream()
            .flatMap(wave -> wave.vms().stream())
            .map(Proposal.Planned::spec)
            .filter(spec -> !plan.taken().contains(spec.vm()))
            .filter(spec -> there.contains(spec.source().key().toString()))
            .collect(Collectors.toMap(MigrationSpec::source, MigrationSpec::target, (a, _) -> a));
    if (waiting.isEmpty()) {
      return List.of();
    }
    var estate = WavePlan.estate(plan.request(), List.copyOf(waiting.keySet()), plan.taken(), seen);
    Site site = estate.site();
    var missing = new ArrayList<String>();
    if (site.memoryGiB() > 0
        && tooMuch(
            waiting.keySet().stream()
                .mapToLong(vm -> (vm.compute().memoryMiB() + 1023) / 1024)
                .sum(),
            site.memoryGiB())) {
      missing.add("memory of the target");
    }
    for (Pool pool : site.pools()) {
      long needed =
          waiting.entrySet().stream()
              .mapToLong(each -> {
                Inventory.Vm vm = each.getKey();
                Usage usage = estate.usage().getOrDefault(vm.vm(), Usage.UNKNOWN);
                return pool.takes(
                    vm,
                    each.getValue().namespace(),
                    each.getValue().storage(),
                    disk -> Durations.heldMiB(vm, usage, disk));
              })
              .sum();
      if (tooMuch(needed, pool.capacity())) {
        missing.add(Resource.bare(pool.name()));
      }
    }
    return missing;
  }

  private static boolean tooMuch(long needed, long free) {
    return needed - free > TOLERATED * needed;
  }
}
