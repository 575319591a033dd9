// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.util.ArrayList;
import java.util.Locale;

/** Concerns about the machine itself: its state, its devices, what vSphere does with it. */
final class MachineConcerns {
  private MachineConcerns() {}

  static void find(
      Inventory.Vm vm, Mapping mapping, PlanSettings settings, Target target, Findings found) {
    state(vm, settings, found);
    connection(vm, target, found);
    snapshots(vm, mapping, found);
    changeTracking(vm, mapping, found);
    devices(vm, found);
    vSphere(vm, found);
  }

  private static void state(Inventory.Vm vm, PlanSettings settings, Findings found) {
    if (vm.template()) {
      found.blocker(
          Rule.VM_TEMPLATE,
          "The VM is a template.",
          "A template cannot be powered on or exported as a running VM.",
          "Convert it to a VM first, or leave it out of the plan.");
    }
    if (vm.encrypted()) {
      found.blocker(
          Rule.VM_ENCRYPTED,
          "The VM is encrypted by vSphere.",
          "Its disks cannot be read outside vSphere.",
          "Decrypt it with a storage policy without encryption.");
    }
    if (vm.power() == Inventory.Power.SUSPENDED) {
      found.blocker(
          Rule.VM_SUSPENDED,
          "The VM is suspended.",
          "Its memory cannot be migrated.",
          "Resume it and shut it down.");
    }
    boolean silent = vm.power() == Inventory.Power.ON && !vm.guest().toolsRunning();
    if (silent && vm.attributes().getOrDefault("VMware Tools", "").equals("unknown")) {
      found.info(
          Rule.TOOLS_UNKNOWN,
          "The export does not say whether VMware Tools run.",
          "A guest without them cannot be asked to shut down.",
          "Export the tab vTools as well, or look it up before the cutover.");
    } else if (silent) {
      String observed = "VMware Tools do not answer.";
      String why = "The guest cannot be asked to shut down.";
      if (settings.hardPowerOff()) {
        found.handled(
            Rule.TOOLS_NOT_RUNNING,
            Severity.WARNING,
            observed,
            why,
            "It is powered off hard after the grace; shut it down by hand for a clean file"
                + " system.");
      } else {
        found.blocker(
            Rule.TOOLS_NOT_RUNNING,
            observed,
            why,
            "Start the tools, or allow the hard power-off in the plan.");
      }
    }
  }

  /** Whether vCenter reaches it at all, and whether its host can copy. */
  private static void connection(Inventory.Vm vm, Target target, Findings found) {
    String connection = vm.attributes().getOrDefault("Connection state", "").strip();
    if (!connection.isEmpty() && !connection.equalsIgnoreCase("connected")) {
      found.blocker(
          Rule.VM_NOT_CONNECTED,
          "The VM is " + connection + " in vCenter.",
          "What vCenter does not reach can be neither read nor shut down.",
          "Bring its host and its datastore back, or remove it from the inventory of vCenter.");
    }
    Inventory.Host host = target.host(vm);
    if (host != null && (host.maintenance() || !host.connected())) {
      found.warning(
          Rule.HOST_NOT_READY,
          "Its host "
              + host.name()
              + (host.maintenance() ? " is in maintenance mode." : " is not connected."),
          "A host that is not in service copies nothing.",
          "Bring the host back, or move the VM to another host before its wave.");
    }
  }

  private static void snapshots(Inventory.Vm vm, Mapping mapping, Findings found) {
    if (vm.snapshots().isEmpty()) {
      return;
    }
    String observed =
        vm.snapshots().size()
            + " snapshot(s), the first is '"
            + vm.snapshots().getFirst().name()
            + "'.";
    String remedy = "Delete the snapshots, or accept that they are left behind.";
    if (mapping.way() == Way.WARM) {
      found.blocker(
          Rule.SNAPSHOTS_PRESENT,
          observed,
          "A warm copy beside foreign snapshots is not safe.",
          remedy);
    } else {
      found.warning(
          Rule.SNAPSHOTS_PRESENT,
          observed,
          "Only the present state is migrated; the snapshots stay at the source.",
          remedy);
    }
  }

  private static void changeTracking(Inventory.Vm vm, Mapping mapping, Findings found) {
    if (mapping.way() != Way.WARM) {
      return;
    }
    if (!vm.changeTracking().enabled()) {
      String observed = "Changed block tracking is off.";
      String why = "A warm copy needs to know what changed.";
      if (vm.changeTracking().supported()) {
        found.handled(Rule.CHANGE_TRACKING_OFF, Severity.INFO, observed, why, "Drover enables it.");
      } else {
        found.blocker(Rule.CHANGE_TRACKING_OFF, observed, why, "Plan the VM cold.");
      }
    } else if (vm.disks().stream().anyMatch(d -> d.changeId() == null && !d.independent())) {
      found.info(
          Rule.CHANGE_TRACKING_OFF_DISK,
          "Changed block tracking is on, but not every disk has a change id yet.",
          "The first snapshot gives it one.",
          "Nothing to do, unless a disk was excluded by hand.");
    }
    if (mapping.transfer() == Transfer.STREAM) {
      found.blocker(
          Rule.WARM_NEEDS_VDDK,
          "Warm, by stream.",
          "An export lease brings whole disks only.",
          "Choose the vddk transfer, or plan it cold.");
    }
  }

