// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A cluster of hosts with its root resource pool. */
public final class LabCluster extends LabEntity {
  private final LabDatacenter datacenter;
  private final LabResourcePool pool;
  private final List<LabHost> hosts = new ArrayList<>();
  private final Set<LabDatastore> datastores = new LinkedHashSet<>();
  private final Set<LabNetwork> networks = new LinkedHashSet<>();
  private final Map<String, List<LabVm>> bound = new LinkedHashMap<>();
  private boolean dpm;

  LabCluster(LabDatacenter datacenter, String name) {
    super(
        datacenter.estate(),
        datacenter.estate().newRef("ClusterComputeResource", "domain-c"),
        name,
        datacenter.hostFolder());
    this.datacenter = datacenter;
    this.pool = new LabResourcePool(this);
    datacenter.hostFolder().add(this);
  }

  void add(LabHost host) {
    hosts.add(host);
    changed();
  }

  void add(LabDatastore datastore) {
    datastores.add(datastore);
    changed();
  }

  void add(LabNetwork network) {
    networks.add(network);
    changed();
  }

  public LabDatacenter datacenter() {
    return datacenter;
  }

  public List<LabHost> hosts() {
    return List.copyOf(hosts);
  }

  public LabResourcePool pool() {
    return pool;
  }

  /** Adds a rule that binds virtual machines to all hosts that the cluster has now. */
  public void bindToHosts(String rule, List<LabVm> vms) {
    estate()
        .locked(() -> {
          bound.put(rule, List.copyOf(vms));
          changed();
        });
  }

  /** Turns Distributed Power Management on or off. */
  public void dpm(boolean on) {
    estate()
        .locked(() -> {
          dpm = on;
          changed();
        });
  }

  List<Moref> datastoreRefs() {
    return datastores.stream().map(LabEntity::ref).toList();
  }

  List<Moref> networkRefs() {
    return networks.stream().map(LabEntity::ref).toList();
  }

  @Override
  List<String> ownProperties() {
    return List.of(
        "resourcePool",
        "host",
        "datastore",
        "network",
        "summary",
        "environmentBrowser",
        "configurationEx",
        "configuration",
        "actionHistory",
        "drsFault",
        "recommendation",
        "migrationHistory");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "resourcePool" -> pool.ref();
      case "host" -> VimArray.refs(hosts.stream().map(LabEntity::ref).toList());
      case "datastore" -> VimArray.refs(datastoreRefs());
      case "network" -> VimArray.refs(networkRefs());
      case "summary" -> summary();
      case "configurationEx" -> configuration();
      default -> null;
    };
  }

  private VimObject summary() {
    long cores = hosts.stream().mapToLong(LabHost::cores).sum();
    long memory = hosts.stream().mapToLong(LabHost::memoryBytes).sum();
    return VimObject.sub("ClusterComputeResourceSummary")
        .with("totalCpu", (int) (cores * LabHost.MEGAHERTZ))
        .with("totalMemory", memory)
        .with("numCpuCores", (short) cores)
        .with("numCpuThreads", (short) (cores * 2))
        .with("effectiveCpu", (int) (cores * LabHost.MEGAHERTZ * 9 / 10))
        .with("effectiveMemory", memory / (1 << 20) * 9 / 10)
        .with("numHosts", hosts.size())
        .with("numEffectiveHosts", hosts.size())
        .with("overallStatus", new VimEnum("ManagedEntityStatus", "green"))
        .with("currentFailoverLevel", 1)
        .with("numVmotions", 0);
  }

  private VimObject configuration() {
    return VimObject.sub("ClusterConfigInfoEx")
        .with(
            "dasConfig",
            VimObject.of("ClusterDasConfigInfo")
                .with("enabled", true)
                .withEnum(
                    "vmMonitoring", "ClusterDasConfigInfoVmMonitoringState", "vmMonitoringDisabled")
                .withEnum("hostMonitoring", "ClusterDasConfigInfoServiceState", "enabled")
                .with("failoverLevel", 1)
                .with("admissionControlEnabled", true))
        .with(
            "drsConfig",
            VimObject.of("ClusterDrsConfigInfo")
                .with("enabled", true)
                .with("enableVmBehaviorOverrides", true)
                .withEnum("defaultVmBehavior", "DrsBehavior", "fullyAutomated")
                .with("vmotionRate", 3))
        .with("rule", VimArray.of("ClusterRuleInfo", rules()))
        .with("group", VimArray.of("ClusterGroupInfo", groups()))
        .with("dpmConfigInfo", VimObject.of("ClusterDpmConfigInfo").with("enabled", dpm));
  }

  private List<VimObject> rules() {
    List<VimObject> rules = new ArrayList<>();
    for (String rule : bound.keySet()) {
      rules.add(
          VimObject.sub("ClusterVmHostRuleInfo")
              .with("key", rules.size() + 1)
              .with("enabled", true)
              .with("name", rule)
              .with("mandatory", false)
              .with("vmGroupName", rule + " machines")
              .with("affineHostGroupName", rule + " hosts"));
    }
    return rules;
  }

  private List<VimObject> groups() {
    List<VimObject> groups = new ArrayList<>();
    bound.forEach((rule, vms) -> {
      groups.add(
          VimObject.sub("ClusterVmGroup")
              .with("name", rule + " machines")
              .with("vm", VimArray.refs(vms.stream().map(LabEntity::ref).toList())));
      groups.add(
          VimObject.sub("ClusterHostGroup")
              .with("name", rule + " hosts")
              .with("host", VimArray.refs(hosts.stream().map(LabEntity::ref).toList())));
    });
    return groups;
  }
}
