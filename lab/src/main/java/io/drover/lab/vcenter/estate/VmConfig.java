// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimAny;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a virtual machine, and its form as VirtualMachineConfigInfo. Guarded by the
 * estate's lock.
 */
public final class VmConfig {
  private static final DateTimeFormatter VERSION =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT);

  private final LabVm vm;
  private final boolean efi;
  private final boolean tpm;
  private boolean secureBoot;
  private int cpus;
  private int coresPerSocket;
  private int memoryMib;
  private String annotation;
  private boolean changeTracking;
  private final Map<String, String> extraConfig = new LinkedHashMap<>();
  private Instant modified;

  VmConfig(LabVm vm, VmSpec spec) {
    this.vm = vm;
    efi = spec.efi;
    secureBoot = spec.secureBoot;
    tpm = spec.tpm;
    cpus = spec.cpus;
    coresPerSocket = spec.coresPerSocket;
    memoryMib = spec.memoryMib;
    annotation = spec.annotation;
    changeTracking = spec.changeTracking;
    extraConfig.put("nvram", vm.name() + ".nvram");
    extraConfig.put("svga.present", "TRUE");
    extraConfig.putAll(spec.extraConfig);
    modified = vm.estate().uniqueInstant();
  }

  /** Gives the configuration a new version. */
  void bump() {
    modified = vm.estate().uniqueInstant();
    vm.changed();
  }

  /** What a reconfiguration names to be sure that it changes what its caller saw. */
  public String changeVersion() {
    return vm.estate().locked(() -> VERSION.format(modified.atOffset(ZoneOffset.UTC)));
  }

  Instant modified() {
    return modified;
  }

  public boolean efi() {
    return efi;
  }

  public boolean secureBoot() {
    return secureBoot;
  }

  void secureBoot(boolean value) {
    secureBoot = value;
  }

  boolean tpm() {
    return tpm;
  }

  public int cpus() {
    return cpus;
  }

  void cpus(int count) {
    cpus = count;
  }

  void coresPerSocket(int count) {
    coresPerSocket = count;
  }

  public int memoryMib() {
    return memoryMib;
  }

  void memoryMib(int size) {
    memoryMib = size;
  }

  public String annotation() {
    return annotation;
  }

  void annotation(String text) {
    annotation = text;
  }

  /**
   * Whether changed block tracking is asked for; it is in force on a disk once that shows a change
   * id.
   */
  public boolean changeTracking() {
    return changeTracking;
  }

  void changeTracking(boolean value) {
    changeTracking = value;
    if (value) {
      extraConfig.put("ctkEnabled", "TRUE");
    } else {
      extraConfig.remove("ctkEnabled");
    }
  }

  public Map<String, String> extraConfig() {
    return vm.estate().locked(() -> new TreeMap<>(extraConfig));
  }

  /** Sets an extra configuration option; an empty value removes it, as in vSphere. */
  void extra(String key, String value) {
    if (value.isEmpty()) {
      extraConfig.remove(key);
    } else {
      extraConfig.put(key, value);
    }
  }

  /**
   * Brings tracking of the disks in line with what the configuration asks: at a stun or power-on,
   * as ESXi does.
   */
  void applyChangeTracking() {
    for (LabDisk disk : vm.disks()) {
      boolean possible = disk.dependent() && disk.rawDevice() == null;
      if (changeTracking && possible && disk.content().changeId() == null) {
        disk.content().track(vm.estate().split());
      } else if (!changeTracking) {
        disk.content().untrack();
      }
    }
  }

  // ---- on the wire

  VimObject info() {
    LabDisk first = vm.disks().isEmpty() ? null : vm.disks().getFirst();
    String home = first == null ? "[unknown]" : "[" + first.datastore().name() + "]";
    String directory = home + " " + vm.name() + "/";
    VimObject allocation =
        VimObject.of("ResourceAllocationInfo")
            .with("reservation", 0L)
            .with("expandableReservation", false)
            .with("limit", -1L)
            .with(
                "shares",
                VimObject.of("SharesInfo")
                    .with("shares", 1000 * cpus)
                    .withEnum("level", "SharesLevel", "normal"));
    return VimObject.of("VirtualMachineConfigInfo")
        .with("changeVersion", changeVersion())
        .with("modified", modified)
        .with("name", vm.name())
        .with("guestFullName", vm.os().fullName())
        .with("version", efi ? "vmx-19" : "vmx-10")
        .with("uuid", vm.biosUuid().toString())
        .with("createDate", Instant.parse("2024-03-01T09:00:00Z"))
        .with("instanceUuid", vm.instanceUuid().toString())
        .with("npivTemporaryDisabled", true)
        .with("locationId", vm.biosUuid().toString())
        .with("template", vm.template())
        .with("guestId", vm.os().guestId())
        .with("alternateGuestName", "")
        .with("annotation", annotation)
        .with(
            "files",
            VimObject.of("VirtualMachineFileInfo")
                .with("vmPathName", directory + vm.name() + (vm.template() ? ".vmtx" : ".vmx"))
                .with("snapshotDirectory", directory)
                .with("suspendDirectory", directory)
                .with("logDirectory", directory))
        .with(
            "tools",
            VimObject.of("ToolsConfigInfo")
                .with("toolsVersion", vm.tools() ? 12389 : 0)
                .with("afterPowerOn", true)
                .with("beforeGuestShutdown", true)
                .with("toolsUpgradePolicy", "manual")
                .with("syncTimeWithHost", false))
        .with(
            "flags",
            VimObject.of("VirtualMachineFlagInfo")
                .with("disableAcceleration", false)
                .with("enableLogging", true)
                .with("useToe", false)
                .with("vbsEnabled", false))
        .with(
            "defaultPowerOps",
            VimObject.of("VirtualMachineDefaultPowerOpInfo")
                .with("powerOffType", "soft")
                .with("suspendType", "hard")
                .with("resetType", "soft")
                .withEnum("standbyAction", "VirtualMachineStandbyActionType", "checkpoint"))
        .with(
            "hardware",
            VimObject.of("VirtualHardware")
                .with("numCPU", cpus)
                .with("numCoresPerSocket", coresPerSocket)
                .with("autoCoresPerSocket", false)
                .with("memoryMB", memoryMib)
                .with("virtualICH7MPresent", false)
                .with("virtualSMCPresent", false)
                .with("device", VimArray.of("VirtualDevice", devices())))
        .with("cpuAllocation", allocation)
        .with("memoryAllocation", allocation)
        .with(
            "latencySensitivity",
            VimObject.of("LatencySensitivity")
                .withEnum("level", "LatencySensitivitySensitivityLevel", "normal"))
        .with("memoryHotAddEnabled", false)
        .with("cpuHotAddEnabled", false)
        .with("cpuHotRemoveEnabled", false)
        .with("extraConfig", VimArray.of("OptionValue", options()))
        .with(
            "datastoreUrl",
            first == null
                ? null
                : VimObject.of("VirtualMachineConfigInfoDatastoreUrlPair")
                    .with("name", first.datastore().name())
                    .with("url", first.datastore().url()))
        .with("swapPlacement", "inherit")
        .with(
            "bootOptions",
            VimObject.of("VirtualMachineBootOptions")
                .with("bootDelay", 0L)
                .with("enterBIOSSetup", false)
                .with("efiSecureBootEnabled", secureBoot)
                .with("bootRetryEnabled", false)
                .with("bootRetryDelay", 10_000L)
                .with("networkBootProtocol", "ipv4"))
        .with("vAssertsEnabled", false)
        .with("changeTrackingEnabled", changeTracking)
        .with("firmware", efi ? "efi" : "bios")
        .with("maxMksConnections", 40)
        .with("guestAutoLockEnabled", true)
        .with("memoryReservationLockedToMax", false)
        .with("nestedHVEnabled", false)
        .with("vPMCEnabled", false)
        .with("messageBusTunnelEnabled", false)
        .with("migrateEncryption", "opportunistic")
        .with("sevEnabled", false);
  }

  private List<VimObject> options() {
    List<VimObject> options = new ArrayList<>();
    extraConfig.forEach((key, value) ->
        options.add(VimObject.of("OptionValue").with("key", key).with("value", new VimAny(value))));
    for (LabDisk disk : vm.disks()) {
      if (disk.content().changeId() != null && disk.controller().scsi()) {
        options.add(
            VimObject.of("OptionValue")
                .with("key", "scsi" + disk.bus() + ":" + disk.unit() + ".ctkEnabled")
                .with("value", new VimAny("TRUE")));
      }
    }
    return options;
  }

  private List<VimObject> devices() {
    List<VimObject> devices = new ArrayList<>();
    devices.add(Controller.IDE.device(0, diskKeys(Controller.IDE, 0)));
    List<Integer> secondIde = new ArrayList<>(diskKeys(Controller.IDE, 1));
    secondIde.add(3003);
    devices.add(Controller.IDE.device(1, secondIde));
    devices.add(
        plain("VirtualPS2Controller", 300, "PS2 controller 0", "PS2 controller")
            .with("busNumber", 0));
    devices.add(
        plain("VirtualPCIController", 100, "PCI controller 0", "PCI controller")
            .with("busNumber", 0));
    devices.add(
        plain("VirtualSIOController", 400, "SIO controller 0", "SIO controller")
            .with("busNumber", 0));
    devices.add(
        plain("VirtualKeyboard", 600, "Keyboard", "Keyboard")
            .with("controllerKey", 300)
            .with("unitNumber", 0));
    devices.add(
        plain("VirtualPointingDevice", 700, "Pointing device", "Pointing device; Device")
            .with("controllerKey", 300)
            .with("unitNumber", 1));
    devices.add(
        plain("VirtualMachineVideoCard", 500, "Video card ", "Video card")
            .with("controllerKey", 100)
            .with("unitNumber", 0)
            .with("videoRamSizeInKB", 8192L)
            .with("numDisplays", 1));
    devices.add(
        plain(
                "VirtualMachineVMCIDevice",
                12000,
                "VMCI device",
                "Device on the virtual machine PCI bus")
            .with("controllerKey", 100)
            .with("unitNumber", 17)
            .with("id", 1_234_567L));
    Map<Controller, TreeSet<Integer>> buses = new TreeMap<>();
    for (LabDisk disk : vm.disks()) {
      if (disk.controller() != Controller.IDE) {
        buses.computeIfAbsent(disk.controller(), c -> new TreeSet<>()).add(disk.bus());
      }
    }
    buses.forEach((controller, numbers) ->
        numbers.forEach(bus -> devices.add(controller.device(bus, diskKeys(controller, bus)))));
    devices.add(cdrom());
    vm.disks().forEach(disk -> devices.add(disk.device(true)));
    if (tpm) {
      devices.add(plain("VirtualTPM", 11000, "Virtual TPM", "Trusted Platform Module"));
    }
    vm.nics().forEach(nic -> devices.add(nic.device(vm.poweredOn())));
    return devices;
  }

  private List<Integer> diskKeys(Controller controller, int bus) {
    return vm.disks().stream()
        .filter(d -> d.controller() == controller && d.bus() == bus)
        .map(LabDisk::key)
        .toList();
  }

  private static VimObject plain(String type, int key, String label, @Nullable String summary) {
    return VimObject.sub(type)
        .with("key", key)
        .with(
            "deviceInfo",
            VimObject.of("Description").with("label", label).with("summary", summary));
  }

  private VimObject cdrom() {
    return plain("VirtualCdrom", 3003, "CD/DVD drive 1", "Remote device")
        .with(
            "backing",
            VimObject.sub("VirtualCdromRemotePassthroughBackingInfo")
                .with("deviceName", "")
                .with("useAutoDetect", false)
                .with("exclusive", false))
        .with(
            "connectable",
            VimObject.of("VirtualDeviceConnectInfo")
                .with("startConnected", false)
                .with("allowGuestControl", true)
                .with("connected", false)
                .with("status", "untried"))
        .with("controllerKey", 201)
        .with("unitNumber", 1);
  }
}
