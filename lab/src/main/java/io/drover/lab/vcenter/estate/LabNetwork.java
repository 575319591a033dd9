// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network: a port group of standard switches, or one of a distributed switch. */
public final class LabNetwork extends LabEntity {
  private final LabCluster cluster;
  private final @Nullable LabSwitch distributed;
  private final int vlan;

  LabNetwork(LabCluster cluster, String name) {
    super(
        cluster.estate(),
        cluster.estate().newRef("Network", "network-"),
        name,
        cluster.datacenter().networkFolder());
    this.cluster = cluster;
    this.distributed = null;
    this.vlan = 0;
    cluster.datacenter().networkFolder().add(this);
    cluster.add(this);
  }

  LabNetwork(LabCluster cluster, String name, LabSwitch distributed, int vlan) {
    super(
        cluster.estate(),
        cluster.estate().newRef("DistributedVirtualPortgroup", "dvportgroup-"),
        name,
        cluster.datacenter().networkFolder());
    this.cluster = cluster;
    this.distributed = distributed;
    this.vlan = vlan;
    cluster.datacenter().networkFolder().add(this);
    cluster.add(this);
    distributed.add(this);
  }

  /** The backing of a network card on this network. */
  VimObject backing(int portKey) {
    LabSwitch dvs = distributed;
    if (dvs == null) {
      return VimObject.sub("VirtualEthernetCardNetworkBackingInfo")
          .with("deviceName", name())
          .with("useAutoDetect", false)
          .with("network", ref());
    }
    return VimObject.sub("VirtualEthernetCardDistributedVirtualPortBackingInfo")
        .with(
            "port",
            VimObject.of("DistributedVirtualSwitchPortConnection")
                .with("switchUuid", dvs.uuid())
                .with("portgroupKey", ref().value())
                .with("portKey", String.valueOf(portKey))
                .with("connectionCookie", 42_000_000 + portKey));
  }

  @Override
  List<String> ownProperties() {
    return distributed == null
        ? List.of("summary", "host", "vm")
        : List.of("summary", "host", "vm", "key", "config", "portKeys");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "summary" ->
          VimObject.of("NetworkSummary")
              .with("network", ref())
              .with("name", name())
              .with("accessible", true)
              .with("ipPoolName", "");
      case "host" -> VimArray.refs(cluster.hosts().stream().map(LabEntity::ref).toList());
      case "vm" ->
          VimArray.refs(
              estate().vms().stream()
                  .filter(vm -> vm.nics().stream().anyMatch(nic -> nic.network() == this))
                  .map(LabEntity::ref)
                  .toList());
      case "key" -> distributed == null ? null : ref().value();
      case "config" -> distributed == null ? null : config(distributed);
      default -> null;
    };
  }

  private VimObject config(LabSwitch dvs) {
    return VimObject.of("DVPortgroupConfigInfo")
        .with("key", ref().value())
        .with("name", name())
        .with("numPorts", 128)
        .with("distributedVirtualSwitch", dvs.ref())
        .with(
            "defaultPortConfig",
            VimObject.sub("VMwareDVSPortSetting")
                .with(
                    "blocked",
                    VimObject.of("BoolPolicy").with("inherited", false).with("value", false))
                .with(
                    "vlan",
                    VimObject.sub("VmwareDistributedVirtualSwitchVlanIdSpec")
                        .with("inherited", false)
                        .with("vlanId", vlan)))
        .with("type", "earlyBinding")
        .with(
            "policy", VimObject.sub("VMwareDVSPortgroupPolicy").with("blockOverrideAllowed", true))
        .with("configVersion", "1")
        .with("autoExpand", true)
        .with("uplink", false);
  }
}
