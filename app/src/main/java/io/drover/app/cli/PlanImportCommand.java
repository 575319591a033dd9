// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.ingest.files.NotReadable;
import io.drover.ingest.files.Sheet;
import io.drover.planner.programme.Programme;
import io.drover.planner.report.EditedPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code drover plan import}: checks a plan that somebody edited in the spreadsheet, row by row.
 */
@Command(
    name = "import",
    description = "Check an edited plan: give the same inputs and options as when it was exported.")
public final class PlanImportCommand implements Callable<Integer> {
  @Mixin private PlanFiles files = new PlanFiles();

  @Parameters(paramLabel = "FILE", description = "The edited xlsx, or the edited machines.csv.")
  private Path edited = Path.of("");

  @Override
  public Integer call() throws IOException {
    Programme programme = files.plan(files.estate());
    Map<String, Sheet> sheets;
    try {
      sheets = Sheet.read(edited);
    } catch (NotReadable e) {
      throw new Failure(Exit.CONFIGURATION, String.valueOf(e.getMessage()));
    }
    Sheet sheet = sheets.getOrDefault("Machines", sheets.values().iterator().next());
    for (String column : new String[] {"Id", "Copy", "Cutover"}) {
      if (!sheet.has(column)) {
        throw new Failure(
            Exit.CONFIGURATION, edited + " has no sheet Machines with a column " + column + ".");
      }
    }
    var rows =
        sheet.rows().stream()
            .map(r ->
                new EditedPlan.Row(
                    r.number(), r.get("Id"), r.get("Name"), r.get("Copy"), r.get("Cutover")))
            .toList();
    EditedPlan.Read read = EditedPlan.read(rows, programme);
    read.errors().stream().limit(100).forEach(System.err::println);
    if (!read.errors().isEmpty()) {
      throw new Failure(
          Exit.REFUSED,
          "Expected to take over the edited plan, but "
              + read.errors().size()
              + " thing(s) are wrong with it.");
    }
    System.out.println(
        "The edited plan holds: "
            + rows.size()
            + " machines, "
            + read.changed()
            + " of them moved.");
    return Exit.OK;
  }
}
