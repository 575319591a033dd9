// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimFault;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Power operations of one virtual machine, with the faults that vCenter words for them. */
public final class VmPower {
  private final LabVm vm;

  VmPower(LabVm vm) {
    this.vm = vm;
  }

  private LabEstate estate() {
    return vm.estate();
  }

  /**
   * PowerOnVM_Task: NotSupported for a template, TaskInProgress while exported; InvalidPowerState
   * ends the task.
   */
  public LabTask on(String user) {
    vm.refuseTemplate("Power on");
    return estate()
        .tasks()
        .start(
            vm,
            "PowerOnVM_Task",
            "VirtualMachine.powerOn",
            user,
            () -> {
              vm.refuseTemplate("Power on");
              if (vm.poweredOn()) {
                throw VimFault.invalidPowerState("poweredOn", "poweredOn");
              }
              switchOn(user);
              return null;
            });
  }

  /** Switches on without a task: for the makers of an estate, with the lock held. */
  void switchOn(String user) {
    estate()
        .events()
        .vm(
            "VmStartingEvent",
            vm,
            user,
            0,
            vm.name() + " on host " + vm.host().name() + " is starting");
    vm.config().applyChangeTracking();
    vm.disks().forEach(disk -> disk.content().closeEpoch());
    vm.power(PowerState.POWERED_ON);
    // power-on writes the .vmx (boot ids, slots), so the configuration has a new version
    vm.config().bump();
    vm.guest().start();
    estate()
        .events()
        .vm(
            "VmPoweredOnEvent",
            vm,
            user,
            0,
            vm.name() + " on " + vm.host().name() + " is powered on");
  }

  /** PowerOffVM_Task: pulls the plug; the guest writes nothing more. */
  public LabTask off(String user) {
    vm.refuseTemplate("Power off");
    return estate()
        .tasks()
        .start(
            vm,
            "PowerOffVM_Task",
            "VirtualMachine.powerOff",
            user,
            () -> {
              needOn("poweredOff");
              vm.guest().halt();
              settleOff(user);
              return null;
            });
  }

  private void settleOff(String user) {
    vm.disks().forEach(disk -> disk.content().closeEpoch());
    vm.power(PowerState.POWERED_OFF);
    estate()
        .events()
        .vm(
            "VmPoweredOffEvent",
            vm,
            user,
            0,
            vm.name() + " on " + vm.host().name() + " is powered off");
  }

  private void needOn(String requested) {
    if (!vm.poweredOn()) {
      throw VimFault.invalidPowerState(requested, "poweredOff");
    }
  }

  private void needTools() {
    if (!vm.tools() || vm.guest().silent()) {
      throw VimFault.of(
          "ToolsUnavailable",
          "Cannot complete operation because VMware Tools is not running in this virtual machine.");
    }
  }

  /**
   * ShutdownGuest: asks the guest and returns; the guest takes its time, or does not listen where a
   * fault rule says so. Half way down its tools stop: it runs on, and nobody in it answers.
   */
  public void shutdown(String user) {
    estate()
        .locked(() -> {
          vm.refuseTemplate("Shut down");
          needOn("poweredOff");
          needTools();
          LabTask busy = estate().tasks().unfinished(vm);
          if (busy != null && !busy.lease()) {
            throw VimFault.taskInProgress(busy.ref());
          }
          estate()
              .events()
              .vm(
                  "VmGuestShutdownEvent",
                  vm,
                  user,
                  0,
                  "Guest OS shut down for " + vm.name() + " on " + vm.host().name());
        });
    if (estate()
            .faults()
            .strike(Kind.SHUTDOWN_IGNORED, "ShutdownGuest", vm.name(), vm.ref().value())
        != null) {
      return;
    }
    int boot =
        estate()
            .locked(() -> {
              int going = vm.guest().leave();
              vm.changed();
              return going;
            });
    Thread.ofVirtual()
        .name("lab-shutdown-" + vm.name())
        .start(() -> {
          try {
            shutDownSlowly(user, boot);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void shutDownSlowly(String user, int boot) throws InterruptedException {
    Duration half = estate().pace().shutdown().dividedBy(2);
    Thread.sleep(half);
    estate()
        .locked(() -> {
          if (vm.guest().fallSilent(boot)) {
            vm.changed();
          }
        });
    Thread.sleep(half);
    estate()
        .locked(() -> {
          if (!estate().tasks().closed() && vm.guest().finish(boot)) {
            settleOff(user);
          }
        });
  }

  /** RebootGuest: the guest shuts down and starts again. */
  public void reboot(String user) {
    estate()
        .locked(() -> {
          vm.refuseTemplate("Reboot");
          needOn("poweredOn");
          needTools();
          vm.guest().finish();
          vm.guest().start();
          estate()
              .events()
              .vm(
                  "VmGuestRebootEvent",
                  vm,
                  user,
                  0,
                  "Guest OS reboot for " + vm.name() + " on " + vm.host().name());
          vm.changed();
        });
  }

  /** ResetVM_Task: pulls the plug and starts again. */
  public LabTask reset(String user) {
    vm.refuseTemplate("Reset");
    return estate()
        .tasks()
        .start(
            vm,
            "ResetVM_Task",
            "VirtualMachine.reset",
            user,
            () -> {
              needOn("poweredOn");
              vm.guest().halt();
              vm.guest().start();
              estate()
                  .events()
                  .vm(
                      "VmResettingEvent",
                      vm,
                      user,
                      0,
                      vm.name() + " on " + vm.host().name() + " is reset");
              return null;
            });
  }

  /**
   * MarkAsTemplate: only a powered-off virtual machine that nobody works on. Snapshots may stay.
   */
  public void markAsTemplate(String user) {
    estate()
        .locked(() -> {
          vm.refuseTemplate("Mark as template");
          if (vm.poweredOn()) {
            throw VimFault.invalidPowerState("poweredOff", "poweredOn");
          }
          refuseBusy();
          vm.place(null, vm.host());
          vm.template(true);
          estate()
              .events()
              .vm("VmReconfiguredEvent", vm, user, 0, "Marked " + vm.name() + " as template");
        });
  }

  /**
   * MarkAsVirtualMachine: gives a template a pool, and so the right to run, again.
   *
   * @param host where it shall run; null keeps it where it is
   */
  public void markAsVirtualMachine(Moref pool, @Nullable Moref host, String user) {
    estate()
        .locked(() -> {
          if (!(estate().need(pool) instanceof LabResourcePool newPool)) {
            throw VimFault.invalidArgument(
                "pool", "Expected a resource pool, but got " + pool + ".");
          }
          LabHost newHost = vm.host();
          if (host != null) {
            if (!(estate().need(host) instanceof LabHost named)) {
              throw VimFault.invalidArgument("host", "Expected a host, but got " + host + ".");
            }
            newHost = named;
          }
          if (newHost.cluster() != newPool.cluster()) {
            throw VimFault.invalidArgument(
                "host",
                "The host " + newHost.name() + " is not of the cluster of the resource pool.");
          }
          if (!vm.template()) {
            throw VimFault.notSupported(vm.name() + " is no template.");
          }
          refuseBusy();
          vm.template(false);
          vm.place(newPool, newHost);
          estate()
              .events()
              .vm(
                  "VmReconfiguredEvent",
                  vm,
                  user,
                  0,
                  "Marked " + vm.name() + " as virtual machine");
        });
  }

  private void refuseBusy() {
    LabTask busy = estate().tasks().unfinished(vm);
    if (busy != null) {
      throw VimFault.taskInProgress(busy.ref());
    }
  }
}
