// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Concern;
import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a migration of one VM has to reckon with: the concerns that would hurt first. A pure
 * function of the VM, the target it is planned for, and what the cluster offers.
 */
public final class Assessment {
  /** KubeVirt puts SATA disks on one AHCI controller of six ports. */
  static final int SATA_DISKS = 6;

  private final Target target;

  /** What the cluster offers; a set that is empty was not inventoried and is not judged. */
  public record Target(
      java.util.Set<String> storageClasses,
      java.util.Set<String> storageClassesWithSnapshots,
      java.util.Set<String> networks) {
    public Target {
      storageClasses = java.util.Set.copyOf(storageClasses);
      storageClassesWithSnapshots = java.util.Set.copyOf(storageClassesWithSnapshots);
      networks = java.util.Set.copyOf(networks);
    }
  }

  public Assessment(Target target) {
    this.target = target;
  }

  /** Every concern, blockers first. */
  public List<Concern> of(Inventory.Vm vm, MigrationSpec spec, PlanSettings settings) {
    var found = new ArrayList<Concern>();
    identity(vm, found);
    disks(vm, spec, found);
    boot(vm, spec, found);
    networks(vm, spec, found);
    source(vm, spec, settings, found);
    found.sort(java.util.Comparator.comparing(Concern::severity));
    return List.copyOf(found);
  }

  private static void identity(Inventory.Vm vm, List<Concern> found) {
    if (vm.template()) {
      found.add(
          blocker(
              "vm-template",
              "The VM is a template.",
              "A template cannot be powered on or exported as a running VM.",
              "Convert it to a VM first, or leave it out of the plan."));
    }
    if (vm.encrypted()) {
      found.add(
          blocker(
              "vm-encrypted",
              "The VM is encrypted by vSphere.",
              "Its disks cannot be read outside vSphere.",
              "Decrypt it with a storage policy without encryption."));
    }
  }

  private void disks(Inventory.Vm vm, MigrationSpec spec, List<Concern> found) {
    if (vm.disks().isEmpty()) {
      found.add(
          blocker(
              "no-disks",
              "The VM has no disks.",
              "There is nothing to copy and nothing to boot from.",
              "Attach a disk, or leave the VM out of the plan."));
    }
    if (spec.target().compatibility() && vm.disks().size() > SATA_DISKS) {
      found.add(
          blocker(
              "too-many-disks-for-bus",
              vm.disks().size() + " disks.",
              "Compatibility devices use SATA, which takes " + SATA_DISKS + " disks.",
              "Plan it with guest conversion (virtio), or move disks to another VM."));
    }
    for (Inventory.Disk disk : vm.disks()) {
      String name = disk.label() + " (" + disk.path() + ")";
      switch (disk.backing()) {
        case RDM_PHYSICAL, RDM_VIRTUAL ->
            found.add(
                blocker(
                    "disk-rdm",
                    name + " is a raw device mapping.",
                    "Its bytes are on a LUN, not in a VMDK.",
                    "Convert it to a VMDK by Storage vMotion, or map the LUN at the target by hand."));
        case OTHER ->
            found.add(
                blocker(
                    "disk-backing-unknown",
                    name + " has a backing that is not known.",
                    "It cannot be read safely.",
                    "Move it to a flat VMDK by Storage vMotion."));
        case FLAT, SPARSE -> {}
      }
      if (disk.independent()) {
        found.add(
            blocker(
                "disk-independent",
                name + " is independent.",
                "Snapshots leave it out, so no consistent copy can be taken.",
                "Change its mode to dependent while the VM is off."));
      }
      if (disk.shared()) {
        found.add(
            blocker(
                "disk-shared",
                name + " is shared by several VMs.",
                "Another VM may write while it is copied.",
                "Migrate the cluster by its own means, or stop sharing the disk."));
      }
      if (disk.capacityBytes() <= 0) {
        found.add(
            blocker(
                "disk-empty",
                name + " has no capacity.",
                "A volume of 0 bytes cannot be made.",
                "Remove the disk from the VM."));
      }
      String storage = spec.target().storage().get(disk.deviceKey());
      if (!target.storageClasses().isEmpty()
          && storage != null
          && !target.storageClasses().contains(storage)) {
        found.add(
            blocker(
                "storage-class-missing",
                name + " is mapped to storage class " + storage + ".",
                "The cluster has no such storage class.",
                "Map datastore "
                    + disk.datastore()
                    + " to one of "
                    + sorted(target.storageClasses())
                    + "."));
      } else if (!target.storageClasses().isEmpty()
          && storage != null
          && !target.storageClassesWithSnapshots().contains(storage)) {
        found.add(
            new Concern(
                "storage-class-without-snapshots",
                Severity.WARNING,
                "Storage class " + storage + " has no VolumeSnapshotClass of its driver.",
                "Checkpoint C5 needs volume snapshots; a failed guest conversion would cost a recopy.",
                "Install a VolumeSnapshotClass for it, or choose another class.",
                false));
      }
    }
  }

