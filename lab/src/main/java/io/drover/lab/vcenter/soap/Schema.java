// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The inheritance of the managed object types that the lab serves. */
final class Schema {
  private static final Map<String, String> PARENT =
      Map.ofEntries(
          Map.entry("Folder", "ManagedEntity"),
          Map.entry("Datacenter", "ManagedEntity"),
          Map.entry("ComputeResource", "ManagedEntity"),
          Map.entry("ClusterComputeResource", "ComputeResource"),
          Map.entry("HostSystem", "ManagedEntity"),
          Map.entry("ResourcePool", "ManagedEntity"),
          Map.entry("VirtualApp", "ResourcePool"),
          Map.entry("VirtualMachine", "ManagedEntity"),
          Map.entry("Datastore", "ManagedEntity"),
          Map.entry("StoragePod", "Folder"),
          Map.entry("Network", "ManagedEntity"),
          Map.entry("OpaqueNetwork", "Network"),
          Map.entry("DistributedVirtualPortgroup", "Network"),
          Map.entry("DistributedVirtualSwitch", "ManagedEntity"),
          Map.entry("VmwareDistributedVirtualSwitch", "DistributedVirtualSwitch"),
          Map.entry("ManagedEntity", "ExtensibleManagedObject"),
          Map.entry("VirtualMachineSnapshot", "ExtensibleManagedObject"),
          Map.entry("Task", "ExtensibleManagedObject"),
          Map.entry("ExtensibleManagedObject", "ManagedObject"),
          Map.entry("ContainerView", "ManagedObjectView"),
          Map.entry("ListView", "ManagedObjectView"),
          Map.entry("ManagedObjectView", "View"),
          Map.entry("View", "ManagedObject"),
          Map.entry("EventHistoryCollector", "HistoryCollector"),
          Map.entry("HistoryCollector", "ManagedObject"));

  private Schema() {}

  /** Whether an object of the type is one of the wanted type too. */
  static boolean isA(String type, String wanted) {
    if (wanted.equals("ManagedObject")) {
      return true;
    }
    for (@Nullable String t = type; t != null; t = PARENT.get(t)) {
      if (t.equals(wanted)) {
        return true;
      }
    }
    return false;
  }
}
