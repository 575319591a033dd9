// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Disk;
import io.drover.schemas.Inventory.Firmware;
import io.drover.schemas.Inventory.Nic;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.TargetNic;
import io.drover.schemas.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The complete {@code kubevirt.io/v1} VirtualMachine for a source VM, halted. Everything that a
 * preference could fill in is written out, because a preference fills only what is unset and would
 * otherwise decide about firmware, buses and models.
 */
public final class VirtualMachineManifest {
  /** The name of KubeVirt's network that every cluster has. */
  public static final String POD = "pod";

  private final MigrationSpec spec;
  private final String note;

  private VirtualMachineManifest(MigrationSpec spec, String note) {
    this.spec = spec;
    this.note = note;
  }

  /**
   * The object to create.
   *
   * @param generation of the volumes it runs on
   * @param liveMigratable whether every volume can be attached to two nodes at once
   * @param note of the source, for an annotation where the plan asks for it
   */
  public static Map<String, Object> of(
      MigrationSpec spec, int generation, boolean liveMigratable, String note, Token token) {
    return new VirtualMachineManifest(spec, note).object(generation, liveMigratable, token);
  }

  private Map<String, Object> object(int generation, boolean liveMigratable, Token token) {
    Map<String, Object> labels = JourneyMarks.labels(spec);
    spec.target().labels().forEach(labels::putIfAbsent);
    Carried carried = Carried.of(spec, note);
    carried.labels().forEach(labels::putIfAbsent);
    Map<String, Object> annotations = JourneyMarks.annotations(spec);
    spec.target().annotations().forEach(annotations::putIfAbsent);
    carried.annotations().forEach(annotations::putIfAbsent);
    annotations.put(JourneyMarks.TOKEN, Long.toString(token.value()));
    annotations.put("drover.io/generation", Integer.toString(generation));
    var vm = map("apiVersion", "kubevirt.io/v1", "kind", "VirtualMachine");
    vm.put(
        "metadata",
        map(
            "name",
            spec.target().name(),
            "namespace",
            spec.target().namespace(),
            "labels",
            labels,
            "annotations",
            annotations));
    var body = map("runStrategy", "Halted");
    if (spec.target().preference() != null) {
      body.put(
          "preference",
          map("kind", "VirtualMachineClusterPreference", "name", spec.target().preference()));
    }
    var templateLabels = new LinkedHashMap<String, Object>(labels);
    templateLabels.put("kubevirt.io/domain", spec.target().name());
    body.put(
        "template",
        map(
            "metadata",
            map("labels", templateLabels),
            "spec",
            instance(generation, liveMigratable)));
    vm.put("spec", body);
    return vm;
  }

  private Map<String, Object> instance(int generation, boolean liveMigratable) {
    var instance = map("architecture", "amd64", "domain", domain());
    // A VM that cannot migrate must not block the drain of its node.
    instance.put("evictionStrategy", liveMigratable ? "LiveMigrate" : "LiveMigrateIfPossible");
    instance.put("terminationGracePeriodSeconds", windows() ? 3600 : 180);
    var networks = new ArrayList<Object>();
    var volumes = new ArrayList<Object>();
    for (Nic nic : spec.source().nics()) {
      String network = network(nic);
      networks.add(
          network.equals(POD)
              ? map("name", nicName(nic), "pod", map())
              : map("name", nicName(nic), "multus", map("networkName", network)));
    }
    for (Disk disk : spec.source().disks()) {
      volumes.add(
          map(
              "name",
              diskName(disk),
              "persistentVolumeClaim",
              map("claimName", VolumeNames.of(spec, disk.deviceKey(), generation))));
    }
    instance.put("networks", networks);
    instance.put("volumes", volumes);
    return instance;
  }

  private Map<String, Object> domain() {
    Inventory.Vm source = spec.source();
    int cores = Math.max(1, source.compute().coresPerSocket());
    // A topology that does not divide evenly is kept whole: cores count, sockets round up.
    int sockets = Math.max(1, (source.compute().cpus() + cores - 1) / cores);
    boolean even = sockets * cores == source.compute().cpus();
    var domain = new LinkedHashMap<String, Object>();
    domain.put(
        "cpu",
        map(
            "sockets",
            even ? sockets : source.compute().cpus(),
            "cores",
            even ? cores : 1,
            "threads",
            1));
    domain.put("memory", map("guest", source.compute().memoryMiB() + "Mi"));
    domain.put("machine", map("type", "q35"));
    domain.put("firmware", firmware());
    domain.put("clock", clock());
    domain.put("features", features());
    domain.put("devices", devices());
    return domain;
  }

  private Map<String, Object> firmware() {
    Inventory.Boot boot = spec.source().boot();
    var firmware = new LinkedHashMap<String, Object>();
    firmware.put("uuid", boot.biosUuid());
    firmware.put("serial", serial(boot.biosUuid()));
    firmware.put(
        "bootloader",
        boot.firmware() == Firmware.EFI
            ? map("efi", map("secureBoot", boot.secureBoot()))
            : map("bios", map()));
    return firmware;
  }

