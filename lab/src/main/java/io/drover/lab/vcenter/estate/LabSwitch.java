// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A distributed switch, known by its UUID in the backing of network cards. */
public final class LabSwitch extends LabEntity {
  private final String uuid;
  private final List<LabNetwork> portgroups = new ArrayList<>();

  LabSwitch(LabCluster cluster, String name) {
    super(
        cluster.estate(),
        cluster.estate().newRef("VmwareDistributedVirtualSwitch", "dvs-"),
        name,
        cluster.datacenter().networkFolder());
    String hex = estate().newUuid().toString().replace("-", "");
    this.uuid =
        "50 "
            + hex.substring(2, 16).replaceAll("(..)(?=.)", "$1 ")
            + "-"
            + hex.substring(16).replaceAll("(..)(?=.)", "$1 ");
    cluster.datacenter().networkFolder().add(this);
  }

  String uuid() {
    return uuid;
  }

  void add(LabNetwork portgroup) {
    portgroups.add(portgroup);
    changed();
  }

  @Override
  List<String> ownProperties() {
    return List.of(
        "uuid", "capability", "summary", "config", "networkResourcePool", "portgroup", "runtime");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "uuid" -> uuid;
      case "summary" ->
          VimObject.of("DVSSummary")
              .with("name", name())
              .with("uuid", uuid)
              .with("numPorts", 128 * portgroups.size());
      case "config" ->
          VimObject.sub("VMwareDVSConfigInfo")
              .with("uuid", uuid)
              .with("name", name())
              .with("numPorts", 128 * portgroups.size());
      case "portgroup" -> VimArray.refs(portgroups.stream().map(LabEntity::ref).toList());
      default -> null;
    };
  }
}
