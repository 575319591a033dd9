// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.storage.DiskLayout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fills an estate: places first, then virtual machines in them. */
public final class EstateBuilder {
  private final LabEstate estate;
  private final Map<String, Integer> placed = new HashMap<>();
  private @Nullable LabDatacenter datacenter;
  private @Nullable LabCluster cluster;

  EstateBuilder(LabEstate estate) {
    this.estate = estate;
  }

  /** A datacenter; what follows is in it. */
  public EstateBuilder datacenter(String name) {
    datacenter = new LabDatacenter(estate, name, estate.root());
    return this;
  }

  /** A cluster of hosts of one kind; what follows is in it. */
  public EstateBuilder cluster(String name, int hosts, int cores, int memoryGib) {
    LabCluster made = new LabCluster(currentDatacenter(), name);
    for (int i = 1; i <= hosts; i++) {
      new LabHost(
          made, String.format(Locale.ROOT, "esx-%s-%02d.corp.example", name, i), cores, memoryGib);
    }
    cluster = made;
    return this;
  }

  /** A datastore that all hosts of the cluster mount. */
  public LabDatastore datastore(String name, int capacityGib) {
    return new LabDatastore(currentCluster(), name, capacityGib);
  }

  /** A port group of standard switches. */
  public LabNetwork network(String name) {
    return new LabNetwork(currentCluster(), name);
  }

  /** A distributed switch. */
  public LabSwitch distributedSwitch(String name) {
    return new LabSwitch(currentCluster(), name);
  }

  /** A port group of a distributed switch. */
  public LabNetwork portgroup(LabSwitch distributed, String name, int vlan) {
    return new LabNetwork(currentCluster(), name, distributed, vlan);
  }

  /** Begins a virtual machine; {@link VmSpec#add()} makes it. */
  public VmSpec vm(String name) {
    return new VmSpec(this, name);
  }

  private LabDatacenter currentDatacenter() {
    if (datacenter == null) {
      throw new IllegalStateException("An estate begins with a datacenter");
    }
    return datacenter;
  }

  private LabCluster currentCluster() {
    if (cluster == null) {
      throw new IllegalStateException("A cluster comes before what is in it");
    }
    return cluster;
  }

  LabVm add(VmSpec spec) {
    return estate.locked(() -> make(spec));
  }

  private LabVm make(VmSpec spec) {
    List<LabHost> hosts = currentCluster().hosts();
    LabHost host =
        spec.host != null
            ? spec.host
            : hosts.get(placed.merge("vm", 1, Integer::sum) % hosts.size());
    LabFolder folder = currentDatacenter().vmFolder();
    for (String part : spec.folder.split("/")) {
      folder = part.isEmpty() ? folder : folder.folder(part);
    }
    LabVm vm = new LabVm(currentDatacenter(), folder, host, spec);
    Set<Integer> taken = new HashSet<>();
    int number = 0;
    for (DiskSpec disk : spec.disks) {
      if (disk.layout == null) {
        disk.layout =
            number > 0
                ? DiskLayout.GPT_DATA
                : !spec.efi
                    ? DiskLayout.MBR_BOOT
                    : spec.os.windows() ? DiskLayout.GPT_WINDOWS : DiskLayout.GPT_LINUX;
      }
      int unit = 0;
      while (!taken.add(disk.controller.diskKey(disk.bus, unit))) {
        unit = disk.controller.usableUnit(unit + 1);
      }
      vm.add(new LabDisk(vm, disk, unit, number++));
    }
    int key = 4000;
    for (VmSpec.NicSpec nic : spec.nics) {
      int serial = estate.nextNumber("mac", 1);
      String mac =
          String.format(
              Locale.ROOT,
              "00:50:56:%02x:%02x:%02x",
              0x80 | (serial >>> 16 & 0x3f),
              serial >>> 8 & 0xff,
              serial & 0xff);
      vm.add(new LabNic(key++, nic.type(), mac, nic.ip(), nic.network()));
    }
    spec.attributes.forEach(
        (attribute, value) -> vm.customValue(estate.customFields().define(attribute), value));
    spec.tags.forEach((category, tag) -> estate.tags().attach(vm, category, tag));
    vm.guest().install();
    if (spec.changeTracking) {
      vm.config().changeTracking(true);
    }
    if (spec.snapshot != null) {
      vm.snapshots().take(spec.snapshot, "Made before the migration was planned", false, false);
    }
    if (spec.template) {
      vm.place(null, host);
      vm.template(true);
    }
    if (spec.poweredOn) {
      vm.power().switchOn("VSPHERE.LOCAL\\Administrator");
    }
    host.changed();
    return vm;
  }
}
