// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.ingest.files.Sheet.Row;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads RVTools exports, xlsx or one csv a sheet, of old and new versions, several at once, into
 * the records that an eye on a vCenter gives. What RVTools calls MB in old versions and MiB in new
 * ones is MiB in both.
 */
public final class RvTools {
  private static final long MIB = 1 << 20;

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

  private final List<Inventory.Vm> vms = new ArrayList<>();
  private final List<Refused> refused = new ArrayList<>();
  private final Map<VmKey, Long> used = new HashMap<>();
  private final Map<VmKey, String> seen = new HashMap<>();
  private int rows;

  private RvTools() {}

  /**
   * What came out. Machines plus refused machines are the rows of vInfo.
   *
   * @param usedBytes bytes in use per machine, where the export says it
   * @param rows rows of vInfo that were not blank
   */
  public record Imported(
      List<Inventory.Vm> vms, Map<VmKey, Long> usedBytes, List<Refused> refused, int rows) {
    public Imported {
      vms = List.copyOf(vms);
      usedBytes = Map.copyOf(usedBytes);
      refused = List.copyOf(refused);
    }
  }

  /**
   * Reads.
   *
   * @throws NotReadable if a file is no RVTools export
   */
  public static Imported read(List<Path> files) {
    var reader = new RvTools();
    var loose = new LinkedHashMap<String, Sheet>();
    for (Path file : files) {
      Map<String, Sheet> sheets = Sheet.read(file);
      boolean single = sheets.size() == 1;
      if (find(sheets, "vInfo") != null) {
        if (single) {
          loose.putAll(sheets);
        } else {
          reader.export(sheets);
        }
      } else if (single && sheets.values().iterator().next().has("VM")) {
        loose.putAll(sheets);
      } else {
        throw new NotReadable(
            file.getFileName()
                + " is no RVTools export: it has no sheet vInfo with a column VM (it has "
                + String.join(", ", sheets.keySet().stream().limit(8).toList())
                + "). Export all tabs to xlsx, or give the csv of tabvInfo.");
      }
    }
    if (!loose.isEmpty()) {
      if (find(loose, "vInfo") == null) {
        throw new NotReadable(
            "None of the csv files is tabvInfo, which names the machines; got "
                + String.join(", ", loose.keySet())
                + ".");
      }
      reader.export(loose);
    }
    return new Imported(reader.vms, reader.used, reader.refused, reader.rows);
  }

  private static @org.jspecify.annotations.Nullable Sheet find(
      Map<String, Sheet> sheets, String name) {
    for (Sheet sheet : sheets.values()) {
      String own = sheet.name().toLowerCase(Locale.ROOT).replaceAll("^tab", "");
      if (own.equals(name.toLowerCase(Locale.ROOT))) {
        return name.equals("vInfo") && !sheet.has("VM") ? null : sheet;
      }
    }
    return null;
  }

  private void export(Map<String, Sheet> sheets) {
    Sheet info = find(sheets, "vInfo");
    if (info == null) {
      throw new IllegalStateException("An export has vInfo");
    }
    var byVm = new TreeMap<String, Map<String, List<Row>>>();
    for (String name :
        List.of(
            "vDisk", "vNetwork", "vSnapshot", "vPartition", "vTools", "vCPU", "vMemory", "vUSB")) {
      Sheet sheet = find(sheets, name);
      if (sheet == null) {
        if (name.equals("vDisk") || name.equals("vNetwork")) {
          refused.add(
              new Refused(
                  info.file(),
                  name,
                  0,
                  "the sheet is missing: "
                      + (name.equals("vDisk")
                          ? "disks are guessed from vInfo, one of all provisioned space a machine"
                          : "networks are not judged"),
                  false));
        }
        continue;
      }
      var rowsOf = new HashMap<String, List<Row>>();
      sheet.rows().forEach(row -> rowsOf.computeIfAbsent(id(row), k -> new ArrayList<>()).add(row));
      byVm.put(name, rowsOf);
    }
    for (Row row : info.rows()) {
      rows++;
      try {
        machine(info, row, byVm);
      } catch (IllegalArgumentException e) {
        refused.add(
            new Refused(
                info.file(), info.name(), row.number(), String.valueOf(e.getMessage()), true));
      }
    }
  }

  /** What joins the sheets: the VM id where there is one, else the name and host. */
  private static String id(Row row) {
    String id = row.get("VM ID");
    return id.isEmpty()
        ? row.get("VM") + "\n" + row.get("Host")
        : id + "\n" + row.get("VI SDK UUID", "VI SDK Server");
  }

  private static List<Row> of(Map<String, Map<String, List<Row>>> byVm, String sheet, Row row) {
    return byVm.getOrDefault(sheet, Map.of()).getOrDefault(id(row), List.of());
  }

