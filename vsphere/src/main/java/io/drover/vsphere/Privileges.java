// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ws.Argument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says whether the account may do what a migration needs, before anything is tried. */
public final class Privileges {
  /** What reading the inventory needs. */
  public static final List<String> INVENTORY = List.of("System.View", "System.Read");

  /**
   * The smallest role that can carry out every step here: read the inventory, power machines on and
   * off, fence and unfence, mark and unmark as template, take and remove snapshots, track changes,
   * export disks. Grant it, with propagation, on what shall be migrated.
   */
  public static final List<String> MIGRATION =
      List.of(
          "System.View",
          "System.Read",
          "VirtualMachine.Interact.PowerOn",
          "VirtualMachine.Interact.PowerOff",
          "VirtualMachine.Interact.DeviceConnection",
          "VirtualMachine.Config.EditDevice",
          "VirtualMachine.Config.AdvancedConfig",
          "VirtualMachine.Config.ChangeTracking",
          "VirtualMachine.State.CreateSnapshot",
          "VirtualMachine.State.RemoveSnapshot",
          "VirtualMachine.Provisioning.MarkAsTemplate",
          "VirtualMachine.Provisioning.MarkAsVM",
          "Resource.AssignVMToPool",
          "VirtualMachine.Provisioning.DiskRandomRead",
          "VirtualMachine.Provisioning.GetVmFiles",
          "VApp.Export");

  private final VSphere vsphere;

  Privileges(VSphere vsphere) {
    this.vsphere = vsphere;
  }

  /** Which of these privileges the account lacks on the root of the inventory. */
  public List<String> missing(Collection<String> privileges) {
    Moref root = VSphere.moref(vsphere.service("rootFolder"));
    return missing(List.of(root), privileges).getOrDefault(root, List.of());
  }

  /**
   * Which of these privileges the account lacks on each of these objects.
   *
   * @return only the objects on which something is missing
   */
  public Map<Moref, List<String>> missing(
      Collection<Moref> entities, Collection<String> privileges) {
    ManagedObjectReference[] references =
        entities.stream().map(VSphere::reference).toArray(ManagedObjectReference[]::new);
    VimData answer =
        vsphere.raw(
            "HasPrivilegeOnEntities",
            Duration.ZERO,
            () ->
                new Argument[] {
                  new Argument(
                      "_this", "ManagedObjectReference", vsphere.service("authorizationManager")),
                  new Argument("entity", "ManagedObjectReference[]", references),
                  new Argument("sessionId", "String", vsphere.sessionKey()),
                  new Argument("privId", "String[]", privileges.toArray(String[]::new))
                });
    Map<Moref, List<String>> missing = new LinkedHashMap<>();
    answer
        .each("returnval")
        .forEach(entity -> {
          List<String> here = new ArrayList<>();
          entity
              .each("privAvailability")
              .filter(each -> !each.isTrue("isGranted"))
              .forEach(each -> here.add(each.text("privId")));
          entity
              .moref("entity")
              .filter(any -> !here.isEmpty())
              .ifPresent(moref -> missing.put(moref, List.copyOf(here)));
        });
    return missing;
  }
}
