// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.ingest.files.Sheet.Row;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One machine of an RVTools export: its row of vInfo, and those of the other sheets. */
final class RvMachine {
  private static final long MIB = 1 << 20;

  /** More than any host and any datastore has, and few enough to be counted in bytes. */
  private static final long MOST_MIB = 1L << 40;

  private static final int MOST_CPUS = 100_000;

  /** Columns of vInfo that are read or say nothing of use; what is left is a custom attribute. */
  private static final Set<String> KNOWN =
      Set.of(
          "vm",
          "powerstate",
          "template",
          "cpus",
          "memory",
          "nics",
          "disks",
          "vm id",
          "vm uuid",
          "smbios uuid",
          "host",
          "cluster",
          "datacenter",
          "folder",
          "resource pool",
          "dns name",
          "primary ip address",
          "firmware",
          "annotation",
          "cbt",
          "vi sdk server",
          "vi sdk uuid",
          "os according to the configuration file",
          "os according to the vmware tools",
          "path",
          "in use mib",
          "in use mb",
          "provisioned mib",
          "provisioned mb",
          "unshared mib",
          "unshared mb",
          "hw version",
          "guest state",
          "heartbeat",
          "connection state",
          "config status",
          "srm placeholder",
          "creation date",
          "poweron",
          "change version",
          "vi sdk server type",
          "vi sdk api version",
          "efi secure boot",
          "log directory",
          "snapshot directory",
          "suspend directory",
          "uuid",
          "instance uuid");

  private final Sheet info;
  private final Row row;
  private final Function<String, List<Row>> details;
  private final boolean hasDisks;
  private final List<String> faults = new ArrayList<>();

