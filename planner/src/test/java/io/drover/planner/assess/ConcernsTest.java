// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import static io.drover.schemas.Concern.Severity.BLOCKER;
import static io.drover.schemas.Concern.Severity.INFO;
import static io.drover.schemas.Concern.Severity.WARNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.schemas.Concern;
import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Backing;
import io.drover.schemas.Inventory.Node;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.Inventory.Quota;
import io.drover.schemas.Inventory.StorageClass;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every concern: a workload that raises it, and one a step away that does not. */
class ConcernsTest {
  /**
   * A row of the table.
   *
   * @param observed what the concern says it saw
   * @param raises what makes a workload without concerns raise it
   * @param quiet one step away from that, where it is not raised
   */
  private record Case(
      Rule rule,
      Severity severity,
      boolean handled,
      String observed,
      Consumer<Draft> raises,
      Consumer<Draft> quiet) {
    @Override
    public String toString() {
      return rule.id() + " " + severity + " " + observed;
    }
  }

  private static final List<Case> CASES = new ArrayList<>();

  private static void blocker(
      Rule rule, String observed, Consumer<Draft> raises, Consumer<Draft> quiet) {
    CASES.add(new Case(rule, BLOCKER, false, observed, raises, quiet));
  }

  private static void warning(
      Rule rule, String observed, Consumer<Draft> raises, Consumer<Draft> quiet) {
    CASES.add(new Case(rule, WARNING, false, observed, raises, quiet));
  }

  private static void info(
      Rule rule, String observed, Consumer<Draft> raises, Consumer<Draft> quiet) {
    CASES.add(new Case(rule, INFO, false, observed, raises, quiet));
  }

  private static void handled(
      Rule rule,
      Severity severity,
      String observed,
      Consumer<Draft> raises,
      Consumer<Draft> quiet) {
    CASES.add(new Case(rule, severity, true, observed, raises, quiet));
  }

  static {
    machine();
    vSphere();
    disks();
    storage();
    guest();
    networks();
    target();
  }

  private static void machine() {
    blocker(Rule.VM_TEMPLATE, "is a template", d -> d.template = true, d -> {});
    blocker(Rule.VM_ENCRYPTED, "encrypted by vSphere", d -> d.encrypted = true, d -> {});
    blocker(
        Rule.VM_SUSPENDED,
        "is suspended",
        d -> d.power = Power.SUSPENDED,
        d -> d.power = Power.OFF);
    blocker(
        Rule.VM_NOT_CONNECTED,
        "is inaccessible in vCenter",
        d -> d.attributes.put("Connection state", "inaccessible"),
        d -> d.attributes.put("Connection state", "connected"));
    warning(
        Rule.HOST_NOT_READY,
        "esx1 is in maintenance mode",
        d -> d.around.add(host(true, true)),
        d -> d.around.add(host(true, false)));
    warning(
        Rule.HOST_NOT_READY,
        "esx1 is not connected",
        d -> d.around.add(host(false, false)),
        d -> d.around.add(host(true, false)));
    info(
        Rule.TOOLS_UNKNOWN,
        "does not say whether VMware Tools run",
        d -> {
          d.tools = false;
          d.attributes.put("VMware Tools", "unknown");
        },
        d -> d.attributes.put("VMware Tools", "unknown"));
    blocker(
        Rule.TOOLS_NOT_RUNNING,
        "do not answer",
        d -> d.tools = false,
        d -> {
          d.tools = false;
          d.power = Power.OFF;
        });
    handled(
        Rule.TOOLS_NOT_RUNNING,
        WARNING,
        "do not answer",
        d -> {
          d.tools = false;
          d.hardPowerOff = true;
        },
        d -> d.hardPowerOff = true);
    blocker(
        Rule.SNAPSHOTS_PRESENT,
        "1 snapshot(s), the first is 'before-patch'",
        d -> {
          d.warm();
          d.snapshots.add(new Inventory.Snapshot("s-1", "before-patch", ""));
        },
        Draft::warm);
    warning(
        Rule.SNAPSHOTS_PRESENT,
        "the first is 'before-patch'",
        d -> d.snapshots.add(new Inventory.Snapshot("s-1", "before-patch", "")),
        d -> {});
    handled(
        Rule.CHANGE_TRACKING_OFF,
        INFO,
        "tracking is off",
        d -> {
          d.warm();
          d.tracking = new Inventory.ChangeTracking(true, false);
        },
        d -> d.tracking = new Inventory.ChangeTracking(true, false));
    blocker(
        Rule.CHANGE_TRACKING_OFF,
        "tracking is off",
        d -> {
          d.warm();
          d.tracking = new Inventory.ChangeTracking(false, false);
        },
        Draft::warm);
    info(
        Rule.CHANGE_TRACKING_OFF_DISK,
        "not every disk has a change id",
        d -> {
          d.warm();
          d.disk.changeId = null;
        },
        Draft::warm);
    blocker(
        Rule.WARM_NEEDS_VDDK,
        "Warm, by stream",
        d -> {
          d.warm();
          d.transfer = Transfer.STREAM;
        },
        d -> d.transfer = Transfer.STREAM);
  }

