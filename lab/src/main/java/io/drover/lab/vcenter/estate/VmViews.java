// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What vCenter tells about a virtual machine beside its configuration. Read with the estate's lock
 * held.
 */
final class VmViews {
  /** Disks are small here so that copies are quick; what stands on them says it has a real size. */
  private static final long LEAST_FILE_SYSTEM = 4L << 30;

  private final LabVm vm;

  VmViews(LabVm vm) {
    this.vm = vm;
  }

  VimObject capability() {
    return VimObject.of("VirtualMachineCapability")
        .with("snapshotOperationsSupported", true)
        .with("multipleSnapshotsSupported", true)
        .with("snapshotConfigSupported", true)
        .with("poweredOffSnapshotsSupported", true)
        .with("memorySnapshotsSupported", true)
        .with("quiescedSnapshotsSupported", true)
        .with("diskSharesSupported", true)
        .with("bootOptionsSupported", true)
        .with("changeTrackingSupported", true)
        .with("secureBootSupported", vm.config().efi());
  }

  VimObject runtime() {
    return VimObject.of("VirtualMachineRuntimeInfo")
        .with("host", vm.host().ref())
        .withEnum("connectionState", "VirtualMachineConnectionState", vm.connection())
        .with("powerState", vm.powerState().value())
        .withEnum("faultToleranceState", "VirtualMachineFaultToleranceState", "notConfigured")
        .with("toolsInstallerMounted", false)
        .with("bootTime", vm.poweredOn() ? vm.bootTime() : null)
        .with("suspendInterval", 0L)
        .with("memoryOverhead", 60_000_000L)
        .with("maxCpuUsage", (int) (vm.config().cpus() * LabHost.MEGAHERTZ))
        .with("maxMemoryUsage", vm.config().memoryMib())
        .with("numMksConnections", 0)
        .withEnum("recordReplayState", "VirtualMachineRecordReplayState", "inactive")
        .with("cleanPowerOff", vm.poweredOn() ? null : vm.guest().cleanlyOff())
        .with("onlineStandby", false)
        .with("consolidationNeeded", vm.consolidationNeeded())
        .with("paused", false)
        .with("snapshotInBackground", false)
        .with("cryptoState", "");
  }

  private boolean toolsRunning() {
    return vm.tools() && vm.poweredOn() && !vm.guest().silent();
  }

  private @Nullable String address() {
    return !toolsRunning()
        ? null
        : vm.nics().stream()
            .filter(n -> n.connected() && !n.ip().isEmpty())
            .map(LabNic::ip)
            .findFirst()
            .orElse(null);
  }

  private VimEnum toolsStatus() {
    return new VimEnum(
        "VirtualMachineToolsStatus",
        !vm.tools() ? "toolsNotInstalled" : toolsRunning() ? "toolsOk" : "toolsNotRunning");
  }

  /** What the tools said last: from when they stop, nobody knows that it is still going down. */
  private String guestState() {
    if (!vm.poweredOn() || vm.guest().silent()) {
      return "notRunning";
    }
    return vm.guest().leaving() ? "shuttingDown" : "running";
  }

  VimObject guest() {
    boolean running = toolsRunning();
    return VimObject.of("GuestInfo")
        .with("toolsStatus", toolsStatus())
        .with("toolsVersionStatus", vm.tools() ? "guestToolsUnmanaged" : "guestToolsNotInstalled")
        .with("toolsVersionStatus2", vm.tools() ? "guestToolsUnmanaged" : "guestToolsNotInstalled")
        .with("toolsRunningStatus", running ? "guestToolsRunning" : "guestToolsNotRunning")
        .with("toolsVersion", vm.tools() ? "12389" : "0")
        .with("guestId", vm.tools() ? vm.os().guestId() : null)
        .with("guestFamily", vm.tools() ? vm.os().family() : null)
        .with("guestFullName", vm.tools() ? vm.os().fullName() : null)
        .with("hostName", vm.tools() ? vm.hostName() : null)
        .with("ipAddress", address())
        .with(
            "net",
            running
                ? VimArray.of("GuestNicInfo", vm.nics().stream().map(this::guestNic).toList())
                : null)
        .with("ipStack", running ? VimArray.of("GuestStackInfo", List.of(stack())) : null)
        .with("disk", running ? VimArray.of("GuestDiskInfo", guestDisks()) : null)
        .with("guestState", guestState())
        .with("guestOperationsReady", running)
        .with("interactiveGuestOperationsReady", false)
        .with("guestStateChangeSupported", running);
  }

