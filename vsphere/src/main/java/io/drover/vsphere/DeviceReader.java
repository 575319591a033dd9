// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import io.drover.vsphere.VmFacts.Backing;
import io.drover.vsphere.VmFacts.Bus;
import io.drover.vsphere.VmFacts.Device;
import io.drover.vsphere.VmFacts.Disk;
import io.drover.vsphere.VmFacts.Nic;
import io.drover.vsphere.VmFacts.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads virtual devices, also those of kinds newer than yavijava. */
final class DeviceReader {
  private DeviceReader() {}

  static boolean isDisk(VimData device) {
    return device.type().equals("VirtualDisk");
  }

  static boolean isNic(VimData device) {
    return device.at("macAddress").present() || nicModel(device.type()) != null;
  }

  private static @Nullable String nicModel(String type) {
    return switch (type) {
      case "VirtualE1000" -> "E1000";
      case "VirtualE1000e" -> "E1000e";
      case "VirtualPCNet32" -> "PCNet32";
      case "VirtualVmxnet" -> "Vmxnet";
      case "VirtualVmxnet2" -> "Vmxnet2";
      case "VirtualVmxnet3" -> "Vmxnet3";
      case "VirtualVmxnet3Vrdma" -> "Vmxnet3Vrdma";
      case "VirtualSriovEthernetCard" -> "Sriov";
      default -> null;
    };
  }

  static Disk disk(VimData device, Map<Integer, VimData> controllers) {
    VimData backing = device.at("backing");
    long bytes = device.number("capacityInBytes");
    VimData controller =
        controllers.getOrDefault((int) device.number("controllerKey"), VimData.ABSENT);
    return new Disk(
        (int) device.number("key"),
        device.text("deviceInfo.label"),
        bytes > 0 ? bytes : device.number("capacityInKB") * 1024,
        backing.text("fileName"),
        backing.moref("datastore"),
        backingKind(backing),
        backing.text("diskMode"),
        backing.text("sharing"),
        backing.isTrue("thinProvisioned"),
        uuid(backing),
        backing.text("changeId"),
        new Slot(
            bus(controller.type()),
            (int) device.number("controllerKey"),
            (int) controller.number("busNumber"),
            (int) device.number("unitNumber"),
            controller.text("sharedBus")),
        backing.at("keyId").present());
  }

  private static String uuid(VimData backing) {
    String uuid = backing.text("uuid");
    return uuid.isEmpty() ? backing.text("lunUuid") : uuid;
  }

  private static Backing backingKind(VimData backing) {
    return switch (backing.type()) {
      case "VirtualDiskFlatVer1BackingInfo", "VirtualDiskFlatVer2BackingInfo" -> Backing.FLAT;
      case "VirtualDiskSeSparseBackingInfo" -> Backing.SE_SPARSE;
      case "VirtualDiskSparseVer1BackingInfo", "VirtualDiskSparseVer2BackingInfo" -> Backing.SPARSE;
      case "VirtualDiskRawDiskMappingVer1BackingInfo" ->
          backing.text("compatibilityMode").equals("virtualMode")
              ? Backing.RDM_VIRTUAL
              : Backing.RDM_PHYSICAL;
      case "VirtualDiskRawDiskVer2BackingInfo", "VirtualDiskPartitionedRawDiskVer2BackingInfo" ->
          Backing.RDM_PHYSICAL;
      case "VirtualDiskLocalPMemBackingInfo" -> Backing.PMEM;
      default -> Backing.OTHER;
    };
  }

  private static Bus bus(String controller) {
    return switch (controller) {
      case "ParaVirtualSCSIController" -> Bus.PVSCSI;
      case "VirtualLsiLogicController" -> Bus.LSI_LOGIC;
      case "VirtualLsiLogicSASController" -> Bus.LSI_SAS;
      case "VirtualBusLogicController" -> Bus.BUS_LOGIC;
      case "VirtualIDEController" -> Bus.IDE;
      case "VirtualSATAController", "VirtualAHCIController" -> Bus.SATA;
      case "VirtualNVMEController" -> Bus.NVME;
      default -> Bus.OTHER;
    };
  }

