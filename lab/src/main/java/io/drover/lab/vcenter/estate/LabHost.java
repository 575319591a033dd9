// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An ESXi host of a cluster. */
public final class LabHost extends LabEntity {
  static final long MEGAHERTZ = 2400;
  private static final Instant BOOTED = Instant.parse("2026-01-12T06:30:00Z");

  private final LabCluster cluster;
  private final int cores;
  private final long memoryBytes;
  private final String uuid;

  LabHost(LabCluster cluster, String name, int cores, int memoryGib) {
    super(cluster.estate(), cluster.estate().newRef("HostSystem", "host-"), name, cluster);
    this.cluster = cluster;
    this.cores = cores;
    this.memoryBytes = (long) memoryGib << 30;
    UUID id = estate().newUuid();
    this.uuid = id.toString();
    cluster.add(this);
  }

  public LabCluster cluster() {
    return cluster;
  }

  public int cores() {
    return cores;
  }

  public long memoryBytes() {
    return memoryBytes;
  }

  @Override
  List<String> ownProperties() {
    return List.of(
        "runtime",
        "summary",
        "hardware",
        "capability",
        "licensableResource",
        "remediationState",
        "precheckRemediationResult",
        "remediationResult",
        "complianceCheckState",
        "complianceCheckResult",
        "configManager",
        "config",
        "vm",
        "datastore",
        "network",
        "datastoreBrowser",
        "systemResources",
        "answerFileValidationState",
        "answerFileValidationResult");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "runtime" -> runtime();
      case "summary" -> summary();
      case "hardware" -> hardware();
      case "config" -> config();
      case "vm" ->
          VimArray.refs(
              estate().vms().stream().filter(vm -> vm.host() == this).map(LabEntity::ref).toList());
      case "datastore" -> VimArray.refs(cluster.datastoreRefs());
      case "network" -> VimArray.refs(cluster.networkRefs());
      default -> null;
    };
  }

  private VimObject runtime() {
    return VimObject.of("HostRuntimeInfo")
        .withEnum("connectionState", "HostSystemConnectionState", "connected")
        .withEnum("powerState", "HostSystemPowerState", "poweredOn")
        .withEnum("standbyMode", "HostStandbyMode", "none")
        .with("inMaintenanceMode", false)
        .with("inQuarantineMode", false)
        .with("bootTime", BOOTED);
  }

  private static VimObject product() {
    return VimObject.of("AboutInfo")
        .with("name", "VMware ESXi")
        .with("fullName", "VMware ESXi 8.0.3 build-24022510")
        .with("vendor", "VMware, Inc.")
        .with("version", "8.0.3")
        .with("build", "24022510")
        .with("localeVersion", "INTL")
        .with("localeBuild", "000")
        .with("osType", "vmnix-x86")
        .with("productLineId", "embeddedEsx")
        .with("apiType", "HostAgent")
        .with("apiVersion", "8.0.3.0")
        .with("licenseProductName", "VMware ESX Server")
        .with("licenseProductVersion", "8.0");
  }

  private VimObject summary() {
    return VimObject.of("HostListSummary")
        .with("host", ref())
        .with(
            "hardware",
            VimObject.of("HostHardwareSummary")
                .with("vendor", "Dell Inc.")
                .with("model", "PowerEdge R750")
                .with("uuid", uuid)
                .with("memorySize", memoryBytes)
                .with("cpuModel", "Intel(R) Xeon(R) Gold 6342 CPU @ 2.80GHz")
                .with("cpuMhz", (int) MEGAHERTZ)
                .with("numCpuPkgs", (short) 2)
                .with("numCpuCores", (short) cores)
                .with("numCpuThreads", (short) (cores * 2))
                .with("numNics", 4)
                .with("numHBAs", 2))
        .with("runtime", runtime())
        .with(
            "config",
            VimObject.of("HostConfigSummary")
                .with("name", name())
                .with("port", 443)
                .with("product", product())
                .with("vmotionEnabled", true)
                .with("faultToleranceEnabled", false))
        .with(
            "quickStats",
            VimObject.of("HostListSummaryQuickStats")
                .with("overallCpuUsage", (int) (cores * MEGAHERTZ / 5))
                .with("overallMemoryUsage", (int) (memoryBytes / (1 << 20) / 2))
                .with("uptime", 8_640_000))
        .with("overallStatus", new VimEnum("ManagedEntityStatus", "green"))
        .with("rebootRequired", false)
        .with("managementServerIp", "127.0.0.1")
        .with("maxEVCModeKey", "intel-icelake")
        .with("currentEVCModeKey", "intel-skylake");
  }

  private VimObject hardware() {
    return VimObject.of("HostHardwareInfo")
        .with(
            "systemInfo",
            VimObject.of("HostSystemInfo")
                .with("vendor", "Dell Inc.")
                .with("model", "PowerEdge R750")
                .with("uuid", uuid))
        .with(
            "cpuInfo",
            VimObject.of("HostCpuInfo")
                .with("numCpuPackages", (short) 2)
                .with("numCpuCores", (short) cores)
                .with("numCpuThreads", (short) (cores * 2))
                .with("hz", MEGAHERTZ * 1_000_000))
        .with("memorySize", memoryBytes);
  }

  private VimObject config() {
    return VimObject.of("HostConfigInfo")
        .with("host", ref())
        .with("product", product())
        .with(
            "network",
            VimObject.of("HostNetworkInfo")
                .with(
                    "pnic",
                    VimArray.of(
                        "PhysicalNic",
                        List.of(
                            VimObject.of("PhysicalNic")
                                .with("key", "key-vim.host.PhysicalNic-vmnic0")
                                .with("device", "vmnic0")
                                .with("pci", "0000:31:00.0")
                                .with("driver", "i40en")
                                .with(
                                    "linkSpeed",
                                    VimObject.of("PhysicalNicLinkInfo")
                                        .with("speedMb", 10_000)
                                        .with("duplex", true))
                                .with("mac", "3c:ec:ef:00:00:01")))));
  }
}
