// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.ingest.files.Sheet.Row;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads RVTools exports, xlsx or one csv a sheet, of old and new versions, several at once, into
 * the records that an eye on a vCenter gives. What RVTools calls MB in old versions and MiB in new
 * ones is MiB in both.
 */
public final class RvTools {
  /** Tabs that tell more of the machines of vInfo. */
  static final List<String> DETAILS =
      List.of("vDisk", "vNetwork", "vSnapshot", "vPartition", "vTools", "vCPU", "vMemory", "vUSB");

  /** What it means that a tab is not there, where it means something. */
  private static final Map<String, String> WITHOUT =
      Map.of(
          "vDisk",
          "disks are guessed from vInfo, one of all provisioned space a machine",
          "vNetwork",
          "networks are not judged",
          "vTools",
          "VMware Tools are taken to run where vInfo has a DNS name or an address of the guest, and"
              + " not judged elsewhere",
          "vSnapshot",
          "snapshots are not judged");

  private final List<Inventory.Vm> vms = new ArrayList<>();
  private final List<Refused> refused = new ArrayList<>();
  private final Map<VmKey, Long> used = new HashMap<>();
  private final Map<VmKey, String> seen = new HashMap<>();
  private int rows;

  /** Machines of an export that have no id. */
  private int byName;

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
   * @param files xlsx, csv of single tabs, or folders of them; several exports of several vCenters
   * @throws NotReadable if a file is no RVTools export
   */
  public static Imported read(List<Path> files) {
    var reader = new RvTools();
    var loose = new LooseTabs(reader.refused::add);
    for (Path file : files) {
      for (Path each : LooseTabs.files(file)) {
        Map<String, Sheet> sheets = Sheet.read(each);
        boolean single = sheets.size() == 1;
        boolean machines = find(sheets, "vInfo") != null;
        if (machines && !single) {
          reader.export(sheets);
        } else if (single && (machines || sheets.values().iterator().next().has("VM"))) {
          loose.add(file, each, sheets.values().iterator().next());
        } else if (!LooseTabs.passedOver(file, each)) {
          throw new NotReadable(
              each.getFileName()
                  + " is no RVTools export: it has no sheet vInfo with a column VM (it has "
                  + String.join(", ", sheets.keySet().stream().limit(8).toList())
                  + "). Export all tabs to xlsx, or give the csv of tabvInfo.");
        }
      }
    }
    loose.exports().forEach(reader::export);
    return new Imported(reader.vms, reader.used, reader.refused, reader.rows);
  }

  private static @org.jspecify.annotations.Nullable Sheet find(
      Map<String, Sheet> sheets, String name) {
    for (Sheet sheet : sheets.values()) {
      if (LooseTabs.tab(sheet).equals(name.toLowerCase(Locale.ROOT))) {
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
    var join = new RvJoin(info);
    var byVm = new HashMap<String, Map<Integer, List<Row>>>();
    for (String name : DETAILS) {
      Sheet sheet = find(sheets, name);
      String without = WITHOUT.get(name);
      if (sheet != null) {
        byVm.put(name, join.rowsOf(sheet, refused::add));
      } else if (without != null) {
        refused.add(new Refused(info.file(), name, 0, "the sheet is missing: " + without, false));
      }
    }
    byName = 0;
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
    if (byName > 0) {
      refused.add(
          new Refused(
              info.file(),
              info.name(),
              0,
              "rows without VM ID: " + byName + "; their machines are known by name and host",
              false));
    }
  }

  private void machine(Sheet info, Row row, Map<String, Map<Integer, List<Row>>> byVm) {
    String name = row.get("VM");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the machine has no name (column VM)");
    }
    String vcenter = clean(row.get("VI SDK UUID", "VI SDK Server"), "rvtools");
    String id = clean(row.get("VM UUID", "VM ID", "SMBIOS UUID"), "");
    if (id.isEmpty()) {
      id = clean(name + "@" + row.get("Host"), name);
      byName++;
    }
    var key = new VmKey(vcenter, id);
    String where = info.file() + ", row " + row.number();
    String first = seen.putIfAbsent(key, where);
    if (first != null) {
      throw new IllegalArgumentException(
          RvMachine.shown(name)
              + " has the id of the machine in "
              + first
              + ": the first one counts"
              + (row.get("VI SDK UUID", "VI SDK Server").isEmpty()
                  ? " (only a column VI SDK UUID or VI SDK Server tells two vCenters apart)"
                  : ""));
    }
    var machine =
        new RvMachine(
            info,
            row,
            sheet -> byVm.getOrDefault(sheet, Map.of()).getOrDefault(row.number(), List.of()),
            byVm.containsKey("vDisk"));
    Inventory.Vm vm = machine.as(key, name);
    long inUse = machine.usedBytes();
    if (!machine.faults().isEmpty()) {
      throw new IllegalArgumentException(
          RvMachine.shown(name) + ": " + String.join("; ", machine.faults()));
    }
    if (inUse > 0) {
      used.put(key, inUse);
    }
    vms.add(vm);
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
}
