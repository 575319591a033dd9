// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import java.util.HashSet;
import java.util.TreeSet;

/** Concerns about network cards and where they go. */
final class NetworkConcerns {
  private NetworkConcerns() {}

  static void find(Inventory.Vm vm, Mapping mapping, Target target, Findings found) {
    String model = mapping.compatibility() ? "e1000e" : "virtio";
    int pods = 0;
    var macs = new HashSet<String>();
    for (Inventory.Nic nic : vm.nics()) {
      if (!nic.mac().isBlank() && !macs.add(nic.mac())) {
        found.blocker(
            Rule.MAC_CONFLICT,
            nic.label() + " has the MAC address " + nic.mac() + " of another card of this VM.",
            "Two cards with one address cannot be on a network.",
            "Give one of them another address.");
      }
      if (nic.model().contains("sriov") || nic.model().contains("sr-iov")) {
        MachineConcerns.sriov(nic.label(), found);
      }
      MigrationSpec.TargetNic to = mapping.networks().get(nic.deviceKey());
      if (to == null) {
        found.blocker(
            Rule.NETWORK_NOT_MAPPED,
            nic.label() + " is on " + nic.networkName() + ".",
            "That network is mapped to nothing.",
            "Map " + nic.networkName() + " in the plan, or map '*'.");
        continue;
      }
      boolean pod = to.equals(MigrationSpec.TargetNic.POD);
      pods += pod ? 1 : 0;
      if (!pod && !target.networks().isEmpty() && !target.networks().contains(to.network())) {
        found.blocker(
            Rule.NETWORK_MISSING,
            nic.label() + " is mapped to " + to.network() + ".",
            "The cluster has no such network.",
            "Create the NetworkAttachmentDefinition, or map to one of "
                + String.join(", ", new TreeSet<>(target.networks()))
                + ".");
      }
      if (pod && !nic.ipAddresses().isEmpty()) {
        found.warning(
            Rule.ADDRESS_CHANGES,
            nic.label() + " has " + String.join(", ", nic.ipAddresses()) + ".",
            "On the pod network the guest gets a new address.",
            "Map " + nic.networkName() + " to a localnet network to keep the address.");
      } else if (!nic.ipAddresses().isEmpty() && !nic.model().equals(model)) {
        found.info(
            Rule.NIC_RENAMED,
            nic.label() + " is a " + nic.model() + ", and becomes a " + model + ".",
            "A guest that names its NIC by PCI slot loses a static address when the model changes.",
            "The MAC address is kept; bind the address to the MAC in the guest.");
      }
    }
    if (pods > 1) {
      found.blocker(
          Rule.POD_NETWORK_TWICE,
          pods + " cards are mapped to the pod network.",
          "A VM can be on the pod network once.",
          "Map the others to a secondary network.");
    }
    boolean on = vm.power() == Inventory.Power.ON && vm.guest().toolsRunning();
    if (on
        && !vm.nics().isEmpty()
        && vm.guest().ipAddresses().isEmpty()
        && vm.nics().stream().allMatch(nic -> nic.ipAddresses().isEmpty())) {
      found.warning(
          Rule.ADDRESS_MISSING,
          "The tools run, but report no IP address.",
          "After the cutover nobody can tell whether its address is right.",
          "Check the guest's network and tools.");
    }
  }
}
