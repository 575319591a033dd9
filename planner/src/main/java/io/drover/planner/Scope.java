// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Inventory;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.VmKey;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Which VMs a request means. */
final class Scope {
  private Scope() {}

  /** The VMs in scope that have not moved, sorted by name. */
  static List<Inventory.Vm> of(PlanRequest request, InventoryView.Snapshot seen) {
    return sorted(vms(seen).filter(request::means).filter(vm -> !moved(vm, seen)));
  }

  /** The VMs in scope that have moved, sorted by name. */
  static List<Inventory.Vm> moved(PlanRequest request, InventoryView.Snapshot seen) {
    return sorted(vms(seen).filter(request::means).filter(vm -> moved(vm, seen)));
  }

  /** All VMs that went: those that have moved, and those of a plan's own started waves. */
  static List<Inventory.Vm> went(Set<VmKey> taken, InventoryView.Snapshot seen) {
    return sorted(vms(seen).filter(vm -> taken.contains(vm.vm()) || moved(vm, seen)));
  }

  /**
   * Whether a VM was committed and its source is as that left it, a template. Who makes a VM of it
   * again may plan it again.
   */
  private static boolean moved(Inventory.Vm vm, InventoryView.Snapshot seen) {
    return vm.template() && seen.moved().containsKey(vm.vm());
  }

  private static Stream<Inventory.Vm> vms(InventoryView.Snapshot seen) {
    return seen.entities().stream()
        .filter(Inventory.Vm.class::isInstance)
        .map(Inventory.Vm.class::cast);
  }

  private static List<Inventory.Vm> sorted(Stream<Inventory.Vm> vms) {
    return vms.sorted(
            Comparator.comparing(Inventory.Vm::name).thenComparing(vm -> vm.vm().toString()))
        .toList();
  }
}