  /**
   * The serial number that VMware shows to guests for a UUID: {@code VMware-42 08 … -4e 2b …}.
   * Licences and inventories inside of guests go by it.
   */
  static String serial(String uuid) {
    String hex = uuid.replace("-", "").toLowerCase(Locale.ROOT);
    if (!hex.matches("[0-9a-f]{32}")) {
      return uuid;
    }
    var text = new StringBuilder("VMware-");
    for (int i = 0; i < 16; i++) {
      text.append(i == 0 ? "" : i == 8 ? "-" : " ").append(hex, 2 * i, 2 * i + 2);
    }
    return text.toString();
  }

  private Map<String, Object> clock() {
    var timer =
        map(
            "hpet",
            map("present", false),
            "pit",
            map("tickPolicy", "delay"),
            "rtc",
            map("tickPolicy", "catchup"));
    if (windows()) {
      timer.put("hyperv", map("present", true));
    }
    return map("utc", map(), "timer", timer);
  }

  private Map<String, Object> features() {
    var features = map("acpi", map(), "apic", map());
    if (spec.source().boot().firmware() == Firmware.EFI && spec.source().boot().secureBoot()) {
      features.put("smm", map("enabled", true));
    }
    if (windows()) {
      var hyperv = new LinkedHashMap<String, Object>();
      for (String name :
          List.of(
              "relaxed",
              "vapic",
              "vpindex",
              "runtime",
              "synic",
              "frequencies",
              "reenlightenment",
              "tlbflush",
              "ipi",
              "reset")) {
        hyperv.put(name, map());
      }
      hyperv.put("spinlocks", map("spinlocks", 8191));
      hyperv.put("synictimer", map("direct", map()));
      features.put("hyperv", hyperv);
    }
    return features;
  }

  private Map<String, Object> devices() {
    boolean compatible = spec.target().compatibility();
    var disks = new ArrayList<Object>();
    Disk boot = bootDisk(spec.source().disks());
    for (Disk disk : spec.source().disks()) {
      var device = map("name", diskName(disk));
      device.put("disk", map("bus", compatible ? "sata" : "virtio"));
      if (disk.deviceKey() == boot.deviceKey()) {
        device.put("bootOrder", 1);
      }
      device.put("serial", diskSerial(disk));
      disks.add(device);
    }
    var interfaces = new ArrayList<Object>();
    for (Nic nic : spec.source().nics()) {
      var device = map("name", nicName(nic), "model", compatible ? "e1000e" : "virtio");
      device.put("macAddress", nic.mac());
      device.put(network(nic).equals(POD) ? "masquerade" : "bridge", map());
      if (!nic.startConnected() && !network(nic).equals(POD)) {
        device.put("state", "down");
      }
      interfaces.add(device);
    }
    var devices = new LinkedHashMap<String, Object>();
    devices.put("disks", disks);
    devices.put("interfaces", interfaces);
    devices.put(
        "inputs",
        List.of(map("name", "tablet", "type", "tablet", "bus", compatible ? "usb" : "virtio")));
    devices.put("rng", map());
    // Said in both cases: a preference would give a TPM to a guest that never had one.
    devices.put(
        "tpm", spec.source().boot().tpm() ? map("persistent", true) : map("enabled", false));
    if (spec.source().nics().isEmpty()) {
      devices.put("autoattachPodInterface", false);
    }
    return devices;
  }

  /**
   * The disk that VMware's firmware tries first: by kind of controller, its number, and the unit.
   */
  static Disk bootDisk(List<Disk> disks) {
    return disks.stream()
        .min(
            Comparator.comparingInt((Disk d) -> rank(d.controller()))
                .thenComparingInt(Disk::bus)
                .thenComparingInt(Disk::unit)
                .thenComparingInt(Disk::deviceKey))
        .orElseThrow(() -> new IllegalArgumentException("A VM without disks cannot boot"));
  }

  private static int rank(String controller) {
    return switch (controller.toLowerCase(Locale.ROOT)) {
      case "sata" -> 0;
      case "ide" -> 1;
      case "nvme" -> 3;
      default -> 2;
    };
  }

  /** Virtio carries twenty characters; the beginning of the disk's UUID is told apart by them. */
  static String diskSerial(Disk disk) {
    String uuid = disk.uuid();
    String plain = uuid == null ? "disk-" + disk.deviceKey() : uuid.replaceAll("[^A-Za-z0-9]", "");
    // The first half of a VMware disk's UUID is the vendor's prefix: the end is what differs.
    return plain.length() <= 20 ? plain : plain.substring(plain.length() - 20);
  }

  static String diskName(Disk disk) {
    return "disk-" + disk.deviceKey();
  }

  static String nicName(Nic nic) {
    return "nic-" + nic.deviceKey();
  }

  private String network(Nic nic) {
    TargetNic target = spec.target().networks().get(nic.deviceKey());
    if (target == null) {
      throw Trouble.refused(
          "network-unmapped",
          "NIC " + nic.label() + " of VM " + spec.source().name() + " has no target network.",
          "Map its network, and plan the VM again.");
    }
    return target.network();
  }

  private boolean windows() {
    return spec.source().guest().id().toLowerCase(Locale.ROOT).startsWith("win");
  }

  /** A map in the order given: name, value, name, value… */
  static Map<String, Object> map(Object... pairs) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
