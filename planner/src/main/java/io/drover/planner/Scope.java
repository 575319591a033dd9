// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Inventory;
import io.drover.schemas.PlanMessage.PlanRequest;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Which VMs a request means. */
final class Scope {
  private Scope() {}

  /** The VMs in scope, sorted by name. */
  static List<Inventory.Vm> of(PlanRequest request, Collection<Inventory> entities) {
    return entities.stream()
        .filter(Inventory.Vm.class::isInstance)
        .map(Inventory.Vm.class::cast)
        .filter(request::means)
        .sorted(Comparator.comparing(Inventory.Vm::name).thenComparing(vm -> vm.vm().toString()))
        .toList();
  }
}
