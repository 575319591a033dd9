// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.vsphere;

import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import io.drover.vsphere.ClusterFacts;
import io.drover.vsphere.DatastoreFacts;
import io.drover.vsphere.HostFacts;
import io.drover.vsphere.InventoryView;
import io.drover.vsphere.Moref;
import io.drover.vsphere.NetworkFacts;
import io.drover.vsphere.PowerState;
import io.drover.vsphere.SnapshotNode;
import io.drover.vsphere.Tags;
import io.drover.vsphere.VmFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says in our words what vCenter said in its own. */
final class Translation {
  /** Devices that a migration leaves behind; a CD-ROM only while a medium is connected. */
  private static final Set<VmFacts.Device.Kind> LEFT_BEHIND =
      Set.of(
          VmFacts.Device.Kind.PCI_PASSTHROUGH,
          VmFacts.Device.Kind.USB,
          VmFacts.Device.Kind.SERIAL,
          VmFacts.Device.Kind.PARALLEL,
          VmFacts.Device.Kind.SCSI_PASSTHROUGH,
          VmFacts.Device.Kind.NVDIMM,
          VmFacts.Device.Kind.SOUND,
          VmFacts.Device.Kind.WATCHDOG,
          VmFacts.Device.Kind.PRECISION_CLOCK);

  private final String site;
  private final Map<Moref, List<Tags.Tag>> tags;

  /**
   * @param site instance UUID of the vCenter
   * @param tags what people put on objects
   */
  Translation(String site, Map<Moref, List<Tags.Tag>> tags) {
    this.site = site;
    this.tags = tags;
  }

  String site() {
    return site;
  }

  /**
   * Everything the view shows. VMs without an instance UUID (inaccessible ones) are passed over.
   */
  List<Inventory> everything(InventoryView view) {
    var all = new ArrayList<Inventory>();
    view.hosts().forEach(host -> all.add(host(host)));
    view.clusters().forEach(cluster -> all.add(cluster(cluster, view)));
    view.datastores().forEach(datastore -> all.add(datastore(datastore)));
    view.networks().forEach(network -> all.add(network(network)));
    var remarks = new Remarks(view);
    view.vms().forEach(vm -> vm(vm, remarks).ifPresent(all::add));
    return all;
  }

  /**
   * One object, if it is of a kind that we inventory.
   *
   * @param remarks of the same view
   */
  Optional<Inventory> of(Moref moref, InventoryView view, Remarks remarks) {
    return switch (moref.type()) {
      case "VirtualMachine" -> view.vm(moref).flatMap(vm -> vm(vm, remarks));
      case "HostSystem" -> view.host(moref).map(this::host);
      case "ComputeResource", "ClusterComputeResource" ->
          view.cluster(moref).map(c -> cluster(c, view));
      case "Datastore" -> view.datastore(moref).map(this::datastore);
      case "Network", "DistributedVirtualPortgroup", "OpaqueNetwork" ->
          view.network(moref).map(this::network);
      default -> Optional.empty();
    };
  }

  private Inventory host(HostFacts h) {
    return new Inventory.Host(
        site,
        h.moref().id(),
        h.name(),
        h.clusterName(),
        h.version(),
        h.hardware().cpuModel(),
        h.hardware().cores(),
        h.hardware().mhz(),
        h.hardware().memoryBytes() >> 20,
        h.connectionState().equals("connected"),
        h.maintenance());
  }

  private Inventory cluster(ClusterFacts c, InventoryView view) {
    return new Inventory.Cluster(site, c.moref().id(), c.name(), datacenter(c.moref(), view));
  }

  private static String datacenter(Moref of, InventoryView view) {
    Optional<Moref> above = Optional.of(of);
    while (above.isPresent() && !above.get().type().equals("Datacenter")) {
      above = view.parent(above.get());
    }
    return above.map(view::name).orElse("");
  }

  private Inventory datastore(DatastoreFacts d) {
    return new Inventory.Datastore(
        site, d.moref().id(), d.name(), d.type(), d.capacityBytes(), d.freeBytes(), d.accessible());
  }

  private Inventory network(NetworkFacts n) {
    return new Inventory.Network(
        site,
        n.moref().id(),
        n.name(),
        n.kind().name().toLowerCase(Locale.ROOT),
        n.vlan().isEmpty() ? null : n.vlan());
  }

