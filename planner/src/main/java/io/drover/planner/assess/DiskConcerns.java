// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import java.util.TreeMap;
import java.util.TreeSet;

/** Concerns about disks and where they go. */
final class DiskConcerns {
  /** KubeVirt puts SATA disks on one AHCI controller of six ports. */
  static final int SATA_DISKS = 6;

  /** More disks than this were never tried by anybody. */
  static final int MOST_DISKS = 165;

  private DiskConcerns() {}

  static void find(Inventory.Vm vm, Mapping mapping, Target target, Findings found) {
    if (vm.disks().isEmpty()) {
      found.blocker(
          Rule.NO_DISKS,
          "The VM has no disks.",
          "There is nothing to copy and nothing to boot from.",
          "Attach a disk, or leave the VM out of the plan.");
    }
    if (mapping.compatibility() && vm.disks().size() > SATA_DISKS) {
      found.blocker(
          Rule.TOO_MANY_DISKS_FOR_BUS,
          vm.disks().size() + " disks.",
          "Compatibility devices use SATA, which takes " + SATA_DISKS + " disks.",
          "Plan it with guest conversion (virtio), or move disks to another VM.");
    }
    if (vm.disks().size() > MOST_DISKS) {
      found.warning(
          Rule.TOO_MANY_DISKS,
          vm.disks().size() + " disks.",
          "More than " + MOST_DISKS + " volumes of one VM are beyond what was tried.",
          "Merge disks, or try a test migration first.");
    }
    if (MachineConcerns.said(vm, "EnableUUID")
        && vm.disks().stream().anyMatch(disk -> !disk.controller().equals("nvme"))) {
      found.info(
          Rule.DISK_SERIAL_TRUNCATED,
          "The guest sees serial numbers of its disks (disk.EnableUUID).",
          "Serial numbers of more than 20 characters are cut at the target.",
          "Use file system labels or UUIDs in the guest instead of serial numbers.");
    }
    var classes = new TreeSet<String>();
    for (Inventory.Disk disk : vm.disks()) {
      disk(disk, found);
      String storage = mapping.storage().get(disk.deviceKey());
      if (storage == null) {
        if (!target.storageClasses().isEmpty()
            && target.storageClasses().values().stream()
                .noneMatch(c -> c.isDefault() || c.isVirtDefault())) {
          found.blocker(
              Rule.STORAGE_NOT_MAPPED,
              name(disk) + " is on datastore " + disk.datastore() + ".",
              "That datastore is mapped to nothing, and the cluster has no default storage class.",
              "Map " + disk.datastore() + " in the plan, or map '*'.");
        }
      } else if (!target.storageClasses().isEmpty()
          && !target.storageClasses().containsKey(storage)) {
        found.blocker(
            Rule.STORAGE_CLASS_MISSING,
            name(disk) + " is mapped to storage class " + storage + ".",
            "The cluster has no such storage class.",
            "Map datastore "
                + disk.datastore()
                + " to one of "
                + String.join(", ", new TreeMap<>(target.storageClasses()).keySet())
                + ".");
      } else if (!target.storageClasses().isEmpty()) {
        classes.add(storage);
      }
    }
    classes.forEach(name -> storage(target.storageClasses().get(name), found));
  }

  private static String name(Inventory.Disk disk) {
    return disk.label() + " (" + disk.path() + ")";
  }

  private static void disk(Inventory.Disk disk, Findings found) {
    switch (disk.backing()) {
      case RDM_PHYSICAL, RDM_VIRTUAL ->
          found.blocker(
              Rule.DISK_RDM,
              name(disk) + " is a raw device mapping.",
              "Its bytes are on a LUN, not in a VMDK.",
              "Convert it to a VMDK by Storage vMotion, or map the LUN at the target by hand.");
      case OTHER ->
          found.blocker(
              Rule.DISK_BACKING_UNKNOWN,
              name(disk) + " has a backing that is not known.",
              "It cannot be read safely.",
              "Move it to a flat VMDK by Storage vMotion.");
      case FLAT, SPARSE -> {}
    }
    if (disk.datastore().isBlank()) {
      found.blocker(
          Rule.DATASTORE_MISSING,
          disk.label() + " is on no datastore.",
          "Its file cannot be found, or the datastore is not reachable.",
          "Repair the datastore or remove the disk.");
    }
    if (disk.independent()) {
      found.blocker(
          Rule.DISK_INDEPENDENT,
          name(disk) + " is independent.",
          "Snapshots leave it out, so no consistent copy can be taken.",
          "Change its mode to dependent while the VM is off.");
    }
    if (disk.shared()) {
      found.blocker(
          Rule.DISK_SHARED,
          name(disk) + " is shared by several VMs.",
          "Another VM may write while it is copied.",
          "Migrate the cluster by its own means, or stop sharing the disk.");
    }
    if (disk.capacityBytes() <= 0) {
      found.blocker(
          Rule.DISK_EMPTY,
          name(disk) + " has a capacity of " + disk.capacityBytes() + " bytes.",
          "A volume of 0 bytes cannot be made.",
          "Remove the disk from the VM.");
    } else if (disk.capacityBytes() % (1 << 20) != 0) {
      found.handled(
          Rule.DISK_ROUNDED,
          Severity.INFO,
          name(disk) + " is not a whole number of MiB.",
          "Volumes are made in whole MiB.",
          "The volume is rounded up; the guest sees the disk a little larger.");
    }
  }

  private static void storage(
      Inventory.@org.jspecify.annotations.Nullable StorageClass storage, Findings found) {
    if (storage == null) {
      return;
    }
    if (storage.snapshotClass() == null) {
      found.warning(
          Rule.STORAGE_CLASS_WITHOUT_SNAPSHOTS,
          "Storage class " + storage.name() + " has no VolumeSnapshotClass of its driver.",
          "Checkpoint C5 needs volume snapshots; a failed guest conversion would cost a recopy.",
          "Install a VolumeSnapshotClass for it, or choose another class.");
    }
    if (!storage.modes().isEmpty()) {
      if (storage.modes().stream().noneMatch(mode -> mode.startsWith("ReadWriteMany"))) {
        found.warning(
            Rule.STORAGE_CLASS_NOT_SHARED,
            "Storage class "
                + storage.name()
                + " offers "
                + String.join(", ", storage.modes())
                + ".",
            "Without ReadWriteMany the VM cannot be live-migrated between nodes.",
            "Choose a class with ReadWriteMany, best in Block mode.");
      } else if (storage.modes().stream().noneMatch(mode -> mode.endsWith("/Block"))) {
        found.info(
            Rule.STORAGE_CLASS_FILE_MODE,
            "Storage class " + storage.name() + " offers file systems only.",
            "A file on a file system is slower than a block volume, and takes a little more space.",
            "Choose a class with Block mode if there is one.");
      }
    }
  }
}