  private static void vSphere() {
    warning(
        Rule.DEVICE_SRIOV,
        "VirtualSriovEthernetCard",
        d -> d.devices.add("VirtualSriovEthernetCard"),
        d -> {});
    warning(
        Rule.DEVICE_SRIOV,
        "Network adapter 1",
        d -> d.nic.model = "sriov",
        d -> d.nic.model = "vmxnet3");
    blocker(
        Rule.DEVICE_PASSTHROUGH,
        "PCI device 0 (VirtualPCIPassthrough)",
        d -> d.devices.add("PCI device 0 (VirtualPCIPassthrough)"),
        d -> d.devices.add("PCI device 0 (VirtualSoundCard)"));
    warning(Rule.DEVICE_USB, "USB 1", d -> d.devices.add("USB 1"), d -> d.devices.add("Serial 1"));
    warning(
        Rule.DEVICE_LEFT_BEHIND,
        "Serial 1",
        d -> d.devices.add("Serial 1"),
        d -> d.devices.add("USB 1"));
    info(Rule.HOT_ADD, "CPUs can be added", d -> d.cpuHotAdd = true, d -> {});
    info(
        Rule.HOT_ADD,
        "CPUs can be removed, memory can be added",
        d -> {
          d.attributes.put("CPU Hot Remove", "True");
          d.memoryHotAdd = true;
        },
        d -> d.attributes.put("CPU Hot Remove", "False"));
    attribute(Rule.CONSOLIDATION_NEEDED, WARNING, "Consolidation Needed", "True", "False");
    attribute(Rule.FAULT_TOLERANCE, WARNING, "FT State", "running", "notConfigured");
    attribute(Rule.CPU_AFFINITY, WARNING, "CPU Affinity", "0,1", "");
    attribute(Rule.NUMA_AFFINITY, WARNING, "NUMA Affinity", "1", "0");
    attribute(Rule.HOST_AFFINITY, WARNING, "Host Affinity", "licences", "");
    attribute(Rule.DPM_ENABLED, INFO, "DPM", "True", "False");
    handled(
        Rule.DRS_ENABLED,
        INFO,
        "(DRS)",
        d -> d.attributes.put("DRS", "True"),
        d -> d.attributes.put("DRS", "no"));
    info(
        Rule.DISK_SERIAL_TRUNCATED,
        "disk.EnableUUID",
        d -> d.attributes.put("EnableUUID", "True"),
        d -> {
          d.attributes.put("EnableUUID", "True");
          d.disk.controller = "nvme";
        });
  }

  private static void attribute(
      Rule rule, Severity severity, String name, String raises, String quiet) {
    CASES.add(
        new Case(
            rule,
            severity,
            false,
            "",
            d -> d.attributes.put(name, raises),
            d -> d.attributes.put(name, quiet)));
  }

  private static void disks() {
    blocker(Rule.NO_DISKS, "has no disks", d -> d.disks.clear(), d -> {});
    blocker(
        Rule.TOO_MANY_DISKS_FOR_BUS,
        "7 disks",
        d -> {
          d.compatible();
          d.disks(7);
        },
        d -> {
          d.compatible();
          d.disks(6);
        });
    blocker(
        Rule.TOO_MANY_DISKS_FOR_BUS,
        "64 disks",
        d -> {
          d.compatible();
          d.disks(64);
        },
        d -> d.disks(64));
    warning(Rule.TOO_MANY_DISKS, "166 disks", d -> d.disks(166), d -> d.disks(165));
    blocker(
        Rule.DISK_RDM,
        "Hard disk 1 ([ds] a/a.vmdk) is a raw device mapping",
        d -> d.disk.backing = Backing.RDM_PHYSICAL,
        d -> d.disk.backing = Backing.SPARSE);
    blocker(
        Rule.DISK_BACKING_UNKNOWN,
        "Hard disk 1 ([ds] a/a.vmdk) has a backing that is not known",
        d -> d.disk.backing = Backing.OTHER,
        d -> d.disk.backing = Backing.RDM_VIRTUAL);
    blocker(
        Rule.DATASTORE_MISSING,
        "Hard disk 1 is on no datastore",
        d -> d.disk.datastore = "",
        d -> {});
    blocker(Rule.DISK_INDEPENDENT, "is independent", d -> d.disk.independent = true, d -> {});
    blocker(Rule.DISK_SHARED, "[ds] a/a.vmdk", d -> d.disk.shared = true, d -> {});
    blocker(Rule.DISK_EMPTY, "0 bytes", d -> d.disk.capacity = 0, d -> d.disk.capacity = 1 << 20);
    handled(
        Rule.DISK_ROUNDED,
        INFO,
        "not a whole number of MiB",
        d -> d.disk.capacity = (1 << 20) + 1,
        d -> d.disk.capacity = 1 << 20);
  }

