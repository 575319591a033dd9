// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import io.drover.vsphere.VmFacts.Boot;
import io.drover.vsphere.VmFacts.Device;
import io.drover.vsphere.VmFacts.Disk;
import io.drover.vsphere.VmFacts.Encryption;
import io.drover.vsphere.VmFacts.Nic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Assembles {@link VmFacts} from the properties of a virtual machine. */
final class VmReader {
  /** What is read of every machine. */
  static final List<String> PATHS =
      List.of(
          "name",
          "parent",
          "parentVApp",
          "resourcePool",
          "datastore",
          "runtime.powerState",
          "runtime.connectionState",
          "runtime.host",
          "runtime.consolidationNeeded",
          "runtime.faultToleranceState",
          "capability.changeTrackingSupported",
          "config.changeVersion",
          "config.uuid",
          "config.instanceUuid",
          "config.template",
          "config.version",
          "config.guestId",
          "config.guestFullName",
          "config.firmware",
          "config.bootOptions",
          "config.hardware.numCPU",
          "config.hardware.numCoresPerSocket",
          "config.hardware.memoryMB",
          "config.hardware.device",
          "config.cpuHotAddEnabled",
          "config.cpuHotRemoveEnabled",
          "config.memoryHotAddEnabled",
          "config.latencySensitivity",
          "config.cpuAllocation",
          "config.memoryAllocation",
          "config.flags",
          "config.files.vmPathName",
          "config.changeTrackingEnabled",
          "config.annotation",
          "config.extraConfig",
          "guest.hostName",
          "guest.ipAddress",
          "guest.guestFullName",
          "guest.toolsStatus",
          "guest.toolsRunningStatus",
          "guest.guestState",
          "guest.net",
          "guest.disk",
          "snapshot",
          "customValue",
          "layoutEx.disk",
          "layoutEx.file",
          "summary.storage");

  /** Read only from servers whose API knows it. */
  static final String ENCRYPTION_PATH = "config.keyId";

  private final Moref moref;
  private final Map<String, VimData> properties;
  private final Names names;
  private final List<VimData> devices;

  private VmReader(Moref moref, Map<String, VimData> properties, Names names) {
    this.moref = moref;
    this.properties = properties;
    this.names = names;
    this.devices = at("config.hardware.device").parts();
  }

  /** The paths to read from this server. */
  static List<String> paths(About about) {
    if (!about.apiAtLeast(6, 5)) {
      return PATHS;
    }
    List<String> all = new ArrayList<>(PATHS);
    all.add(ENCRYPTION_PATH);
    return all;
  }

  /** The facts, keeping the advanced settings that pass. */
  static VmFacts read(
      Moref moref, Map<String, VimData> properties, Names names, Predicate<String> settings) {
    return new VmReader(moref, properties, names).facts(settings);
  }

  private VimData at(String path) {
    return properties.getOrDefault(path, VimData.ABSENT);
  }

  private String text(String path) {
    return at(path).text();
  }

  private VmFacts facts(Predicate<String> settings) {
    Map<Integer, VimData> controllers = new LinkedHashMap<>();
    List<Disk> disks = new ArrayList<>();
    List<Nic> nics = new ArrayList<>();
    List<Device> others = new ArrayList<>();
    for (VimData device : devices) {
      controllers.put((int) device.number("key"), device);
    }
    for (VimData device : devices) {
      if (DeviceReader.isDisk(device)) {
        disks.add(DeviceReader.disk(device, controllers));
      } else if (DeviceReader.isNic(device)) {
        nics.add(DeviceReader.nic(device, names, at("guest.net")));
      } else {
        DeviceReader.other(device).ifPresent(others::add);
      }
    }
    disks.sort(Comparator.comparingInt(Disk::deviceKey));
    nics.sort(Comparator.comparingInt(Nic::deviceKey));
    VimData storage = at("summary.storage");
    return new VmFacts(
        moref,
        new VmFacts.Identity(
            text("config.instanceUuid"),
            text("config.uuid"),
            unescape(text("name")),
            text("config.changeVersion"),
            at("config.template").isTrue()),
        placement(),
        new VmFacts.Runtime(
            PowerState.of(text("runtime.powerState")),
            text("runtime.connectionState"),
            at("runtime.consolidationNeeded").isTrue(),
            text("runtime.faultToleranceState")),
        hardware(List.copyOf(others)),
        guest(),
        List.copyOf(disks),
        List.copyOf(nics),
        SnapshotNode.read(at("snapshot").each("rootSnapshotList")),
        new VmFacts.Tracking(
            at("config.changeTrackingEnabled").isTrue(),
            at("capability.changeTrackingSupported").isTrue()),
        new VmFacts.Storage(
            storage.number("committed"),
            storage.number("uncommitted"),
            storage.number("unshared"),
            diskBytes()),
        notes(settings));
  }