  private VimObject guestNic(LabNic nic) {
    boolean up = nic.connected() && !nic.ip().isEmpty();
    return VimObject.of("GuestNicInfo")
        .with("network", nic.network().name())
        .with("ipAddress", up ? VimArray.strings(List.of(nic.ip())) : null)
        .with("macAddress", nic.mac())
        .with("connected", nic.connected())
        .with("deviceConfigId", nic.key())
        .with(
            "ipConfig",
            !up
                ? null
                : VimObject.of("NetIpConfigInfo")
                    .with(
                        "ipAddress",
                        VimArray.of(
                            "NetIpConfigInfoIpAddress",
                            List.of(
                                VimObject.of("NetIpConfigInfoIpAddress")
                                    .with("ipAddress", nic.ip())
                                    .with("prefixLength", 24)
                                    .with("state", "preferred")))));
  }

  private VimObject stack() {
    String ip = address();
    String gateway = ip == null ? "0.0.0.0" : ip.substring(0, ip.lastIndexOf('.')) + ".1";
    return VimObject.of("GuestStackInfo")
        .with(
            "dnsConfig",
            VimObject.of("NetDnsConfigInfo")
                .with("dhcp", false)
                .with("hostName", vm.hostName())
                .with("domainName", "corp.example")
                .with("ipAddress", VimArray.strings(List.of("10.20.0.53"))))
        .with(
            "ipRouteConfig",
            VimObject.of("NetIpRouteConfigInfo")
                .with(
                    "ipRoute",
                    VimArray.of(
                        "NetIpRouteConfigInfoIpRoute",
                        List.of(
                            VimObject.of("NetIpRouteConfigInfoIpRoute")
                                .with("network", "0.0.0.0")
                                .with("prefixLength", 0)
                                .with(
                                    "gateway",
                                    VimObject.of("NetIpRouteConfigInfoGateway")
                                        .with("ipAddress", gateway)
                                        .with("device", "0"))))));
  }

  private List<VimObject> guestDisks() {
    List<VimObject> disks = new ArrayList<>();
    int number = 0;
    for (LabDisk disk : vm.disks()) {
      long size = Math.max(disk.sizeBytes(), LEAST_FILE_SYSTEM);
      long free = vm.freeBytes() < 0 ? size / 2 : vm.freeBytes();
      String path =
          vm.os().windows() ? (char) ('C' + number) + ":\\" : number == 0 ? "/" : "/data" + number;
      disks.add(
          VimObject.of("GuestDiskInfo")
              .with("diskPath", path)
              .with("capacity", size * 95 / 100)
              .with("freeSpace", free)
              .with("filesystemType", vm.os().windows() ? "NTFS" : "xfs")
              .with(
                  "mappings",
                  VimArray.of(
                      "GuestInfoVirtualDiskMapping",
                      List.of(
                          VimObject.of("GuestInfoVirtualDiskMapping").with("key", disk.key())))));
      number++;
    }
    return disks;
  }

  VimObject summary() {
    VmConfig config = vm.config();
    VimObject info = config.info();
    VimObject files = (VimObject) info.get("files");
    return VimObject.of("VirtualMachineSummary")
        .with("vm", vm.ref())
        .with("runtime", runtime())
        .with(
            "guest",
            VimObject.of("VirtualMachineGuestSummary")
                .with("guestId", vm.tools() ? vm.os().guestId() : null)
                .with("guestFullName", vm.tools() ? vm.os().fullName() : null)
                .with("toolsStatus", toolsStatus())
                .with(
                    "toolsVersionStatus",
                    vm.tools() ? "guestToolsUnmanaged" : "guestToolsNotInstalled")
                .with(
                    "toolsVersionStatus2",
                    vm.tools() ? "guestToolsUnmanaged" : "guestToolsNotInstalled")
                .with(
                    "toolsRunningStatus",
                    toolsRunning() ? "guestToolsRunning" : "guestToolsNotRunning")
                .with("hostName", vm.tools() ? vm.hostName() : null)
                .with("ipAddress", address()))
        .with(
            "config",
            VimObject.of("VirtualMachineConfigSummary")
                .with("name", vm.name())
                .with("template", vm.template())
                .with("vmPathName", files == null ? null : files.get("vmPathName"))
                .with("memorySizeMB", config.memoryMib())
                .with("cpuReservation", 0)
                .with("memoryReservation", 0)
                .with("numCpu", config.cpus())
                .with("numEthernetCards", vm.nics().size())
                .with("numVirtualDisks", vm.disks().size())
                .with("uuid", vm.biosUuid().toString())
                .with("instanceUuid", vm.instanceUuid().toString())
                .with("guestId", vm.os().guestId())
                .with("guestFullName", vm.os().fullName())
                .with("annotation", config.annotation())
                .with("installBootRequired", false)
                .with("tpmPresent", config.tpm()))
        .with(
            "storage",
            VimObject.of("VirtualMachineStorageSummary")
                .with("committed", used())
                .with(
                    "uncommitted", vm.disks().stream().mapToLong(LabDisk::sizeBytes).sum() - used())
                .with("unshared", used())
                .with("timestamp", config.modified()))
        .with(
            "quickStats",
            VimObject.of("VirtualMachineQuickStats")
                .with("overallCpuUsage", vm.poweredOn() ? 120 * config.cpus() : 0)
                .with("overallCpuDemand", vm.poweredOn() ? 140 * config.cpus() : 0)
                .with("guestMemoryUsage", vm.poweredOn() ? config.memoryMib() / 4 : 0)
                .with("hostMemoryUsage", vm.poweredOn() ? config.memoryMib() / 2 : 0)
                .with(
                    "guestHeartbeatStatus",
                    new VimEnum("ManagedEntityStatus", toolsRunning() ? "green" : "gray")))
        .with("overallStatus", new VimEnum("ManagedEntityStatus", "green"));
  }