  private static void storage() {
    blocker(
        Rule.STORAGE_NOT_MAPPED,
        "is on datastore ds",
        d -> {
          d.storage = Map.of();
          d.around.add(storage(false, "snap", "ReadWriteMany/Block"));
        },
        d -> {
          d.storage = Map.of();
          d.around.add(storage(true, "snap", "ReadWriteMany/Block"));
        });
    blocker(
        Rule.STORAGE_CLASS_MISSING,
        "mapped to storage class rdb",
        d -> {
          d.storage = Map.of("*", "rdb");
          d.around.add(storage(true, "snap", "ReadWriteMany/Block"));
        },
        d -> d.around.add(storage(true, "snap", "ReadWriteMany/Block")));
    warning(
        Rule.STORAGE_CLASS_WITHOUT_SNAPSHOTS,
        "Storage class rbd has no VolumeSnapshotClass",
        d -> d.around.add(storage(true, null, "ReadWriteMany/Block")),
        d -> d.around.add(storage(true, "snap", "ReadWriteMany/Block")));
    warning(
        Rule.STORAGE_CLASS_NOT_SHARED,
        "offers ReadWriteOnce/Block",
        d -> d.around.add(storage(true, "snap", "ReadWriteOnce/Block")),
        d -> d.around.add(storage(true, "snap", "ReadWriteOnce/Block", "ReadWriteMany/Block")));
    info(
        Rule.STORAGE_CLASS_FILE_MODE,
        "offers file systems only",
        d -> d.around.add(storage(true, "snap", "ReadWriteMany/Filesystem")),
        d -> d.around.add(storage(true, "snap", "ReadWriteMany/Block")));
  }

  private static void guest() {
    warning(
        Rule.BOOT_NEEDS_AHCI,
        "from pvscsi today, and from SATA then",
        Draft::compatible,
        d -> {
          d.compatible();
          d.disk.controller = "sata";
        });
    warning(
        Rule.BOOT_NEEDS_AHCI,
        "from ide today",
        d -> {
          d.compatible();
          d.disk.controller = "ide";
          d.system = "windows2019srv_64Guest";
        },
        d -> d.system = "windows2019srv_64Guest");
    blocker(
        Rule.BOOT_IMPOSSIBLE,
        "from pvscsi today, and from virtio then",
        d -> d.system = "freebsd13_64Guest",
        d -> {
          d.system = "freebsd13_64Guest";
          d.compatible();
        });
    blocker(
        Rule.BOOT_IMPOSSIBLE,
        "from pvscsi today, and from SATA then",
        d -> {
          d.system = "winNetEnterpriseGuest";
          d.compatible();
        },
        d -> {
          d.system = "winNetEnterpriseGuest";
          d.compatible();
          d.disk.controller = "sata";
        });
    warning(
        Rule.OS_UNSUPPORTED,
        "The guest is rhel6_64guest",
        d -> d.system = "rhel6_64Guest",
        d -> d.system = "rhel7_64Guest");
    warning(Rule.TPM, "has a virtual TPM", d -> d.tpm = true, d -> {});
    warning(Rule.HOSTNAME_EMPTY, "no host name", d -> d.hostname = null, d -> d.hostname = "a");
    warning(
        Rule.HOSTNAME_DEFAULT,
        "localhost.localdomain",
        d -> d.hostname = "localhost.localdomain",
        d -> d.hostname = "a.localdomain");
    warning(
        Rule.PREFERENCE_REQUIREMENTS,
        "boots by EFI and has no TPM",
        d -> {
          d.system = "windows11_64Guest";
          d.memory = 4096;
        },
        d -> {
          d.system = "windows11_64Guest";
          d.memory = 4096;
          d.tpm = true;
        });
    warning(
        Rule.PREFERENCE_REQUIREMENTS,
        "2 CPU(s) and 1535 MiB",
        d -> d.memory = 1535,
        d -> d.memory = 1536);
    blocker(
        Rule.GUEST_DISK_FULL,
        "/boot has 49 MiB free",
        d -> d.attributes.put("Free /boot", Long.toString(49L << 20)),
        d -> d.attributes.put("Free /boot", Long.toString(50L << 20)));
    blocker(
        Rule.GUEST_DISK_FULL,
        "C:\\ has 99 MiB free",
        d -> d.attributes.put("Free C:\\", Long.toString(99L << 20)),
        d -> {
          d.attributes.put("Free C:\\", Long.toString(99L << 20));
          d.compatible();
        });
    info(
        Rule.GUEST_DISKS_UNKNOWN,
        "The export does not say",
        d -> d.attributes.put("Guest Disks", "unknown"),
        d -> {
          d.attributes.put("Guest Disks", "unknown");
          d.compatible();
        });
    info(
        Rule.GUEST_DISKS_UNKNOWN,
        "VMware Tools do not run",
        d -> {
          d.tools = false;
          d.power = Power.OFF;
        },
        d -> {
          d.tools = false;
          d.power = Power.OFF;
          d.attributes.put("Free /", Long.toString(1L << 30));
        });
  }

