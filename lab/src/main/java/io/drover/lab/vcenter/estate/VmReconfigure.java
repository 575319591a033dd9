// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import io.drover.lab.vcenter.vim.XmlNode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * ReconfigVM_Task: carries out a VirtualMachineConfigSpec, guarded by its changeVersion. A setting
 * that the lab does not know is refused by name rather than ignored.
 */
public final class VmReconfigure {
  private static final Set<String> OF_TEMPLATE = Set.of("changeVersion", "name", "annotation");
  private static final Set<String> KNOWN =
      Set.of(
          "changeVersion",
          "name",
          "annotation",
          "changeTrackingEnabled",
          "extraConfig",
          "deviceChange",
          "numCPUs",
          "numCoresPerSocket",
          "memoryMB",
          "bootOptions");
  private static final Set<String> NIC_FIELDS =
      Set.of(
          "key",
          "deviceInfo",
          "backing",
          "connectable",
          "slotInfo",
          "controllerKey",
          "unitNumber",
          "numaNode",
          "addressType",
          "macAddress",
          "wakeOnLanEnabled",
          "resourceAllocation",
          "externalId",
          "uptCompatibilityEnabled");

  private final LabVm vm;

  /** Reconfigurations of the given virtual machine. */
  public VmReconfigure(LabVm vm) {
    this.vm = vm;
  }

  /** Checks the spec, then starts the task; a stale changeVersion ends it with ConcurrentAccess. */
  public LabTask start(XmlNode spec, String user) {
    refuseUnknown(spec);
    return vm.estate()
        .tasks()
        .start(
            vm,
            "ReconfigVM_Task",
            "VirtualMachine.reconfigure",
            user,
            () -> {
              apply(spec, user);
              return null;
            });
  }

  private void refuseUnknown(XmlNode spec) {
    for (XmlNode field : spec.children()) {
      if (!KNOWN.contains(field.name())) {
        throw VimFault.notSupported(
            "The lab does not know how to reconfigure " + field.name() + ".");
      }
      if (vm.template() && !OF_TEMPLATE.contains(field.name())) {
        throw VimFault.notSupported(
            "Reconfigure of "
                + field.name()
                + " is not possible: "
                + vm.name()
                + " is a template.");
      }
    }
    for (XmlNode change : spec.all("deviceChange")) {
      plan(change);
    }
  }

  private void apply(XmlNode spec, String user) {
    refuseUnknown(spec);
    String expected = spec.string("changeVersion");
    if (expected != null && !expected.isEmpty() && !expected.equals(vm.config().changeVersion())) {
      throw VimFault.of(
          "ConcurrentAccess",
          "The configuration of "
              + vm.name()
              + " was changed by somebody else: it has version "
              + vm.config().changeVersion()
              + ", not "
              + expected
              + ".");
    }
    refuseWhileOn(spec, "numCPUs", "numCoresPerSocket", "memoryMB");
    for (XmlNode field : spec.children()) {
      applyField(field);
    }
    vm.config().bump();
    VimObject told = VimObject.of("VirtualMachineConfigSpec");
    for (XmlNode field : spec.children()) {
      if (field.children().isEmpty()) {
        told.with(field.name(), field.text());
      }
    }
    vm.estate().events().reconfigured(vm, user, told);
  }

  private void refuseWhileOn(XmlNode spec, String... fields) {
    for (String field : fields) {
      if (spec.child(field) != null && vm.poweredOn()) {
        throw VimFault.invalidPowerState("poweredOff", "poweredOn");
      }
    }
  }

  private void applyField(XmlNode field) {
    VmConfig config = vm.config();
    switch (field.name()) {
      case "name" -> vm.rename(field.text());
      case "annotation" -> config.annotation(field.rawText());
      case "changeTrackingEnabled" -> config.changeTracking(field.asBool());
      case "extraConfig" -> config.extra(field.need("key").text(), field.need("value").rawText());
      case "numCPUs" -> config.cpus((int) field.asLong());
      case "numCoresPerSocket" -> config.coresPerSocket((int) field.asLong());
      case "memoryMB" -> config.memoryMib((int) field.asLong());
      case "bootOptions" -> {
        XmlNode secure = field.child("efiSecureBootEnabled");
        if (secure != null) {
          config.secureBoot(secure.asBool());
        }
      }
      case "deviceChange" -> plan(field).run();
      default -> {
        // changeVersion is a guard, not a setting
      }
    }
  }

  /** What a device change will do; unknown ones fault before anything is done. */
  private Runnable plan(XmlNode change) {
    String operation = change.string("operation");
    XmlNode device = change.need("device");
    int key = (int) device.need("key").asLong();
    LabNic nic = vm.nics().stream().filter(n -> n.key() == key).findFirst().orElse(null);
    if (change.child("fileOperation") != null) {
      throw VimFault.notSupported("The lab creates and destroys no files of devices.");
    }
    if (nic == null) {
      throw new VimFault(
          VimObject.sub("InvalidDeviceSpec")
              .with("property", "virtualDeviceSpec.device.key")
              .with("deviceIndex", 0),
          "Invalid configuration for device '"
              + key
              + "': the lab reconfigures network cards, and "
              + vm.name()
              + " has none of that key.");
    }
    if ("remove".equals(operation)) {
      return () -> vm.remove(nic);
    }
    if (!"edit".equals(operation)) {
      throw VimFault.notSupported(
          "The lab edits and removes devices; it does not " + operation + " them.");
    }
    for (XmlNode field : device.children()) {
      if (!NIC_FIELDS.contains(field.name())) {
        throw VimFault.notSupported(
            "The lab does not know how to reconfigure " + field.name() + " of a network card.");
      }
    }
    return () -> edit(nic, device);
  }

  private void edit(LabNic nic, XmlNode device) {
    XmlNode connectable = device.child("connectable");
    if (connectable != null) {
      nic.startConnected(connectable.bool("startConnected", nic.startConnected()));
      nic.connected(vm.poweredOn() && connectable.bool("connected", nic.connected()));
    }
    LabNetwork network = network(device.child("backing"));
    if (network != null) {
      nic.network(network);
    }
  }

  private @Nullable LabNetwork network(@Nullable XmlNode backing) {
    if (backing == null) {
      return null;
    }
    XmlNode port = backing.child("port");
    if (port != null) {
      Moref group =
          new Moref("DistributedVirtualPortgroup", String.valueOf(port.string("portgroupKey")));
      if (vm.estate().find(group) instanceof LabNetwork network) {
        return network;
      }
      throw VimFault.of(
          "InvalidDeviceBacking", "There is no distributed port group " + group.value() + ".");
    }
    String name = backing.string("deviceName");
    return vm.estate().all(LabNetwork.class).stream()
        .filter(n -> n.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> VimFault.of("InvalidDeviceBacking", "There is no network named " + name + "."));
  }
}
