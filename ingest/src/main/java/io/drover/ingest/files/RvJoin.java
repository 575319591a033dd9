// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.ingest.files.Sheet.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Joins the rows of the other sheets of an RVTools export to those of vInfo: by VM ID, else by VM
 * UUID, else by name and host, else by name, the first of them that the row has and that vInfo
 * knows. Where both say which vCenter they are of, it is the same one.
 */
final class RvJoin {
  private final Map<String, List<Row>> byId = new HashMap<>();
  private final Map<String, List<Row>> byUuid = new HashMap<>();
  private final Map<String, List<Row>> byPlace = new HashMap<>();
  private final Map<String, List<Row>> byName = new HashMap<>();

  RvJoin(Sheet info) {
    for (Row row : info.rows()) {
      put(byId, row.get("VM ID"), row);
      put(byUuid, row.get("VM UUID"), row);
      put(byPlace, place(row), row);
      put(byName, row.get("VM"), row);
    }
  }

  private static void put(Map<String, List<Row>> rows, String key, Row row) {
    if (!key.isEmpty()) {
      rows.computeIfAbsent(key, k -> new ArrayList<>()).add(row);
    }
  }

  private static String place(Row row) {
    String name = row.get("VM");
    String host = row.get("Host");
    return name.isEmpty() || host.isEmpty() ? "" : name + "\n" + host;
  }

  /**
   * The rows of a sheet by the number of the row of vInfo that they belong to.
   *
   * @param refuse hears of every row that belongs to none, or could belong to several
   */
  Map<Integer, List<Row>> rowsOf(Sheet sheet, Consumer<Refused> refuse) {
    var rowsOf = new HashMap<Integer, List<Row>>();
    for (Row row : sheet.rows()) {
      List<Row> machines = machines(row);
      if (machines.size() == 1) {
        rowsOf.computeIfAbsent(machines.getFirst().number(), k -> new ArrayList<>()).add(row);
        continue;
      }
      String name = row.get("VM");
      refuse.accept(
          new Refused(
              sheet.file(),
              sheet.name(),
              row.number(),
              machines.isEmpty()
                  ? "there is no such machine in vInfo: "
                      + (name.isEmpty() ? "it has no name" : RvMachine.shown(name))
                  : "there are "
                      + machines.size()
                      + " machines "
                      + RvMachine.shown(name)
                      + " in vInfo: only a column VM ID or VM UUID in both sheets tells which",
              false));
    }
    return rowsOf;
  }

  /** Machines that a row may belong to: one where it is joined. */
  private List<Row> machines(Row row) {
    List<Row> found = of(byId, row.get("VM ID"), row);
    if (found.isEmpty()) {
      found = of(byUuid, row.get("VM UUID"), row);
    }
    if (!found.isEmpty()) {
      List<Row> named =
          found.stream().filter(machine -> machine.get("VM").equals(row.get("VM"))).toList();
      List<Row> meant = named.isEmpty() ? found : named;
      // Of machines of one vCenter with one id only the first counts, so its rows are of that one.
      return meant.stream().map(RvJoin::vcenter).distinct().count() == 1
          ? List.of(meant.getFirst())
          : meant;
    }
    found = of(byPlace, place(row), row);
    return found.isEmpty() ? of(byName, row.get("VM"), row) : found;
  }

  private static List<Row> of(Map<String, List<Row>> rows, String key, Row row) {
    String vcenter = vcenter(row);
    return rows.getOrDefault(key, List.of()).stream()
        .filter(machine -> {
          String other = vcenter(machine);
          return other.isEmpty() || vcenter.isEmpty() || other.equals(vcenter);
        })
        .toList();
  }

  private static String vcenter(Row row) {
    return row.get("VI SDK UUID", "VI SDK Server");
  }
}