  private static void networks() {
    blocker(
        Rule.MAC_CONFLICT,
        "Network adapter 2 has the MAC address 00:50:56:00:00:01",
        d -> d.nics.add(new DraftNic(2, d.nic.mac)),
        d -> d.nics.add(new DraftNic(2, "00:50:56:00:00:02")));
    blocker(
        Rule.NETWORK_NOT_MAPPED,
        "Network adapter 1 is on VM Network",
        d -> d.networks = Map.of(),
        d -> d.networks = Map.of("VM Network", "herd/lan"));
    blocker(
        Rule.NETWORK_MISSING,
        "is mapped to herd/lan",
        d -> d.around.add(new Inventory.TargetNetwork("t", "herd", "wan", "nad")),
        d -> d.around.add(new Inventory.TargetNetwork("t", "herd", "lan", "nad")));
    blocker(
        Rule.NETWORK_MISSING,
        "is mapped to herd/lan",
        d -> {
          d.around.add(new Inventory.TargetNetwork("t", "herd", "wan", "nad"));
          d.networks = Map.of("VM Network", "herd/wan");
          d.ownNetworks = Map.of("*", "herd/lan");
        },
        d -> {
          d.around.add(new Inventory.TargetNetwork("t", "herd", "wan", "nad"));
          d.networks = Map.of("VM Network", "herd/lan");
          d.ownNetworks = Map.of("*", "herd/wan");
        });
    warning(
        Rule.ADDRESS_CHANGES,
        "Network adapter 1 has 10.0.0.1",
        d -> d.networks = Map.of("*", "pod"),
        d -> d.networks = Map.of("*", "herd/lan"));
    info(
        Rule.NIC_RENAMED,
        "Network adapter 1 is a vmxnet3, and becomes a virtio",
        d -> {},
        d -> d.nic.addresses = List.of());
    info(
        Rule.NIC_RENAMED,
        "Network adapter 1 is a e1000e, and becomes a virtio",
        d -> d.nic.model = "e1000e",
        d -> {
          d.nic.model = "e1000e";
          d.compatible();
        });
    blocker(
        Rule.POD_NETWORK_TWICE,
        "2 cards are mapped to the pod network",
        d -> {
          d.networks = Map.of("*", "pod");
          d.nics.add(new DraftNic(2, "00:50:56:00:00:02"));
        },
        d -> d.networks = Map.of("*", "pod"));
    warning(
        Rule.ADDRESS_MISSING,
        "report no IP address",
        d -> d.nic.addresses = List.of(),
        d -> {
          d.nic.addresses = List.of();
          d.power = Power.OFF;
        });
  }

