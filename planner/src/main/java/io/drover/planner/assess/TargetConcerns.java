// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.planner.estate.Quantity;
import io.drover.schemas.Concern;
import io.drover.schemas.Inventory;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Concerns about room at the target: nodes, CPU models, quotas. */
final class TargetConcerns {
  private static final long MIB = 1 << 20;

  private TargetConcerns() {}

  static void find(
      Inventory.Vm vm, Mapping mapping, @Nullable String asked, Target target, Findings found) {
    name(vm, asked, found);
    nodes(vm, target, found);
    for (Inventory.Quota quota : target.quotas()) {
      if (quota.namespace().equals(mapping.namespace())) {
        quota(vm, quota, found);
      }
    }
  }

  /** A name that a person chose is taken as it is or not at all. */
  private static void name(Inventory.Vm vm, @Nullable String asked, Findings found) {
    String nearest = TargetName.nearest(asked == null ? vm.name() : asked);
    String why =
        "Kubernetes carries lower-case letters, digits and '-' inside, and volumes and Jobs that"
            + " are named after it leave room for "
            + TargetName.LONGEST
            + " characters.";
    if (asked != null && !asked.equals(nearest)) {
      found.blocker(
          Rule.NAME_NOT_POSSIBLE,
          "Its override calls it " + shown(asked) + " at the target.",
          why,
          "Choose a name like '" + nearest + "'.");
    } else if (asked == null && !vm.name().equals(nearest)) {
      found.handled(
          Rule.NAME_CHANGES,
          Concern.Severity.INFO,
          "It is called " + shown(vm.name()) + ".",
          why,
          "Nothing: it becomes '"
              + nearest
              + "', and an annotation keeps the old name. An override can choose another.");
    }
  }

  private static String shown(String name) {
    return name.length() <= 80
        ? "'" + name + "'"
        : "'" + name.substring(0, 77) + "…' (" + name.length() + " characters)";
  }

  private static void nodes(Inventory.Vm vm, Target target, Findings found) {
    if (target.nodes().isEmpty()) {
      return;
    }
    List<Inventory.Node> hosts = target.hosts();
    if (hosts.isEmpty()) {
      found.blocker(
          Rule.NO_NODE_RUNS_GUESTS,
          "None of " + target.nodes().size() + " nodes is schedulable and has KVM.",
          "No guest can start.",
          "Enable virtualization in the firmware of the nodes, or uncordon them.");
      return;
    }
    long memory = vm.compute().memoryMiB() * MIB;
    long largest = hosts.stream().mapToLong(Inventory.Node::memoryBytes).max().orElse(0);
    // The launcher pod itself takes a few per cent beside the guest's memory.
    if (memory + memory / 20 > largest) {
      found.blocker(
          Rule.LARGER_THAN_ANY_NODE,
          vm.compute().memoryMiB() + " MiB of memory.",
          "The largest node has " + largest / MIB + " MiB.",
          "Make the VM smaller, or add a larger node.");
    }
    long cores = hosts.stream().mapToLong(Inventory.Node::cpuMillis).max().orElse(0) / 1000;
    if (cores > 0 && vm.compute().cpus() > cores) {
      found.warning(
          Rule.MORE_CPUS_THAN_ANY_NODE,
          vm.compute().cpus() + " CPUs.",
          "The largest node has " + cores + ".",
          "It runs, but never faster than " + cores + " CPUs; make it smaller.");
    }
    if (hosts.size() > 1) {
      var common = new HashSet<>(hosts.getFirst().cpuModels());
      hosts.forEach(node -> common.retainAll(new HashSet<>(node.cpuModels())));
      if (common.isEmpty() && hosts.stream().noneMatch(node -> node.cpuModels().isEmpty())) {
        found.warning(
            Rule.CPU_MODELS_DIFFER,
            "The nodes have no CPU model in common.",
            "A guest cannot be live-migrated between nodes whose CPUs differ.",
            "Set a default CPU model that every node offers.");
      }
    }
  }

  private static void quota(Inventory.Vm vm, Inventory.Quota quota, Findings found) {
    check(quota, "requests.memory", vm.compute().memoryMiB() * MIB, found);
    check(quota, "limits.memory", vm.compute().memoryMiB() * MIB, found);
    check(quota, "requests.storage", vm.capacityBytes(), found);
    check(quota, "persistentvolumeclaims", vm.disks().size(), found);
  }

  private static void check(Inventory.Quota quota, String what, long wanted, Findings found) {
    String hard = quota.hard().get(what);
    if (hard == null) {
      return;
    }
    double left = Quantity.number(hard) - Quantity.number(quota.used().getOrDefault(what, "0"));
    if (wanted > left) {
      found.blocker(
          Rule.QUOTA_EXCEEDED,
          "Quota "
              + quota.name()
              + " of "
              + quota.namespace()
              + " has "
              + amount(what, Math.max(0, left))
              + " of "
              + what
              + " left.",
          "The VM alone needs " + amount(what, wanted) + ".",
          "Raise the quota, or plan the VM into another namespace.");
    }
  }

  /** As people read it: claims by their number, room in MiB. */
  private static String amount(String what, double number) {
    return what.equals("persistentvolumeclaims")
        ? Long.toString((long) number)
        : String.format(Locale.ROOT, "%.0f MiB", number / MIB);
  }
}
