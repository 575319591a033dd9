// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConfigSpecOperation;
import com.vmware.vim25.VirtualMachineConfigSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What can be read of and done to single virtual machines. Each action returns after vCenter's task
 * has ended, and throws a {@link VSphereFault} when it failed or did not end in time; {@link
 * VSphereFault#outcomeUnknown()} tells whether it may still happen.
 */
public final class VirtualMachines {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final VSphere vsphere;
  private final Properties properties;
  private final Tasks tasks;

  VirtualMachines(VSphere vsphere) {
    this.vsphere = vsphere;
    this.properties = new Properties(vsphere);
    this.tasks = new Tasks(vsphere);
  }

  /** The machine with this instance UUID, if this vCenter has one. */
  public Optional<Moref> byInstanceUuid(String instanceUuid) {
    ManagedObjectReference found =
        vsphere.call(
            vim -> vim.findByUuid(vsphere.service("searchIndex"), null, instanceUuid, true, true));
    return Optional.ofNullable(found).map(VSphere::moref);
  }

  /** The machines with this name; a name is unique only within a folder. */
  public List<Moref> byName(String name) {
    return vsphere.inventory().find("VirtualMachine", name);
  }

  /**
   * Everything of one machine, read now. Names of folders and networks are left empty, and all
   * advanced settings are kept; the {@link Inventory} knows names.
   *
   * @throws VSphereFault MANAGED_OBJECT_NOT_FOUND when it is gone
   */
  public VmFacts facts(Moref vm) {
    List<String> paths = VmReader.paths(vsphere.about());
    return VmReader.read(
        vm, properties.of(vm, paths.toArray(String[]::new)), Names.NONE, any -> true);
  }

  /** Whether the machine runs, as vCenter knows now. */
  public PowerState powerState(Moref vm) {
    return PowerState.of(properties.one(vm, "runtime.powerState").text());
  }

  /** The token for compare-and-set: it changes with every change of the configuration. */
  public String changeVersion(Moref vm) {
    return properties.one(vm, "config.changeVersion").text();
  }

  /**
   * Powers the machine on.
   *
   * @throws VSphereFault INVALID_POWER_STATE when it is on already; NOT_SUPPORTED for a template
   */
  public void powerOn(Moref vm, Duration deadline) {
    run(deadline, vim -> vim.powerOnVM_Task(VSphere.reference(vm), null));
  }

  /**
   * Pulls the plug.
   *
   * @throws VSphereFault INVALID_POWER_STATE when it is off already
   */
  public void powerOff(Moref vm, Duration deadline) {
    run(deadline, vim -> vim.powerOffVM_Task(VSphere.reference(vm)));
  }

  /**
   * Asks the guest to shut down, and waits until the machine is off.
   *
   * @throws VSphereFault TOOLS_UNAVAILABLE when nobody in the guest listens; INVALID_POWER_STATE
   *     when it does not run; TIMEOUT when it still runs at the deadline
   */
  public void shutdownGuest(Moref vm, Duration deadline) {
    Deadline until = Deadline.in(deadline);
    requestGuestShutdown(vm);
    Duration pause = Duration.ofMillis(50);
    while (powerState(vm) != PowerState.OFF) {
      if (until.passed()) {
        throw new VSphereFault(
                VSphereFault.Kind.TIMEOUT,
                "The guest of " + vm + " has not shut down within " + deadline.toSeconds() + " s",
                "Wait longer, or power it off")
            .withUnknownOutcome();
      }
      until.pause(pause);
      pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }
  }

  /** Asks the guest to shut down, and does not wait. */
  public void requestGuestShutdown(Moref vm) {
    vsphere.call(vim -> {
      vim.shutdownGuest(VSphere.reference(vm));
      return true;
    });
  }

  /**
   * Changes the configuration, only if it is still at the version expected.
   *
   * @param expectedChangeVersion from {@link VmFacts.Identity#changeVersion()}; null changes
   *     whatever is there
   * @return the change version after it
   * @throws VSphereFault CONCURRENT_ACCESS when the configuration changed meanwhile: read again
   */
  public String reconfigure(
      Moref vm,
      Reconfiguration changes,
      @Nullable String expectedChangeVersion,
      Duration deadline) {
    VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    spec.changeVersion = expectedChangeVersion;
    changes.changeTracking().ifPresent(on -> spec.changeTrackingEnabled = on);
    if (!changes.extraConfig().isEmpty()) {
      spec.extraConfig =
          changes.extraConfig().entrySet().stream()
              .map(each -> option(each.getKey(), each.getValue()))
              .toArray(OptionValue[]::new);
    }
    if (!changes.nics().isEmpty()) {
      spec.deviceChange = nicChanges(vm, changes.nics());
    }
    run(deadline, vim -> vim.reconfigVM_Task(VSphere.reference(vm), spec));
    return changeVersion(vm);
  }

  private static OptionValue option(String key, String value) {
    OptionValue option = new OptionValue();
    option.key = key;
    option.value = value;
    return option;
  }

  private VirtualDeviceConfigSpec[] nicChanges(Moref vm, List<NicSetting> settings) {
    List<VimData> devices = properties.one(vm, "config.hardware.device").parts();
    List<VirtualDeviceConfigSpec> changes = new ArrayList<>();
    for (NicSetting setting : settings) {
      VimData device =
          devices.stream()
              .filter(each -> each.number("key") == setting.deviceKey())
              .findFirst()
              .orElseThrow(() ->
                  new VSphereFault(
                      VSphereFault.Kind.INVALID_ARGUMENT,
                      vm + " has no network card with the key " + setting.deviceKey(),
                      "Read the machine again"));
      VirtualDevice nic =
          VimBinder.as(VirtualDevice.class, device)
              .filter(made ->
                  made.connectable != null && made.getClass().getSimpleName().equals(device.type()))
              .orElseThrow(() ->
                  new VSphereFault(
                      VSphereFault.Kind.NOT_SUPPORTED,
                      "A " + device.type() + " cannot be disconnected",
                      ""));
      nic.connectable.connected = setting.connected();
      nic.connectable.startConnected = setting.startConnected();
      VirtualDeviceConfigSpec change = new VirtualDeviceConfigSpec();
      change.operation = VirtualDeviceConfigSpecOperation.edit;
      change.device = nic;
      changes.add(change);
    }
    return changes.toArray(VirtualDeviceConfigSpec[]::new);
  }

  /**
   * What a fence changed.
   *
   * @param changeVersion after it
   * @param before how the cards were: give it to {@link #unfence}
   */
  public record Fenced(String changeVersion, List<NicSetting> before) {}

  /**
   * Takes every network card off the network, now and at power-on, and leaves a marker in the
   * advanced settings; only if the configuration is still at the version expected.
   *
   * @param marker advanced settings to set
   * @throws VSphereFault CONCURRENT_ACCESS when the configuration changed meanwhile
   */
  public Fenced fence(
      Moref vm, String expectedChangeVersion, Map<String, String> marker, Duration deadline) {
    List<NicSetting> before =
        facts(vm).nics().stream()
            .map(nic -> new NicSetting(nic.deviceKey(), nic.connected(), nic.startConnected()))
            .toList();
    List<NicSetting> apart =
        before.stream().map(nic -> new NicSetting(nic.deviceKey(), false, false)).toList();
    String after =
        reconfigure(
            vm,
            new Reconfiguration(apart, marker, Optional.empty()),
            expectedChangeVersion,
            deadline);
    return new Fenced(after, before);
  }

  /**
   * Undoes a fence, only if the configuration is still at the version expected.
   *
   * @param nics how the cards were before the fence
   * @param markerKeys the advanced settings to remove
   * @return the change version after it
   * @throws VSphereFault CONCURRENT_ACCESS when the configuration changed meanwhile
   */
  public String unfence(
      Moref vm,
      String expectedChangeVersion,
      List<NicSetting> nics,
      Collection<String> markerKeys,
      Duration deadline) {
    boolean running = powerState(vm) == PowerState.ON;
    Reconfiguration back = Reconfiguration.NONE;
    for (NicSetting nic : nics) {
      // A machine that is off refuses a card that is plugged in now.
      back =
          back.nic(
              new NicSetting(nic.deviceKey(), running && nic.connected(), nic.startConnected()));
    }
    for (String key : markerKeys) {
      back = back.setting(key, "");
    }
    return reconfigure(vm, back, expectedChangeVersion, deadline);
  }

  /** The machine's advanced settings whose names begin so, by lower-case comparison. */
  public Map<String, String> extraConfig(Moref vm, String prefix) {
    String start = prefix.toLowerCase(Locale.ROOT);
    return VmReader.read(
            vm, properties.of(vm, "config.extraConfig"), Names.NONE, key -> key.startsWith(start))
        .notes()
        .extraConfig();
  }

  /**
   * Switches changed block tracking on. It takes effect with the next snapshot, whose change id is
   * the first to compare with.
   *
   * @return the change version after it
   */
  public String enableChangeTracking(
      Moref vm, @Nullable String expectedChangeVersion, Duration deadline) {
    return reconfigure(
        vm, Reconfiguration.NONE.changeTracking(true), expectedChangeVersion, deadline);
  }

  /**
   * Marks the machine as a template: vCenter then refuses to power it on.
   *
   * @throws VSphereFault INVALID_POWER_STATE when it runs
   */
  public void markAsTemplate(Moref vm) {
    vsphere.call(vim -> {
      vim.markAsTemplate(VSphere.reference(vm));
      return true;
    });
  }

  /**
   * Makes a template a machine again.
   *
   * @param pool the resource pool it was in
   * @param host the host it was on; null lets vCenter keep it where it is
   */
  public void markAsVirtualMachine(Moref vm, Moref pool, @Nullable Moref host) {
    vsphere.call(vim -> {
      vim.markAsVirtualMachine(
          VSphere.reference(vm), VSphere.reference(pool), VSphere.referenceOrNull(host));
      return true;
    });
  }

  /** The tasks on this object that are queued or running: each may still change it. */
  public List<TaskFacts> pendingTasks(Moref entity) {
    return tasks.pending(entity);
  }

  /** A method of yavijava's stub that starts a task. */
  interface Start extends VSphere.Call<ManagedObjectReference> {}

  private VimData run(Duration deadline, Start start) {
    Deadline until = Deadline.in(deadline);
    return tasks.await(vsphere.call(start), until);
  }
}