  private static void target() {
    blocker(Rule.NAME_NOT_POSSIBLE, "calls it 'ERP'", d -> d.called = "ERP", d -> d.called = "erp");
    handled(
        Rule.NAME_CHANGES, INFO, "called 'ERP_1'", d -> d.name = "ERP_1", d -> d.name = "erp-1");
    handled(
        Rule.NAME_CHANGES,
        INFO,
        "(10000 characters)",
        d -> d.name = "x".repeat(10_000),
        d -> d.name = "x".repeat(40));
    blocker(
        Rule.NO_NODE_RUNS_GUESTS,
        "None of 1 nodes",
        d -> d.around.add(node("n1", false, 8, "Haswell")),
        d -> d.around.add(node("n1", true, 8, "Haswell")));
    blocker(
        Rule.LARGER_THAN_ANY_NODE,
        "131072 MiB",
        d -> {
          d.memory = 128 << 10;
          d.around.add(node("n1", true, 8, "Haswell"));
        },
        d -> {
          d.memory = 64 << 10;
          d.around.add(node("n1", true, 8, "Haswell"));
        });
    warning(
        Rule.MORE_CPUS_THAN_ANY_NODE,
        "2 CPUs",
        d -> d.around.add(node("n1", true, 1, "Haswell")),
        d -> d.around.add(node("n1", true, 2, "Haswell")));
    warning(
        Rule.CPU_MODELS_DIFFER,
        "no CPU model in common",
        d ->
            Collections.addAll(
                d.around, node("n1", true, 8, "Haswell"), node("n2", true, 8, "EPYC")),
        d ->
            Collections.addAll(
                d.around, node("n1", true, 8, "Haswell"), node("n2", true, 8, "EPYC", "Haswell")));
    blocker(
        Rule.QUOTA_EXCEEDED,
        "Quota q of herd has 1 of persistentvolumeclaims left",
        d -> {
          d.disks(2);
          d.around.add(quota("persistentvolumeclaims", "4", "3"));
        },
        d -> d.around.add(quota("persistentvolumeclaims", "4", "3")));
    blocker(
        Rule.QUOTA_EXCEEDED,
        "Quota q of herd has 3072 MiB of requests.memory left",
        d -> d.around.add(quota("requests.memory", "4Gi", "1Gi")),
        d -> d.around.add(quota("requests.memory", "5Gi", "1Gi")));
  }

