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
import java.util.TreeMap;

/**
 * Reads RVTools exports, xlsx or one csv a sheet, of old and new versions, several at once, into
 * the records that an eye on a vCenter gives. What RVTools calls MB in old versions and MiB in new
 * ones is MiB in both.
 */
public final class RvTools {
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
              "no VM ID: " + RvMachine.shown(name) + " is known by its name and host",
              false));
    }
    var key = new VmKey(vcenter, id);
    String where = info.file() + ", row " + row.number();
    String first = seen.putIfAbsent(key, where);
    if (first != null) {
      throw new IllegalArgumentException(
          RvMachine.shown(name)
              + " has the id of the machine in "
              + first
              + ": the first one counts");
    }
    var machine =
        new RvMachine(
            info, row, sheet -> of(byVm, sheet, row), byVm.containsKey("vDisk"), refused::add);
    Inventory.Vm vm = machine.as(key, name);
    long inUse = machine.usedBytes();
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
