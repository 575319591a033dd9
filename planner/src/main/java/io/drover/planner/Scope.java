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
        .filter(
            vm -> request.vcenters().isEmpty() || request.vcenters().contains(vm.vm().vcenter()))
        .filter(vm ->
            request.select().isEmpty()
                || request.select().stream().anyMatch(term -> matches(vm, term)))
        .sorted(Comparator.comparing(Inventory.Vm::name).thenComparing(vm -> vm.vm().toString()))
        .toList();
  }

  private static boolean matches(Inventory.Vm vm, String term) {
    if (term.startsWith("folder:")) {
      return vm.placement().folder().startsWith(term.substring("folder:".length()));
    }
    if (term.startsWith("tag:")) {
      return vm.tags().contains(term.substring("tag:".length()));
    }
    int equals = term.indexOf('=');
    if (equals > 0) {
      return term.substring(equals + 1).equals(vm.attributes().get(term.substring(0, equals)));
    }
    return glob(term, vm.name());
  }

  private static boolean glob(String pattern, String name) {
    String regex = java.util.regex.Pattern.quote(pattern).replace("*", "\\E.*\\Q");
    return name.matches(regex);
  }
}