  /**
   * @param details the machine's rows of a sheet
   * @param hasDisks whether the export has a sheet of disks
   */
  RvMachine(Sheet info, Row row, Function<String, List<Row>> details, boolean hasDisks) {
    this.info = info;
    this.row = row;
    this.details = details;
    this.hasDisks = hasDisks;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private List<Row> of(String sheet) {
    return details.apply(sheet);
  }

  /** What is wrong with the row, in words; complete after {@link #as} and {@link #usedBytes}. */
  List<String> faults() {
    return List.copyOf(faults);
  }

  /** Bytes in use; 0 if the export does not say. */
  long usedBytes() {
    return (long) (number(MOST_MIB, "In Use MiB", "In Use MB") * MIB);
  }

  /**
   * The record of the machine.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  Inventory.Vm as(VmKey key, String name) {
    List<Inventory.Disk> disks = disks();
    String id = key.vm();
    String power = row.get("Powerstate").toLowerCase(Locale.ROOT);
    Boolean toolsRunning = toolsRunning();
    String system =
        row.get("OS according to the VMware Tools", "OS according to the configuration file");
    String address = row.get("Primary IP Address");
    return new Inventory.Vm(
        key,
        new Inventory.Placement(
            row.get("VM ID").isEmpty() ? id : row.get("VM ID"),
            row.get("Datacenter"),
            row.get("Folder"),
            row.get("Cluster"),
            row.get("Host"),
            row.get("Host"),
            row.get("Resource pool")),
        name,
        power.contains("off")
            ? Inventory.Power.OFF
            : power.contains("suspend") ? Inventory.Power.SUSPENDED : Inventory.Power.ON,
        yes(row.get("Template")),
        new Inventory.Compute(
            (int) Math.max(1, number(MOST_CPUS, "CPUs")),
            1,
            (long) number(MOST_MIB, "Memory", "Memory MiB", "Memory MB"),
            of("vCPU").stream().anyMatch(r -> yes(r.get("Hot Add"))),
            of("vMemory").stream().anyMatch(r -> yes(r.get("Hot Add")))),
        new Inventory.Boot(
            row.get("Firmware").toLowerCase(Locale.ROOT).contains("efi")
                ? Inventory.Firmware.EFI
                : Inventory.Firmware.BIOS,
            yes(row.get("EFI Secure boot")),
            false,
            row.get("SMBIOS UUID")),
        new Inventory.Guest(
            Systems.guestId(system),
            system,
            row.get("DNS Name").isEmpty() ? null : row.get("DNS Name"),
            Boolean.TRUE.equals(toolsRunning),
            address.isEmpty() ? List.of() : List.of(address),
            List.of()),
        disks,
        nics(),
        of("vSnapshot").stream()
            .map(s -> new Inventory.Snapshot(s.get("Name"), s.get("Name"), s.get("Description")))
            .toList(),
        new Inventory.ChangeTracking(true, yes(row.get("CBT"))),
        row.get("Change Version"),
        false,
        of("vUSB").stream().map(u -> "USB " + u.get("Device Node", "Device Type")).toList(),
        attributes(toolsRunning),
        List.of(),
        null);
  }

  /** Whether VMware Tools run; null where the export does not say. */
  private @Nullable Boolean toolsRunning() {
    String status =
        of("vTools").stream()
            .map(tools -> lower(tools.get("Tools", "Running Status")))
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("");
    if (!status.isEmpty()) {
      return status.matches("toolsok|toolsold|(guest)?toolsrunning|running");
    }
    // Only the tools tell vCenter a name and an address of the guest.
    return row.get("DNS Name", "Primary IP Address").isEmpty() ? null : Boolean.TRUE;
  }

  private Map<String, String> attributes(@Nullable Boolean toolsRunning) {
    var attributes = new TreeMap<String, String>();
    if (toolsRunning == null) {
      attributes.put("VMware Tools", "unknown");
    }
    String connection = row.get("Connection state");
    if (!connection.isEmpty() && !connection.equalsIgnoreCase("connected")) {
      attributes.put("Connection state", connection);
    }
    if (of("vCPU").stream().anyMatch(r -> yes(r.get("Hot Remove")))) {
      attributes.put("CPU Hot Remove", "True");
    }
    for (String header : info.headers()) {
      String value = row.get(header);
      if (!value.isEmpty() && !KNOWN.contains(Sheet.key(header)) && value.length() <= 4096) {
        attributes.put(header, value);
      }
    }
    boolean partitions = false;
    for (Row partition : of("vPartition")) {
      try {
        double free = Sheet.whole(partition.get("Free MiB", "Free MB"));
        attributes.put(
            "Free " + partition.get("Disk", "Disk Path"), Long.toString((long) (free * MIB)));
        partitions = true;
      } catch (NumberFormatException e) {
        // No figure, nothing said: free space is only judged where it is known.
        continue;
      }
    }
    if (!partitions) {
      attributes.put("Guest Disks", "unknown");
    }
    return attributes;
  }

  private List<Inventory.Disk> disks() {
    var disks = new ArrayList<Inventory.Disk>();
    if (!hasDisks) {
      double mib = number(MOST_MIB, "Provisioned MiB", "Provisioned MB");
      if (mib > 0) {
        disks.add(disk(row, 0, mib, "[] " + row.get("VM")));
      }
      return disks;
    }
    for (Row disk : of("vDisk")) {
      double mib =
          number(
              "the capacity of " + shown(disk.get("Disk")) + " (vDisk, row " + disk.number() + ")",
              MOST_MIB,
              disk.get("Capacity MiB", "Capacity MB"));
      disks.add(disk(disk, disks.size(), mib, disk.get("Path", "Disk Path")));
    }
    return disks;
  }

  private static Inventory.Disk disk(Row row, int index, double mib, String path) {
    int end = path.indexOf(']');
    String datastore = path.startsWith("[") && end > 1 ? path.substring(1, end) : "unknown";
    String raw = row.get("Raw Com. Mode", "Raw Comp. Mode").toLowerCase(Locale.ROOT);
    boolean rdm = yes(row.get("Raw"));
    String controller = row.get("Controller").toLowerCase(Locale.ROOT);
    String sharing = row.get("Sharing mode").toLowerCase(Locale.ROOT);
    return new Inventory.Disk(
        2000 + index,
        row.get("Disk").isEmpty() ? "Hard disk " + (index + 1) : row.get("Disk"),
        (long) (mib * MIB),
        datastore,
        path,
        null,
        rdm
            ? (raw.contains("physical")
                ? Inventory.Backing.RDM_PHYSICAL
                : Inventory.Backing.RDM_VIRTUAL)
            : Inventory.Backing.FLAT,
        controller.contains("ide")
            ? "ide"
            : controller.contains("sata")
                ? "sata"
                : controller.contains("nvme")
                    ? "nvme"
                    : controller.contains("paravirtual") || controller.contains("pvscsi")
                        ? "pvscsi"
                        : "lsilogic",
        0,
        index,
        row.get("Disk Mode").toLowerCase(Locale.ROOT).contains("independent"),
        sharing.contains("multi") || sharing.contains("sharingbus"),
        yes(row.get("Thin")),
        null,
        null);
  }

  private List<Inventory.Nic> nics() {
    var nics = new ArrayList<Inventory.Nic>();
    for (Row nic : of("vNetwork")) {
      String addresses = nic.get("IPv4 Address", "IP Address");
      nics.add(
          new Inventory.Nic(
              4000 + nics.size(),
              nic.get("NIC label").isEmpty()
                  ? "Network adapter " + (nics.size() + 1)
                  : nic.get("NIC label"),
              nic.get("Adapter", "NIC type").toLowerCase(Locale.ROOT),
              nic.get("Mac Address"),
              nic.get("Network"),
              nic.get("Network"),
              yes(nic.get("Connected")),
              yes(nic.get("Starts Connected")),
              addresses.isEmpty() || addresses.equalsIgnoreCase("unknown")
                  ? List.of()
                  : List.of(addresses.split("[,; ]+"))));
    }
    return nics;
  }

  /** A whole number of vInfo; 0 if there is none. */
  private double number(long most, String... columns) {
    String text = row.get(columns);
    return text.isEmpty() ? 0 : number(columns[0], most, text);
  }

  /** A whole number; a fault of the machine if it cannot be one. */
  private double number(String what, long most, String text) {
    try {
      double number = Sheet.whole(text);
      if (number >= 0 && number <= most) {
        return number;
      }
      faults.add(what + " must be a number from 0 to " + most + ", but is '" + shown(text) + "'");
    } catch (NumberFormatException e) {
      faults.add(what + " is no number: '" + shown(text) + "'");
    }
    return 0;
  }

  private static boolean yes(String text) {
    String word = text.toLowerCase(Locale.ROOT);
    return word.equals("true")
        || word.equals("1")
        || word.equals("yes")
        || word.equals("wahr")
        || word.equals("ja")
        || word.equals("vrai")
        || word.equals("oui");
  }

  static String shown(String text) {
    return text.length() > 60 ? text.substring(0, 57) + "…" : text;
  }
}