  private static void devices(Inventory.Vm vm, Findings found) {
    for (String device : vm.otherDevices()) {
      String kind = device.toLowerCase(Locale.ROOT);
      if (kind.contains("sriov") || kind.contains("sr-iov")) {
        sriov(device, found);
      } else if (kind.contains("passthrough") || kind.contains("vgpu")) {
        found.blocker(
            Rule.DEVICE_PASSTHROUGH,
            device + ".",
            "A device of the ESXi host is handed through, which the target does not have.",
            "Remove it, or put the same device into a target node and migrate the VM by hand.");
      } else if (kind.contains("usb")) {
        found.warning(
            Rule.DEVICE_USB,
            device + ".",
            "A USB device at the source is not at the target.",
            "Replace dongles by network ones; the controller itself is left behind.");
      } else {
        found.warning(
            Rule.DEVICE_LEFT_BEHIND,
            device + ".",
            "The target has no such device.",
            "Make sure that the guest does not need it.");
      }
    }
    var hot = new ArrayList<String>();
    if (vm.compute().cpuHotAdd()) {
      hot.add("CPUs can be added");
    }
    if (said(vm, "CPU Hot Remove")) {
      hot.add("CPUs can be removed");
    }
    if (vm.compute().memoryHotAdd()) {
      hot.add("memory can be added");
    }
    if (!hot.isEmpty()) {
      found.info(
          Rule.HOT_ADD,
          "While it runs, " + String.join(", ", hot) + ".",
          "The target keeps its sockets fixed unless its VM asks for hotplug.",
          "Set maxSockets and maxGuest at the target if you use it.");
    }
  }

  static void sriov(String what, Findings found) {
    found.warning(
        Rule.DEVICE_SRIOV,
        what + " is an SR-IOV function.",
        "An SR-IOV function belongs to the host it is on.",
        "Map its network to an SR-IOV network of the target, or accept a paravirtual card.");
  }

  /** What only vCenter or an export tells, in attributes. */
  private static void vSphere(Inventory.Vm vm, Findings found) {
    if (said(vm, "Consolidation Needed")) {
      found.warning(
          Rule.CONSOLIDATION_NEEDED,
          "Snapshot files are waiting to be consolidated.",
          "A snapshot on top of them can fail, and the copy is slower.",
          "Consolidate the VM's disks in vCenter.");
    }
    String tolerance = vm.attributes().getOrDefault("FT State", "");
    if (!tolerance.isBlank() && !tolerance.equalsIgnoreCase("notConfigured")) {
      found.warning(
          Rule.FAULT_TOLERANCE,
          "Fault tolerance is " + tolerance + ".",
          "A VM with a secondary cannot be snapshotted, and the target has no such thing.",
          "Turn fault tolerance off.");
    }
    if (said(vm, "CPU Affinity")) {
      found.warning(
          Rule.CPU_AFFINITY,
          "Its CPUs are pinned: " + vm.attributes().get("CPU Affinity") + ".",
          "Pinning is of one ESXi host and is not carried over.",
          "Use dedicated CPU placement at the target if the guest needs it.");
    }
    if (said(vm, "NUMA Affinity")) {
      found.warning(
          Rule.NUMA_AFFINITY,
          "It is bound to NUMA nodes: " + vm.attributes().get("NUMA Affinity") + ".",
          "The binding is of one ESXi host and is not carried over.",
          "Use guest NUMA mapping at the target if the guest needs it.");
    }
    if (said(vm, "Host Affinity")) {
      found.warning(
          Rule.HOST_AFFINITY,
          "A DRS rule binds it to hosts.",
          "The rule is not carried over.",
          "Use a node selector at the target, and mind licences bound to hosts.");
    }
    if (said(vm, "DRS")) {
      found.handled(
          Rule.DRS_ENABLED,
          Severity.INFO,
          "Its cluster balances load by itself (DRS).",
          "A VM that moves to another host in mid-copy changes which host is busy.",
          "Drover counts slots by the host it sees at the start of each copy.");
    }
    if (said(vm, "DPM")) {
      found.info(
          Rule.DPM_ENABLED,
          "Its cluster powers hosts down (DPM).",
          "A host in standby can copy nothing.",
          "Turn DPM off for the time of the migration.");
    }
  }

  static boolean said(Inventory.Vm vm, String attribute) {
    String value = vm.attributes().getOrDefault(attribute, "").strip().toLowerCase(Locale.ROOT);
    return !value.isEmpty() && !value.equals("false") && !value.equals("0") && !value.equals("no");
  }
}
