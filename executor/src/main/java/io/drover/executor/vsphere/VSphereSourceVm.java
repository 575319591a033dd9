// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.vsphere;

import io.drover.executor.SourceVm;
import io.drover.executor.Trouble;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.VmKey;
import io.drover.vsphere.EventLog;
import io.drover.vsphere.Moref;
import io.drover.vsphere.NicSetting;
import io.drover.vsphere.PowerState;
import io.drover.vsphere.Reconfiguration;
import io.drover.vsphere.TaskFacts;
import io.drover.vsphere.VCenters;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereFault;
import io.drover.vsphere.VmFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The source VM in a vCenter. It is found by its instance UUID every time, because its managed
 * object id changes when it is registered anew.
 */
public final class VSphereSourceVm implements SourceVm {
  private static final Duration TASK = Duration.ofMinutes(2);
  private static final Set<String> POWER_ONS =
      Set.of("VmPoweredOnEvent", "DrsVmPoweredOnEvent", "VmStartingEvent", "VmResumingEvent");

  private final VCenters vcenters;

  public VSphereSourceVm(VCenters vcenters) {
    this.vcenters = vcenters;
  }

  private record Found(VSphere vcenter, Moref vm) {}

  private Found find(VmKey vm) {
    return VCenterFaults.named(
        "find VM " + vm.vm(),
        () -> {
          VSphere vcenter = vcenters.vcenter(vm.vcenter());
          Moref moref =
              vcenter
                  .machines()
                  .byInstanceUuid(vm.vm())
                  .orElseThrow(() ->
                      Trouble.refused(
                          "source-gone",
                          "vCenter "
                              + vcenter.endpoint().url().getHost()
                              + " has no VM with instance UUID "
                              + vm.vm()
                              + ".",
                          "Restore or register it, or abandon its migration."));
          return new Found(vcenter, moref);
        });
  }

  @Override
  public Sight look(VmKey vm) {
    Found found = find(vm);
    return VCenterFaults.named("look at VM " + vm.vm(), () -> look(found));
  }

  @Override
  public String note(VmKey vm) {
    Found found = find(vm);
    return VCenterFaults.named(
        "read the note of VM " + vm.vm(),
        () -> found.vcenter().machines().facts(found.vm()).notes().annotation());
  }

  private static Sight look(Found found) {
    // Tasks first: one that ends between the two reads shows in the facts, never the other way.
    String busy =
        found.vcenter().machines().pendingTasks(found.vm()).stream()
            .map(TaskFacts::operation)
            .findFirst()
            .orElse(null);
    Instant at = found.vcenter().currentTime();
    VmFacts facts = found.vcenter().machines().facts(found.vm());
    var nics = new TreeMap<Integer, Boolean>();
    for (VmFacts.Nic nic : facts.nics()) {
      nics.put(nic.deviceKey(), nic.startConnected());
    }
    var disks = new TreeMap<Integer, Long>();
    var changeIds = new TreeMap<Integer, String>();
    for (VmFacts.Disk disk : facts.disks()) {
      disks.put(disk.deviceKey(), disk.capacityBytes());
      if (!disk.changeId().isBlank()) {
        changeIds.put(disk.deviceKey(), disk.changeId());
      }
    }
    var marks = new TreeMap<String, String>();
    for (String key : List.of(MARK, MARK_NICS, MARK_ASKED)) {
      String value = facts.notes().extraConfig().get(key);
      if (value != null && !value.isEmpty()) {
        marks.put(key, value);
      }
    }
    return new Sight(
        found.vm().id(),
        at,
        power(facts.runtime().powerState()),
        facts.identity().template(),
        busy,
        facts.guest().toolsRunning(),
        facts.guest().shuttingDown(),
        facts.identity().changeVersion(),
        nics,
        marks,
        facts.placement().resourcePool().map(Moref::id).orElse(""),
        facts.placement().host().map(Moref::id).orElse(null),
        disks,
        changeIds);
  }

  private static Power power(PowerState state) {
    return switch (state) {
      case ON -> Power.ON;
      case OFF -> Power.OFF;
      case SUSPENDED -> Power.SUSPENDED;
      case UNKNOWN ->
          throw Trouble.unavailable(
              "source-power-unknown",
              "vCenter does not say whether the VM runs.",
              "Reconnect its ESXi host.");
    };
  }

