// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A VMFS datastore that all hosts of a cluster mount. */
public final class LabDatastore extends LabEntity {
  private static final Instant SEEN = Instant.parse("2026-01-12T06:30:00Z");

  private final LabCluster cluster;
  private final long capacity;
  private final String vmfsUuid;

  LabDatastore(LabCluster cluster, String name, long capacityGib) {
    super(
        cluster.estate(),
        cluster.estate().newRef("Datastore", "datastore-"),
        name,
        cluster.datacenter().datastoreFolder());
    this.cluster = cluster;
    this.capacity = capacityGib << 30;
    String hex = estate().newUuid().toString().replace("-", "");
    this.vmfsUuid =
        hex.substring(0, 8)
            + "-"
            + hex.substring(8, 16)
            + "-"
            + hex.substring(16, 20)
            + "-"
            + hex.substring(20, 32);
    cluster.datacenter().datastoreFolder().add(this);
    cluster.add(this);
  }

  private List<LabDisk> disks() {
    return estate().vms().stream()
        .flatMap(vm -> vm.disks().stream())
        .filter(disk -> disk.datastore() == this)
        .toList();
  }

  private long free() {
    return Math.max(0, capacity - disks().stream().mapToLong(LabDisk::usedBytes).sum());
  }

  String url() {
    return "ds:///vmfs/volumes/" + vmfsUuid + "/";
  }

  @Override
  List<String> ownProperties() {
    return List.of("info", "summary", "host", "vm", "browser", "capability", "iormConfiguration");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "summary" ->
          VimObject.of("DatastoreSummary")
              .with("datastore", ref())
              .with("name", name())
              .with("url", url())
              .with("capacity", capacity)
              .with("freeSpace", free())
              .with("uncommitted", 0L)
              .with("accessible", true)
              .with("multipleHostAccess", true)
              .with("type", "VMFS")
              .with("maintenanceMode", "normal");
      case "info" -> info();
      case "host" ->
          VimArray.of("DatastoreHostMount", cluster.hosts().stream().map(this::mount).toList());
      case "vm" ->
          VimArray.refs(
              estate().vms().stream()
                  .filter(vm -> vm.disks().stream().anyMatch(disk -> disk.datastore() == this))
                  .map(LabEntity::ref)
                  .toList());
      case "capability" ->
          VimObject.of("DatastoreCapability")
              .with("directoryHierarchySupported", true)
              .with("rawDiskMappingsSupported", true)
              .with("perFileThinProvisioningSupported", true);
      default -> null;
    };
  }

  private VimObject info() {
    return VimObject.sub("VmfsDatastoreInfo")
        .with("name", name())
        .with("url", url())
        .with("freeSpace", free())
        .with("maxFileSize", 70_368_744_177_664L)
        .with("maxVirtualDiskCapacity", 68_169_720_922_112L)
        .with("timestamp", SEEN)
        .with(
            "vmfs",
            VimObject.of("HostVmfsVolume")
                .with("type", "VMFS")
                .with("name", name())
                .with("capacity", capacity)
                .with("blockSizeMb", 1)
                .with("majorVersion", 6)
                .with("version", "6.82")
                .with("uuid", vmfsUuid));
  }

  private VimObject mount(LabHost host) {
    return VimObject.of("DatastoreHostMount")
        .with("key", host.ref())
        .with(
            "mountInfo",
            VimObject.of("HostMountInfo")
                .with("path", "/vmfs/volumes/" + vmfsUuid)
                .with("accessMode", "readWrite")
                .with("mounted", true)
                .with("accessible", true));
  }
}