  /**
   * The sizes of the files of each disk; of a disk without an extent only descriptors are known.
   */
  private Map<Integer, Long> diskBytes() {
    Map<Long, VimData> files = new HashMap<>();
    for (VimData file : at("layoutEx.file").parts()) {
      files.put(file.number("key"), file);
    }
    Map<Integer, Long> bytes = new HashMap<>();
    for (VimData disk : at("layoutEx.disk").parts()) {
      long sum = 0;
      boolean known = false;
      for (VimData unit : disk.each("chain").toList()) {
        for (VimData key : unit.each("fileKey").toList()) {
          VimData file = files.getOrDefault(key.number(-1), VimData.ABSENT);
          sum += file.number("size");
          known |= file.text("type").equals("diskExtent");
        }
      }
      if (known) {
        bytes.put((int) disk.number("key"), sum);
      }
    }
    return Map.copyOf(bytes);
  }

  private VmFacts.Placement placement() {
    Optional<Moref> host = at("runtime.host").moref();
    Optional<Moref> cluster = host.flatMap(names::parent);
    Optional<Moref> vApp = at("parentVApp").moref();
    List<String> folders = new ArrayList<>();
    String datacenter = "";
    Optional<Moref> above = at("parent").moref().or(() -> vApp);
    for (int depth = 0; above.isPresent() && depth < 100; depth++) {
      Moref each = above.get();
      if (each.type().equals("Datacenter")) {
        datacenter = unescape(names.name(each));
        break;
      }
      folders.addFirst(unescape(names.name(each)));
      above = names.parent(each);
    }
    if (!datacenter.isEmpty() && !folders.isEmpty()) {
      folders.removeFirst(); // the datacenter's own VM folder
    }
    return new VmFacts.Placement(
        datacenter.isEmpty() ? "" : String.join("/", folders),
        datacenter,
        host,
        host.map(names::name).orElse(""),
        cluster,
        cluster.map(names::name).map(VmReader::unescape).orElse(""),
        at("resourcePool").moref(),
        vApp,
        text("config.files.vmPathName"),
        at("datastore").morefs());
  }

  private VmFacts.Hardware hardware(List<Device> others) {
    VimData cpu = at("config.cpuAllocation");
    VimData memory = at("config.memoryAllocation");
    VimData boot = at("config.bootOptions");
    return new VmFacts.Hardware(
        text("config.version"),
        (int) at("config.hardware.numCPU").number(0),
        (int) Math.max(1, at("config.hardware.numCoresPerSocket").number(1)),
        at("config.hardware.memoryMB").number(0),
        new VmFacts.HotPlug(
            at("config.cpuHotAddEnabled").isTrue(),
            at("config.cpuHotRemoveEnabled").isTrue(),
            at("config.memoryHotAddEnabled").isTrue()),
        new Boot(
            text("config.firmware"),
            boot.isTrue("efiSecureBootEnabled"),
            boot.each("bootOrder").map(DeviceReader::bootDevice).toList(),
            boot.isTrue("enterBIOSSetup")),
        new Encryption(at(ENCRYPTION_PATH).present(), at("config.flags").isTrue("vbsEnabled")),
        at("config.latencySensitivity").text("level"),
        new VmFacts.Allocation(
            cpu.number("reservation"),
            cpu.at("limit").number(-1),
            memory.number("reservation"),
            memory.at("limit").number(-1)),
        others);
  }

  private VmFacts.Guest guest() {
    String detected = text("guest.guestFullName");
    return new VmFacts.Guest(
        text("config.guestId"),
        detected.isEmpty() ? text("config.guestFullName") : detected,
        text("guest.hostName"),
        text("guest.toolsRunningStatus").equals("guestToolsRunning"),
        text("guest.guestState").equals("shuttingDown"),
        text("guest.toolsStatus"),
        text("guest.ipAddress"),
        freeBytes());
  }

  private Map<String, Long> freeBytes() {
    Map<String, Long> free = new HashMap<>();
    for (VimData each : at("guest.disk").parts()) {
      if (each.at("freeSpace").present()) {
        free.put(each.text("diskPath"), each.number("freeSpace"));
      }
    }
    return Map.copyOf(free);
  }

  private VmFacts.Notes notes(Predicate<String> settings) {
    Map<String, String> attributes = new TreeMap<>();
    for (VimData value : at("customValue").parts()) {
      attributes.put(names.attribute(value.text("key")), value.text("value"));
    }
    Map<String, String> extra = new TreeMap<>();
    for (VimData option : at("config.extraConfig").parts()) {
      if (settings.test(option.text("key").toLowerCase(Locale.ROOT))) {
        extra.put(option.text("key"), option.text("value"));
      }
    }
    return new VmFacts.Notes(text("config.annotation"), Map.copyOf(attributes), Map.copyOf(extra));
  }

  /** vSphere writes slash, backslash and percent in names as %2f, %5c and %25. */
  static String unescape(String name) {
    return name.indexOf('%') < 0
        ? name
        : name.replaceAll("(?i)%2f", "/").replaceAll("(?i)%5c", "\\\\").replace("%25", "%");
  }
}