  @Override
  public void shutDownGuest(VmKey vm) {
    Found found = find(vm);
    VCenterFaults.named(
        "ask the guest of VM " + vm.vm() + " to shut down",
        () -> found.vcenter().machines().requestGuestShutdown(found.vm()));
  }

  @Override
  public void powerOff(VmKey vm) {
    Found found = find(vm);
    VCenterFaults.named(
        "power off VM " + vm.vm(), () -> found.vcenter().machines().powerOff(found.vm(), TASK));
  }

  @Override
  public void powerOn(VmKey vm) {
    Found found = find(vm);
    VCenterFaults.named(
        "power on VM " + vm.vm(), () -> found.vcenter().machines().powerOn(found.vm(), TASK));
  }

  @Override
  public void fence(VmKey vm, String changeVersion, Map<String, String> marks) {
    Found found = find(vm);
    VCenterFaults.named(
        "fence VM " + vm.vm(),
        () -> {
          var _ = found.vcenter().machines().fence(found.vm(), changeVersion, marks, TASK);
        });
  }

  @Override
  public void mark(VmKey vm, String changeVersion, Map<String, String> marks) {
    Found found = find(vm);
    VCenterFaults.named(
        "mark VM " + vm.vm(),
        () -> {
          var _ =
              found
                  .vcenter()
                  .machines()
                  .reconfigure(
                      found.vm(),
                      new Reconfiguration(List.of(), marks, Optional.empty()),
                      changeVersion,
                      TASK);
        });
  }

  @Override
  public void unfence(
      VmKey vm,
      String changeVersion,
      Map<Integer, Boolean> startConnected,
      Map<String, String> marks) {
    Found found = find(vm);
    boolean running =
        VCenterFaults.named(
            "look at VM " + vm.vm(),
            () -> found.vcenter().machines().powerState(found.vm()) == PowerState.ON);
    var nics = new ArrayList<NicSetting>();
    // A machine that is off refuses a card that is plugged in now; power on plugs it in.
    new TreeMap<>(startConnected)
        .forEach((key, on) -> nics.add(new NicSetting(key, running && on, on)));
    VCenterFaults.named(
        "unfence VM " + vm.vm(),
        () -> {
          var _ =
              found
                  .vcenter()
                  .machines()
                  .reconfigure(
                      found.vm(),
                      new Reconfiguration(nics, marks, Optional.empty()),
                      changeVersion,
                      TASK);
        });
  }

  @Override
  public void lock(VmKey vm) {
    Found found = find(vm);
    VCenterFaults.named(
        "mark VM " + vm.vm() + " as a template",
        () -> found.vcenter().machines().markAsTemplate(found.vm()));
  }

  @Override
  public void unlock(VmKey vm, String resourcePool, @Nullable String host) {
    Found found = find(vm);
    VCenterFaults.named(
        "mark template " + vm.vm() + " as a virtual machine",
        () -> {
          try {
            found
                .vcenter()
                .machines()
                .markAsVirtualMachine(
                    found.vm(),
                    new Moref("ResourcePool", resourcePool),
                    host == null ? null : new Moref("HostSystem", host));
          } catch (VSphereFault fault) {
            throw fault.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND
                ? placeGone(vm, resourcePool, host)
                : fault;
          }
        });
  }

  private static Trouble placeGone(VmKey vm, String resourcePool, @Nullable String host) {
    return Trouble.refused(
        "source-place-gone",
        "Template "
            + vm.vm()
            + " cannot be a virtual machine again where it was: resource pool "
            + resourcePool
            + (host == null ? "" : " or host " + host)
            + " is gone.",
        "Convert it to a virtual machine in another resource pool by hand, leave it off, and"
            + " retry.");
  }

  @Override
  public List<String> powerOnsSince(VmKey vm, Instant from) {
    Found found = find(vm);
    return VCenterFaults.named(
        "read the events of VM " + vm.vm(),
        () ->
            found.vcenter().events().since(found.vm(), from, POWER_ONS).stream()
                .map(VSphereSourceVm::words)
                .toList());
  }

  private static String words(EventLog.Entry event) {
    return (event.user().isEmpty() ? "vCenter" : event.user()) + " at " + event.at();
  }
}
