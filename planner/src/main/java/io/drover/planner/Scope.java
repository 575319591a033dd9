// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Inventory;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.VmKey;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Which VMs a request means. */
final class Scope {
  private Scope() {}

  /** The VMs in scope that went in no plan yet, sorted by name. */
  static List<Inventory.Vm> of(PlanRequest request, InventoryView.Snapshot seen) {
    Map<VmKey, String> went = went(seen);
    return sorted(vms(seen).filter(request::means).filter(vm -> !went.containsKey(vm.vm())));
  }

  /** The VMs in scope that went in whichever plan, sorted by name. */
  static List<Inventory.Vm> gone(PlanRequest request, InventoryView.Snapshot seen) {
    Map<VmKey, String> went = went(seen);
    return sorted(vms(seen).filter(request::means).filter(vm -> went.containsKey(vm.vm())));
  }

  /** All VMs that went, those of a plan's own started waves among them. */
  static List<Inventory.Vm> gone(Set<VmKey> taken, InventoryView.Snapshot seen) {
    Map<VmKey, String> went = went(seen);
    return sorted(vms(seen).filter(vm -> taken.contains(vm.vm()) || went.containsKey(vm.vm())));
  }

  /**
   * What went, in words: what is on its way, and what was committed and whose source is as that
   * left it, a template. Who makes a VM of it again may plan it again.
   */
  static Map<VmKey, String> went(InventoryView.Snapshot seen) {
    var went = new HashMap<VmKey, String>();
    vms(seen)
        .filter(vm -> vm.template() && seen.moved().containsKey(vm.vm()))
        .forEach(
            vm -> went.put(vm.vm(), "has moved already, in wave " + seen.moved().get(vm.vm())));
    seen.coming()
        .forEach(each ->
            went.put(each.spec().vm(), "is on its way already, in wave " + each.spec().wave()));
    return went;
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
