// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A datacenter with its four root folders. */
public final class LabDatacenter extends LabEntity {
  private final LabFolder vms;
  private final LabFolder hosts;
  private final LabFolder datastores;
  private final LabFolder networks;

  LabDatacenter(LabEstate estate, String name, LabFolder parent) {
    super(estate, estate.newRef("Datacenter", "datacenter-"), name, parent);
    vms =
        new LabFolder(
            estate,
            estate.newRef("Folder", "group-v"),
            "vm",
            this,
            List.of("Folder", "VirtualMachine", "VirtualApp"));
    hosts =
        new LabFolder(
            estate,
            estate.newRef("Folder", "group-h"),
            "host",
            this,
            List.of("Folder", "ComputeResource"));
    datastores =
        new LabFolder(
            estate,
            estate.newRef("Folder", "group-s"),
            "datastore",
            this,
            List.of("Folder", "Datastore", "StoragePod"));
    networks =
        new LabFolder(
            estate,
            estate.newRef("Folder", "group-n"),
            "network",
            this,
            List.of("Folder", "Network", "DistributedVirtualSwitch"));
    parent.add(this);
  }

  public LabFolder vmFolder() {
    return vms;
  }

  LabFolder hostFolder() {
    return hosts;
  }

  LabFolder datastoreFolder() {
    return datastores;
  }

  LabFolder networkFolder() {
    return networks;
  }

  private static List<io.drover.lab.vcenter.vim.Moref> refs(List<LabEntity> entities) {
    return entities.stream().map(LabEntity::ref).toList();
  }

  @Override
  List<String> ownProperties() {
    return List.of(
        "vmFolder",
        "hostFolder",
        "datastoreFolder",
        "networkFolder",
        "datastore",
        "network",
        "configuration");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "vmFolder" -> vms.ref();
      case "hostFolder" -> hosts.ref();
      case "datastoreFolder" -> datastores.ref();
      case "networkFolder" -> networks.ref();
      case "datastore" -> VimArray.refs(refs(datastores.children()));
      case "network" ->
          VimArray.refs(
              networks.children().stream()
                  .filter(LabNetwork.class::isInstance)
                  .map(LabEntity::ref)
                  .toList());
      case "configuration" ->
          VimObject.of("DatacenterConfigInfo").with("defaultHardwareVersionKey", "vmx-21");
      default -> null;
    };
  }
}