  private static void boot(Inventory.Vm vm, MigrationSpec spec, List<Concern> found) {
    boolean windows = vm.guest().id().toLowerCase(Locale.ROOT).contains("win");
    boolean ide = vm.disks().stream().anyMatch(disk -> disk.controller().equals("ide"));
    if (spec.target().compatibility() && !ide && !windows) {
      found.add(
          new Concern(
              "boot-needs-ahci",
              Severity.WARNING,
              "The guest boots from " + controllers(vm) + " today.",
              "An initramfs built for its present hardware may lack the SATA driver.",
              "Rebuild the initramfs with ahci before the cutover, or plan the VM with guest conversion.",
              false));
    }
    if (vm.boot().tpm()) {
      found.add(
          new Concern(
              "tpm",
              Severity.WARNING,
              "The VM has a virtual TPM.",
              "What the TPM holds (BitLocker keys) cannot be copied.",
              "Suspend BitLocker and keep the recovery key at hand.",
              false));
    }
  }

  private static String controllers(Inventory.Vm vm) {
    return vm.disks().stream()
        .map(Inventory.Disk::controller)
        .distinct()
        .sorted()
        .reduce((a, b) -> a + ", " + b)
        .orElse("no disk");
  }

  private void networks(Inventory.Vm vm, MigrationSpec spec, List<Concern> found) {
    for (Inventory.Nic nic : vm.nics()) {
      MigrationSpec.TargetNic to = spec.target().networks().get(nic.deviceKey());
      if (to == null) {
        found.add(
            blocker(
                "network-not-mapped",
                nic.label() + " is on " + nic.networkName() + ".",
                "That network is mapped to nothing.",
                "Map " + nic.networkName() + " in the plan, or map '*'."));
        continue;
      }
      boolean pod = to.equals(MigrationSpec.TargetNic.POD);
      if (!pod && !target.networks().isEmpty() && !target.networks().contains(to.network())) {
        found.add(
            blocker(
                "network-missing",
                nic.label() + " is mapped to " + to.network() + ".",
                "The cluster has no such network.",
                "Create the NetworkAttachmentDefinition, or map to one of "
                    + sorted(target.networks())
                    + "."));
      }
      if (pod && !nic.ipAddresses().isEmpty()) {
        found.add(
            new Concern(
                "address-changes",
                Severity.WARNING,
                nic.label() + " has " + String.join(", ", nic.ipAddresses()) + ".",
                "On the pod network the guest gets a new address.",
                "Map " + nic.networkName() + " to a localnet network to keep the address.",
                false));
      } else if (!nic.ipAddresses().isEmpty() && !nic.model().equals("e1000e")) {
        found.add(
            new Concern(
                "nic-renamed",
                Severity.INFO,
                nic.label() + " is a " + nic.model() + ".",
                "A guest that names its NIC by PCI slot loses a static address when the model changes.",
                "The MAC address is kept; bind the address to the MAC in the guest.",
                false));
      }
    }
  }

  private static void source(
      Inventory.Vm vm, MigrationSpec spec, PlanSettings settings, List<Concern> found) {
    if (!vm.snapshots().isEmpty()) {
      found.add(
          new Concern(
              "snapshots-present",
              spec.way() == Way.WARM ? Severity.BLOCKER : Severity.WARNING,
              vm.snapshots().size()
                  + " snapshot(s), the first is '"
                  + vm.snapshots().getFirst().name()
                  + "'.",
              spec.way() == Way.WARM
                  ? "A warm copy beside foreign snapshots is not safe."
                  : "Only the present state is migrated; the snapshots stay at the source.",
              "Delete the snapshots, or accept that they are left behind.",
              false));
    }
    if (spec.way() == Way.WARM && !vm.changeTracking().enabled()) {
      found.add(
          new Concern(
              "change-tracking-off",
              vm.changeTracking().supported() ? Severity.INFO : Severity.BLOCKER,
              "Changed block tracking is off.",
              "A warm copy needs to know what changed.",
              vm.changeTracking().supported() ? "Drover enables it." : "Plan the VM cold.",
              vm.changeTracking().supported()));
    }
    if (spec.way() == Way.WARM && spec.transfer() == Transfer.STREAM) {
      found.add(
          blocker(
              "warm-needs-vddk",
              "Warm, by stream.",
              "An export lease brings whole disks only.",
              "Choose the vddk transfer, or plan it cold."));
    }
    if (vm.power() == Inventory.Power.SUSPENDED) {
      found.add(
          blocker(
              "vm-suspended",
              "The VM is suspended.",
              "Its memory cannot be migrated.",
              "Resume it and shut it down."));
    }
    if (vm.power() == Inventory.Power.ON && !vm.guest().toolsRunning()) {
      found.add(
          new Concern(
              "tools-not-running",
              settings.hardPowerOff() ? Severity.WARNING : Severity.BLOCKER,
              "VMware Tools do not answer.",
              "The guest cannot be asked to shut down.",
              settings.hardPowerOff()
                  ? "It is powered off hard after the grace; shut it down by hand for a clean file system."
                  : "Start the tools, or allow the hard power-off in the plan.",
              settings.hardPowerOff()));
    }
    for (String device : vm.otherDevices()) {
      found.add(
          new Concern(
              "device-left-behind",
              Severity.WARNING,
              device + ".",
              "The target has no such device.",
              "Make sure that the guest does not need it.",
              false));
    }
  }

  private static Concern blocker(String id, String observed, String why, String remedy) {
    return new Concern(id, Severity.BLOCKER, observed, why, remedy, false);
  }

  private static String sorted(java.util.Set<String> names) {
    return String.join(", ", new java.util.TreeSet<>(names));
  }
}