  private Optional<Inventory> vm(VmFacts v, Remarks remarks) {
    if (v.identity().instanceUuid().isBlank()) {
      return Optional.empty();
    }
    return Optional.of(
        new Inventory.Vm(
            new VmKey(site, v.identity().instanceUuid()),
            new Inventory.Placement(
                v.moref().id(),
                v.placement().datacenter(),
                v.placement().folderPath(),
                v.placement().clusterName(),
                v.placement().host().map(Moref::id).orElse(""),
                v.placement().hostName(),
                v.placement().resourcePool().map(Moref::id).orElse("")),
            v.name(),
            power(v.runtime().powerState()),
            v.identity().template(),
            new Inventory.Compute(
                v.hardware().cpus(),
                v.hardware().coresPerSocket(),
                v.hardware().memoryMib(),
                v.hardware().hotPlug().cpuAdd(),
                v.hardware().hotPlug().memoryAdd()),
            new Inventory.Boot(
                v.hardware().boot().firmware().equals("efi")
                    ? Inventory.Firmware.EFI
                    : Inventory.Firmware.BIOS,
                v.hardware().boot().secureBoot(),
                v.hardware().tpm(),
                v.identity().biosUuid()),
            new Inventory.Guest(
                v.guest().guestId(),
                v.guest().fullName(),
                v.guest().hostName().isBlank() ? null : v.guest().hostName(),
                v.guest().toolsRunning(),
                v.guest().ipAddress().isBlank() ? List.of() : List.of(v.guest().ipAddress()),
                v.guest().freeBytes().keySet().stream().sorted().toList()),
            v.disks().stream().map(disk -> disk(disk, v.storage())).toList(),
            v.nics().stream().map(Translation::nic).toList(),
            v.snapshots().stream().flatMap(SnapshotNode::walk).map(Translation::snapshot).toList(),
            new Inventory.ChangeTracking(v.tracking().supported(), v.tracking().enabled()),
            v.identity().changeVersion(),
            v.hardware().encryption().encrypted()
                || v.disks().stream().anyMatch(VmFacts.Disk::encrypted),
            v.hardware().devices().stream()
                .filter(d -> LEFT_BEHIND.contains(d.kind()))
                .map(d -> d.label() + " (" + d.vimType() + ")")
                .toList(),
            remarks.of(v),
            tags.getOrDefault(v.moref(), List.of()).stream()
                .map(Tags.Tag::toString)
                .sorted()
                .toList(),
            used(v)));
  }

  /** Of its disks if that is known; else of all its files, with logs and swap among them. */
  private static @Nullable Long used(VmFacts v) {
    long capacity = v.disks().stream().mapToLong(VmFacts.Disk::capacityBytes).sum();
    Map<Integer, Long> disks = v.storage().diskBytes();
    if (v.disks().stream().allMatch(disk -> disks.containsKey(disk.deviceKey()))) {
      return v.disks().stream()
          .mapToLong(disk -> used(disks.getOrDefault(disk.deviceKey(), 0L), disk.capacityBytes()))
          .sum();
    }
    return v.storage().committedBytes() > 0
        ? Long.valueOf(used(v.storage().committedBytes(), capacity))
        : null;
  }

  /** In steps of a 64th of what there is: else every file written would be a fact. */
  private static long used(long bytes, long capacity) {
    long step = Math.max(1 << 20, capacity / 64);
    return Math.min(capacity, (bytes + step - 1) / step * step);
  }

  private static Inventory.Power power(PowerState state) {
    return switch (state) {
      case ON, UNKNOWN -> Inventory.Power.ON;
      case OFF -> Inventory.Power.OFF;
      case SUSPENDED -> Inventory.Power.SUSPENDED;
    };
  }

  private static Inventory.Disk disk(VmFacts.Disk d, VmFacts.Storage storage) {
    Long used = storage.diskBytes().get(d.deviceKey());
    return new Inventory.Disk(
        d.deviceKey(),
        d.label(),
        d.capacityBytes(),
        d.datastoreName(),
        d.file(),
        d.uuid().isBlank() ? null : d.uuid(),
        switch (d.backing()) {
          case FLAT -> Inventory.Backing.FLAT;
          case SPARSE, SE_SPARSE -> Inventory.Backing.SPARSE;
          case RDM_PHYSICAL -> Inventory.Backing.RDM_PHYSICAL;
          case RDM_VIRTUAL -> Inventory.Backing.RDM_VIRTUAL;
          case PMEM, OTHER -> Inventory.Backing.OTHER;
        },
        d.slot().bus().name().toLowerCase(Locale.ROOT).replace("_", ""),
        d.slot().busNumber(),
        d.slot().unit(),
        d.independent(),
        d.shared(),
        d.thin(),
        d.changeId().isBlank() ? null : d.changeId(),
        used == null ? null : Long.valueOf(used(used, d.capacityBytes())));
  }

  private static Inventory.Nic nic(VmFacts.Nic n) {
    return new Inventory.Nic(
        n.deviceKey(),
        n.label(),
        n.model().toLowerCase(Locale.ROOT),
        n.mac(),
        n.network().map(Moref::id).orElse(""),
        n.networkName(),
        n.connected(),
        n.startConnected(),
        n.ipAddresses());
  }

  private static Inventory.Snapshot snapshot(SnapshotNode s) {
    return new Inventory.Snapshot(s.moref().id(), s.name(), s.description());
  }
}