  private void machine(Sheet info, Row row, Map<String, Map<String, List<Row>>> byVm) {
    String name = row.get("VM");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the machine has no name (column VM)");
    }
    String vcenter = clean(row.get("VI SDK UUID", "VI SDK Server"), "rvtools");
    String id = clean(row.get("VM UUID", "VM ID", "SMBIOS UUID"), "");
    if (id.isEmpty()) {
      id = clean(name + "@" + row.get("Host"), name);
      refused.add(
          new Refused(
              info.file(),
              info.name(),
              row.number(),
              "no VM ID: " + shown(name) + " is known by its name and host",
              false));
    }
    var key = new VmKey(vcenter, id);
    String where = info.file() + ", row " + row.number();
    String first = seen.putIfAbsent(key, where);
    if (first != null) {
      throw new IllegalArgumentException(
          shown(name) + " has the id of the machine in " + first + ": the first one counts");
    }
    List<Inventory.Disk> disks = disks(info, row, byVm);
    double inUse = number(info, row, "In Use MiB", "In Use MB");
    if (inUse > 0) {
      used.put(key, (long) (inUse * MIB));
    }
    String power = row.get("Powerstate").toLowerCase(Locale.ROOT);
    List<Row> tools = of(byVm, "vTools", row);
    boolean toolsRunning =
        tools.isEmpty()
            ? !row.get("DNS Name").isEmpty() || !row.get("Primary IP Address").isEmpty()
            : tools
                    .getFirst()
                    .get("Tools", "Running Status")
                    .toLowerCase(Locale.ROOT)
                    .matches("toolsok|toolsold|.*running.*")
                && !tools.getFirst().get("Tools").equalsIgnoreCase("toolsNotRunning");
    String system =
        row.get("OS according to the VMware Tools", "OS according to the configuration file");
    String address = row.get("Primary IP Address");
    vms.add(
        new Inventory.Vm(
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
                (int) Math.max(1, number(info, row, "CPUs")),
                1,
                (long) number(info, row, "Memory", "Memory MiB", "Memory MB"),
                of(byVm, "vCPU", row).stream().anyMatch(r -> yes(r.get("Hot Add"))),
                of(byVm, "vMemory", row).stream().anyMatch(r -> yes(r.get("Hot Add")))),
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
                toolsRunning,
                address.isEmpty() ? List.of() : List.of(address)),
            disks,
            nics(byVm, row),
            of(byVm, "vSnapshot", row).stream()
                .map(
                    s -> new Inventory.Snapshot(s.get("Name"), s.get("Name"), s.get("Description")))
                .toList(),
            new Inventory.ChangeTracking(true, yes(row.get("CBT"))),
            row.get("Change Version"),
            false,
            of(byVm, "vUSB", row).stream()
                .map(u -> "USB " + u.get("Device Node", "Device Type"))
                .toList(),
            attributes(info, row, byVm),
            List.of()));
  }

  private static Map<String, String> attributes(
      Sheet info, Row row, Map<String, Map<String, List<Row>>> byVm) {
    var attributes = new TreeMap<String, String>();
    for (String header : info.headers()) {
      String value = row.get(header);
      if (!value.isEmpty() && !KNOWN.contains(Sheet.key(header)) && value.length() <= 4096) {
        attributes.put(header, value);
      }
    }
    for (Row partition : of(byVm, "vPartition", row)) {
      try {
        double free = Sheet.number(partition.get("Free MiB", "Free MB"));
        attributes.put(
            "Free " + partition.get("Disk", "Disk Path"), Long.toString((long) (free * MIB)));
      } catch (NumberFormatException e) {
        // No figure, nothing said: free space is only judged where it is known.
        continue;
      }
    }
    return attributes;
  }

  private List<Inventory.Disk> disks(
      Sheet info, Row row, Map<String, Map<String, List<Row>>> byVm) {
    var disks = new ArrayList<Inventory.Disk>();
    if (!byVm.containsKey("vDisk")) {
      double mib = number(info, row, "Provisioned MiB", "Provisioned MB");
      if (mib > 0) {
        disks.add(disk(row, 0, mib, "[] " + row.get("VM")));
      }
      return disks;
    }
    for (Row disk : of(byVm, "vDisk", row)) {
      double mib;
      try {
        mib = Sheet.number(disk.get("Capacity MiB", "Capacity MB"));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "the capacity of "
                + disk.get("Disk")
                + " (vDisk, row "
                + disk.number()
                + ") is no number: '"
                + disk.get("Capacity MiB", "Capacity MB")
                + "'");
      }
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
        null);
  }

  private static List<Inventory.Nic> nics(Map<String, Map<String, List<Row>>> byVm, Row row) {
    var nics = new ArrayList<Inventory.Nic>();
    for (Row nic : of(byVm, "vNetwork", row)) {
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

  /** A number of vInfo; 0 if there is none; a detail is refused if it is not one. */
  private double number(Sheet info, Row row, String... columns) {
    String text = row.get(columns);
    if (text.isEmpty()) {
      return 0;
    }
    try {
      return Sheet.number(text);
    } catch (NumberFormatException e) {
      refused.add(
          new Refused(
              info.file(),
              info.name(),
              row.number(),
              columns[0] + " is no number: '" + shown(text) + "'",
              false));
      return 0;
    }
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

  /** Keys are joined by a slash, so that none may be in them. */
  private static String clean(String text, String otherwise) {
    String plain = text.replace('/', '_');
    return plain.isBlank()
        ? otherwise.replace('/', '_')
        : plain.length() > 200
            ? plain.substring(0, 180) + "#" + Integer.toHexString(plain.hashCode())
            : plain;
  }

  private static String shown(String text) {
    return text.length() > 60 ? text.substring(0, 57) + "…" : text;
  }
}