  static Stream<Case> cases() {
    return CASES.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void aConcernIsRaisedWhereItIsDueAndNotAStepAway(Case row) {
    List<Concern> raised = judged(row.raises());
    List<Concern> quiet = judged(row.quiet());

    assertThat(raised)
        .anySatisfy(c -> {
          assertThat(c.id()).isEqualTo(row.rule().id());
          assertThat(c.severity()).isEqualTo(row.severity());
          assertThat(c.handled()).isEqualTo(row.handled());
          assertThat(c.observed()).contains(row.observed()).endsWith(".");
          assertThat(c.observed().length()).isLessThan(200);
          assertThat(c.why()).isNotBlank();
          assertThat(c.remedy()).isNotBlank();
        });
    assertThat(quiet)
        .noneMatch(c ->
            c.id().equals(row.rule().id())
                && c.severity() == row.severity()
                && c.observed().contains(row.observed()));
  }

  @Test
  void everyConcernHasARow() {
    var missing = EnumSet.allOf(Rule.class);
    CASES.forEach(row -> missing.remove(row.rule()));

    assertThat(missing).isEmpty();
  }

  @Test
  void aWorkloadThatNothingIsWrongWithRaisesNothingButWhatChangesForAll() {
    assertThat(judged(d -> {})).extracting(Concern::id).containsExactly("nic-renamed");
  }

  private static List<Concern> judged(Consumer<Draft> change) {
    var draft = new Draft();
    change.accept(draft);
    Inventory.Vm vm = draft.vm();
    PlanSettings settings = draft.settings();
    return new Assessment(Target.of(draft.around)).of(vm, Mapping.of(vm, settings), settings);
  }

  private static Inventory.Host host(boolean connected, boolean maintenance) {
    return new Inventory.Host(
        "vc", "host-1", "esx1", "c1", "8.0.3", "Xeon", 32, 2400, 1 << 20, connected, maintenance);
  }

  private static Node node(String name, boolean schedulable, int cores, String... models) {
    return new Node(
        "t", name, schedulable, true, cores * 1000L, 96L << 30, List.of(models), null, null);
  }

  private static StorageClass storage(
      boolean isDefault, @Nullable String snapshots, String... modes) {
    return new StorageClass(
        "t", "rbd", "rbd.csi", isDefault, false, List.of(modes), snapshots, null, null, null);
  }

  private static Quota quota(String what, String hard, String used) {
    return new Quota("t", "herd", "q", Map.of(what, hard), Map.of(what, used));
  }

  /** A network card that a row may change. */
  private static final class DraftNic {
    private final int number;
    private final String mac;
    private String model = "vmxnet3";
    private List<String> addresses = List.of("10.0.0.1");

    DraftNic(int number, String mac) {
      this.number = number;
      this.mac = mac;
    }

    Inventory.Nic nic() {
      return new Inventory.Nic(
          4000 + number,
          "Network adapter " + number,
          model,
          mac,
          "net-1",
          "VM Network",
          true,
          true,
          addresses);
    }
  }

  /** A disk that a row may change. */
  private static final class DraftDisk {
    private final int number;
    private long capacity = 1L << 30;
    private String datastore = "ds";
    private Backing backing = Backing.FLAT;
    private String controller = "pvscsi";
    private boolean independent;
    private boolean shared;
    private @Nullable String changeId = "52 3f/1";

    DraftDisk(int number) {
      this.number = number;
    }

    Inventory.Disk disk() {
      return new Inventory.Disk(
          2000 + number,
          "Hard disk " + number,
          capacity,
          datastore,
          "[" + datastore + "] a/a.vmdk",
          null,
          backing,
          controller,
          0,
          number,
          independent,
          shared,
          true,
          changeId,
          null);
    }
  }

  /** A workload that nothing is wrong with, until a row changes it. */
  private static final class Draft {
    private String name = "erp-1";
    private Power power = Power.ON;
    private boolean template;
    private boolean encrypted;
    private boolean tools = true;
    private boolean tpm;
    private boolean cpuHotAdd;
    private boolean memoryHotAdd;
    private long memory = 4096;
    private String system = "rhel9_64Guest";
    private @Nullable String hostname = "erp-1.example";
    private Inventory.ChangeTracking tracking = new Inventory.ChangeTracking(true, true);
    private final DraftDisk disk = new DraftDisk(1);
    private final List<DraftDisk> disks = new ArrayList<>(List.of(disk));
    private final DraftNic nic = new DraftNic(1, "00:50:56:00:00:01");
    private final List<DraftNic> nics = new ArrayList<>(List.of(nic));
    private final List<Inventory.Snapshot> snapshots = new ArrayList<>();
    private final List<String> devices = new ArrayList<>();
    private final Map<String, String> attributes = new TreeMap<>();
    private final List<Inventory> around = new ArrayList<>();
    private Way way = Way.COLD;
    private Transfer transfer = Transfer.VDDK;
    private boolean compatibility;
    private boolean hardPowerOff;
    private Map<String, String> storage = Map.of("*", "rbd");
    private Map<String, String> networks = Map.of("*", "herd/lan");
    private Map<String, String> ownNetworks = Map.of();
    private @Nullable String called;

    void warm() {
      way = Way.WARM;
    }

    void compatible() {
      compatibility = true;
    }

    void disks(int count) {
      disks.clear();
      IntStream.rangeClosed(1, count).mapToObj(DraftDisk::new).forEach(disks::add);
    }

    Inventory.Vm vm() {
      return new Inventory.Vm(
          new VmKey("vc", "u-1"),
          new Inventory.Placement("vm-1", "dc", "/dc/vm", "c1", "host-1", "esx1", "pool"),
          name,
          power,
          template,
          new Inventory.Compute(2, 1, memory, cpuHotAdd, memoryHotAdd),
          new Inventory.Boot(Inventory.Firmware.EFI, false, tpm, "4210"),
          new Inventory.Guest(system, "", hostname, tools, List.of(), List.of()),
          disks.stream().map(DraftDisk::disk).toList(),
          nics.stream().map(DraftNic::nic).toList(),
          snapshots,
          tracking,
          "1",
          encrypted,
          devices,
          attributes,
          List.of(),
          null);
    }

    PlanSettings settings() {
      PlanSettings s = SyntheticEstate.settings(0);
      return new PlanSettings(
          way,
          transfer,
          s.sink(),
          "herd",
          storage,
          networks,
          compatibility,
          s.fourEyes(),
          s.cutoverApproval(),
          s.maxInFlight(),
          s.shutdownGrace(),
          hardPowerOff,
          s.bootBudget(),
          s.soak(),
          s.soakEnd(),
          s.downtimeBudget(),
          s.applicationAttribute(),
          s.dependencyAttribute(),
          Map.of(
              name,
              new PlanSettings.VmOverride(
                  null, null, called, null, ownNetworks, null, List.of(), null, null)),
          s.secondRead());
    }
  }
}