  static Nic nic(VimData device, Names names, VimData guestNet) {
    int key = (int) device.number("key");
    Optional<Moref> network = network(device.at("backing"), names);
    List<String> addresses = new ArrayList<>();
    String guestNetwork = "";
    for (VimData each : guestNet.parts()) {
      if (each.number("deviceConfigId") == key) {
        guestNetwork = each.text("network");
        List<String> detailed =
            each.at("ipConfig").each("ipAddress").map(ip -> ip.text("ipAddress")).toList();
        addresses.addAll(
            detailed.isEmpty() ? each.each("ipAddress").map(VimData::text).toList() : detailed);
      }
    }
    String model = nicModel(device.type());
    String name = network.map(names::name).orElse("");
    if (name.isEmpty()) {
      name = device.at("backing").text("deviceName");
    }
    return new Nic(
        key,
        device.text("deviceInfo.label"),
        model == null ? device.type() : model,
        device.text("macAddress").toLowerCase(Locale.ROOT),
        network,
        VmReader.unescape(name.isEmpty() ? guestNetwork : name),
        device.isTrue("connectable.connected"),
        device.isTrue("connectable.startConnected"),
        addresses.stream().filter(each -> !each.isEmpty()).distinct().toList());
  }

  private static Optional<Moref> network(VimData backing, Names names) {
    String portGroup = backing.text("port.portgroupKey");
    if (!portGroup.isEmpty()) {
      return names
          .portGroup(portGroup)
          .or(() -> Optional.of(new Moref("DistributedVirtualPortgroup", portGroup)));
    }
    String opaque = backing.text("opaqueNetworkId");
    return opaque.isEmpty() ? backing.moref("network") : names.opaqueNetwork(opaque);
  }

  static Optional<Device> other(VimData device) {
    Device.@Nullable Kind kind =
        switch (device.type()) {
          case "VirtualTPM" -> Device.Kind.TPM;
          case "VirtualPCIPassthrough" -> Device.Kind.PCI_PASSTHROUGH;
          case "VirtualUSB" -> Device.Kind.USB;
          case "VirtualSerialPort" -> Device.Kind.SERIAL;
          case "VirtualParallelPort" -> Device.Kind.PARALLEL;
          case "VirtualFloppy" -> Device.Kind.FLOPPY;
          case "VirtualCdrom" -> Device.Kind.CDROM;
          case "VirtualSCSIPassthrough" -> Device.Kind.SCSI_PASSTHROUGH;
          case "VirtualSoundCard",
              "VirtualSoundBlaster16",
              "VirtualEnsoniq1371",
              "VirtualHdAudioCard" ->
              Device.Kind.SOUND;
          case "VirtualWDT" -> Device.Kind.WATCHDOG;
          case "VirtualNVDIMM" -> Device.Kind.NVDIMM;
          case "VirtualPrecisionClock" -> Device.Kind.PRECISION_CLOCK;
          default -> null;
        };
    if (kind == null) {
      return Optional.empty();
    }
    return Optional.of(
        new Device(
            kind,
            (int) device.number("key"),
            device.text("deviceInfo.label"),
            device.type(),
            behind(device.at("backing")),
            device.isTrue("connectable.connected")));
  }

  private static String behind(VimData backing) {
    for (String each : List.of("fileName", "deviceName", "vgpu", "serviceURI", "pipeName", "id")) {
      if (!backing.text(each).isEmpty()) {
        return backing.text(each);
      }
    }
    return "";
  }

  static String bootDevice(VimData entry) {
    return switch (entry.type()) {
      case "VirtualMachineBootOptionsBootableDiskDevice" -> "disk:" + entry.text("deviceKey");
      case "VirtualMachineBootOptionsBootableEthernetDevice" ->
          "ethernet:" + entry.text("deviceKey");
      case "VirtualMachineBootOptionsBootableCdromDevice" -> "cdrom";
      case "VirtualMachineBootOptionsBootableFloppyDevice" -> "floppy";
      default -> entry.type();
    };
  }
}