  private long used() {
    return vm.disks().stream().mapToLong(LabDisk::usedBytes).sum();
  }

  VimObject storage() {
    return VimObject.of("VirtualMachineStorageInfo")
        .with(
            "perDatastoreUsage",
            VimArray.of(
                "VirtualMachineUsageOnDatastore",
                vm.disks().stream()
                    .map(LabDisk::datastore)
                    .distinct()
                    .map(datastore ->
                        VimObject.of("VirtualMachineUsageOnDatastore")
                            .with("datastore", datastore.ref())
                            .with(
                                "committed",
                                vm.disks().stream()
                                    .filter(d -> d.datastore() == datastore)
                                    .mapToLong(LabDisk::usedBytes)
                                    .sum())
                            .with("uncommitted", 0L)
                            .with("unshared", 0L))
                    .toList()))
        .with("timestamp", vm.config().modified());
  }

  VimObject layoutEx() {
    List<VimObject> files = new ArrayList<>();
    List<VimObject> disks = new ArrayList<>();
    Map<String, Integer> keys = new HashMap<>();
    VimObject names = (VimObject) vm.config().info().get("files");
    files.add(
        file(0, names == null ? "" : String.valueOf(names.get("vmPathName")), "config", 3_000));
    for (LabDisk disk : vm.disks()) {
      List<VimObject> chain = new ArrayList<>();
      for (String name : disk.chain()) {
        int descriptor = files.size();
        files.add(file(descriptor, name, "diskDescriptor", 500));
        keys.put(name, descriptor);
        boolean delta = !name.equals(disk.chain().getFirst());
        String extent =
            name.replace(
                ".vmdk",
                disk.rawDevice() != null ? "-rdm.vmdk" : delta ? "-sesparse.vmdk" : "-flat.vmdk");
        files.add(file(descriptor + 1, extent, "diskExtent", disk.usedBytes()));
        chain.add(
            VimObject.of("VirtualMachineFileLayoutExDiskUnit")
                .with("fileKey", VimArray.of("int", List.of(descriptor, descriptor + 1))));
      }
      disks.add(
          VimObject.of("VirtualMachineFileLayoutExDiskLayout")
              .with("key", disk.key())
              .with("chain", VimArray.of("VirtualMachineFileLayoutExDiskUnit", chain)));
    }
    return VimObject.of("VirtualMachineFileLayoutEx")
        .with("file", VimArray.of("VirtualMachineFileLayoutExFileInfo", files))
        .with("disk", VimArray.of("VirtualMachineFileLayoutExDiskLayout", disks))
        .with(
            "snapshot",
            VimArray.of("VirtualMachineFileLayoutExSnapshotLayout", vm.snapshots().layout(keys)))
        .with("timestamp", vm.config().modified());
  }

  private static VimObject file(int key, String name, String type, long size) {
    return VimObject.of("VirtualMachineFileLayoutExFileInfo")
        .with("key", key)
        .with("name", name)
        .with("type", type)
        .with("size", size)
        .with("uniqueSize", size)
        .with("accessible", true);
  }
}
