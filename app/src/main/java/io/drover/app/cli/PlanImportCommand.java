// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.ingest.files.NotReadable;
import io.drover.ingest.files.Sheet;
import io.drover.planner.explain.Why;
import io.drover.planner.programme.Programme;
import io.drover.planner.report.EditedPlan;
import io.drover.schemas.PlanMessage.EditedRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code drover plan import}: a plan that somebody edited in the spreadsheet becomes the next
 * version of a plan, or is checked against the export it came from; row by row either way.
 */
@Command(
    name = "import",
    description = {
      "Take an edited plan over as the next version of a plan (--into), to be approved anew.",
      "Without --into it is only checked: give the same inputs and options as when it was exported."
    })
public final class PlanImportCommand implements Callable<Integer> {
  @Mixin private PlanFiles files = new PlanFiles();
  @Mixin private ConsoleClient console = new ConsoleClient();
  @Mixin private Output output = new Output();

  @Parameters(paramLabel = "FILE", description = "The edited xlsx, or the edited machines.csv.")
  private Path edited = Path.of("");

  @Option(names = "--into", paramLabel = "PLAN", description = "The plan that was edited.")
  private @Nullable String into;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Sheet sheet = sheet();
    List<EditedRow> rows =
        sheet.rows().stream()
            .map(r ->
                new EditedRow(
                    r.number(),
                    r.get("Id"),
                    r.get("Name"),
                    r.get("Wave"),
                    r.get("Copy"),
                    r.get("Cutover")))
            .toList();
    return into == null ? check(rows) : take(into, sheet, rows);
  }

  private Sheet sheet() throws IOException {
    Map<String, Sheet> sheets;
    try {
      sheets = Sheet.read(edited);
    } catch (NotReadable e) {
      throw new Failure(Exit.CONFIGURATION, String.valueOf(e.getMessage()));
    }
    Sheet sheet = sheets.getOrDefault("Machines", sheets.values().iterator().next());
    for (String column : new String[] {"Id", "Wave", "Copy", "Cutover"}) {
      if (!sheet.has(column)) {
        throw new Failure(
            Exit.CONFIGURATION, edited + " has no sheet Machines with a column " + column + ".");
      }
    }
    return sheet;
  }

  /** The version is that of the table; a table that names none is of the version that stands. */
  private int take(String plan, Sheet sheet, List<EditedRow> rows) throws InterruptedException {
    if (files.given()) {
      throw new Failure(
          Exit.USAGE, "With --into the running Drover knows the estate: leave out --rvtools.");
    }
    String version =
        sheet.has("Version")
            ? sheet.rows().stream()
                .map(row -> row.get("Version").strip())
                .filter(named -> !named.isEmpty())
                .distinct()
                .collect(Collectors.joining(", "))
            : console.get("/api/v1/plans/" + plan).path("version").asText();
    if (!version.matches("[0-9]{1,9}")) {
      throw new Failure(
          Exit.REFUSED,
          "Expected one version of the plan in column Version, but got '" + version + "'.");
    }
    return PlanCommand.proposed(
        console,
        output,
        plan,
        console.post(
            "/api/v1/plans/" + plan + "/edit",
            Map.of("planVersion", Integer.parseInt(version), "rows", rows)));
  }

  private int check(List<EditedRow> rows) throws IOException {
    Programme programme = files.plan(files.estate());
    PlanFromFileCommand.told(files, programme);
    EditedPlan.Read read = EditedPlan.read(rows, programme);
    read.errors().stream().limit(100).forEach(System.err::println);
    if (!read.errors().isEmpty()) {
      throw new Failure(
          Exit.REFUSED,
          "Expected to take over the edited plan, but it has "
              + Why.count(read.errors().size(), "fault")
              + ".");
    }
    System.out.println(
        "The edited plan holds: "
            + Why.count(rows.size(), "machine")
            + ", "
            + read.changed()
            + " of them moved.");
    return files.exit();
  }
}
