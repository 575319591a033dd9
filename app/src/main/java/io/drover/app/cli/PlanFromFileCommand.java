// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.app.cli.Output.Table;
import io.drover.engine.Meant;
import io.drover.planner.assess.Assessment.Judged;
import io.drover.planner.estate.Estate;
import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.programme.Programme;
import io.drover.planner.report.HtmlReport;
import io.drover.planner.report.Tables;
import io.drover.schemas.Concern;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code drover plan from-file}: waves out of an export alone, as tables, a page, a spreadsheet.
 */
@Command(
    name = "from-file",
    aliases = "export",
    description =
        "Plan waves out of an RVTools export alone, and write the plan as a page, a spreadsheet,"
            + " csv.")
public final class PlanFromFileCommand implements Callable<Integer> {
  /** Reasons to leave machines out that are said on the terminal. */
  private static final int REASONS = 5;

  @Mixin private PlanFiles files = new PlanFiles();

  @Parameters(
      paramLabel = "EXPORT",
      arity = "0..*",
      description = "RVTools exports, as with --rvtools.")
  private List<Path> exports = new ArrayList<>();

  @Option(names = "--html", paramLabel = "FILE", description = "Write a page to read.")
  private @Nullable Path html;

  @Option(
      names = "--xlsx",
      paramLabel = "FILE",
      description = "Write a spreadsheet; its sheet Machines can be edited and imported.")
  private @Nullable Path xlsx;

  @Option(names = "--csv", paramLabel = "FOLDER", description = "Write csv files.")
  private @Nullable Path csv;

  @Option(names = "--explain", paramLabel = "VM", description = "Say why a machine is where it is.")
  private @Nullable String explain;

  @Override
  public Integer call() throws IOException {
    exports.forEach(files::add);
    Estate estate = files.estate();
    Programme programme = files.plan(estate);
    Forecast forecast = files.forecast(programme);
    write(files, programme, forecast, html, xlsx, csv, "Migration plan");
    if (explain != null) {
      explain(programme, explain);
    } else {
      if (!programme.waves().isEmpty()) {
        waves(programme, forecast).print(System.out);
        System.out.println();
      }
      System.out.println(Tables.summary(programme));
    }
    told(files, programme);
    return files.exit();
  }

  /** Writes what was asked for. */
  static void write(
      PlanFiles files,
      Programme programme,
      @Nullable Forecast forecast,
      @Nullable Path html,
      @Nullable Path xlsx,
      @Nullable Path csv,
      String title)
      throws IOException {
    Path file = html;
    try {
      if (html != null) {
        Files.writeString(html, HtmlReport.of(title, programme, forecast, files.refused()));
      }
      if (xlsx != null || csv != null) {
        var tables = Tables.of(programme, forecast);
        if (xlsx != null) {
          file = xlsx;
          Workbooks.xlsx(xlsx, tables, programme);
        }
        if (csv != null) {
          file = csv;
          Workbooks.csv(csv, tables);
        }
      }
    } catch (FileSystemException e) {
      throw new Failure(Exit.CONFIGURATION, FileTrouble.unwritable(file) + ".");
    }
  }

  /** What the input lacked, on the error stream: nothing is dropped in silence. */
  static void told(PlanFiles files, Programme programme) {
    List<String> refused = files.refused();
    refused.stream().limit(20).forEach(row -> System.err.println("drover: " + row));
    if (refused.size() > 20) {
      System.err.println("drover: and " + (refused.size() - 20) + " more; the page has them.");
    }
    programme.notes().stream()
        .limit(20)
        .forEach(note -> System.err.println("drover: note: " + note));
    if (programme.notes().size() > 20) {
      System.err.println(
          "drover: and "
              + Why.count(programme.notes().size() - 20, "more note")
              + "; the page has them.");
    }
    int lost = files.rows() - programme.machines().size() - programme.left().size();
    System.err.println(
        "drover: "
            + Why.count(files.rows(), "machine")
            + " in the export: "
            + programme.machines().size()
            + " planned, "
            + programme.left().size()
            + " left out, "
            + lost
            + " refused.");
    leftOut(programme);
    if (files.exportRows() > 0) {
      System.err.println(
          "drover: "
              + Why.count(files.exportRows(), "row")
              + " of the export refused (above): this plan is made as if they were not there."
              + " Correct or delete them.");
    }
    if (files.tableRows() > 0) {
      System.err.println(
          "drover: "
              + Why.count(files.tableRows(), "row")
              + " of calendars, flows, statements or usage refused (above): this plan is made as if"
              + " nobody had said what they say, without what names a calendar that is not there."
              + " Correct or delete them.");
    }
  }

  /** Why machines are left out, what concerns most of them first. */
  private static void leftOut(Programme programme) {
    var names = new LinkedHashMap<String, List<String>>();
    for (Programme.Left left : programme.left()) {
      names.computeIfAbsent(left.told(), why -> new ArrayList<>()).add(left.vm().name());
    }
    names.entrySet().stream()
        .sorted(Comparator.comparingInt(reason -> -reason.getValue().size()))
        .limit(REASONS)
        .forEach(reason ->
            System.err.println(
                "drover: left out: "
                    + reason.getValue().getFirst()
                    + (reason.getValue().size() > 1
                        ? " and " + (reason.getValue().size() - 1) + " more"
                        : "")
                    + ": "
                    + reason.getKey()));
    if (names.size() > REASONS) {
      System.err.println(
          "drover: left out for "
              + Why.count(names.size() - REASONS, "more reason")
              + ": --html, --xlsx and --csv name each machine and why.");
    }
  }

  static Table waves(Programme programme, @Nullable Forecast forecast) {
    var table =
        new Table(
            ">WAVE",
            "STAGE",
            ">VMS",
            "CUTOVERS FROM",
            "TO",
            "TO (P95)",
            ">MISSED",
            ">CUT",
            "APPLICATIONS");
    for (Programme.Wave wave : programme.waves()) {
      int g = programme.index(wave);
      table.row(
          wave.number(),
          wave.stage().words(),
          wave.machines().size(),
          programme.estate().start().plusSeconds(wave.from()),
          programme.estate().start().plusSeconds(wave.to()),
          forecast == null ? "" : programme.estate().start().plusSeconds(forecast.end()[g][1]),
          forecast == null ? "" : String.format(Locale.ROOT, "%.0f %%", forecast.missed()[g] * 100),
          String.format(Locale.ROOT, "%.1f", wave.cutWeight()),
          wave.name().length() > 40 ? wave.name().substring(0, 39) + "…" : wave.name());
    }
    return table;
  }

  private static void explain(Programme programme, String name) {
    for (int i = 0; i < programme.machines().size(); i++) {
      if (programme.machines().get(i).vm().name().equals(name)) {
        System.out.println(
            name
                + " cuts over at "
                + programme.estate().start().plusSeconds(programme.cutover(i))
                + " for "
                + Why.span(programme.machines().get(i).estimate().cutoverSeconds())
                + ", because:");
        Tables.why(programme, i).forEach(why -> System.out.println("  - " + why));
        System.out.println("  - way: " + programme.machines().get(i).judged().why());
        concerns(programme.machines().get(i).judged());
        return;
      }
    }
    for (Programme.Left left : programme.left()) {
      if (left.vm().name().equals(name)) {
        System.out.println(name + " is left out: " + left.told());
        concerns(left.judged());
        return;
      }
    }
    var names = new ArrayList<String>();
    programme.estate().vms().forEach(vm -> names.add(vm.name()));
    throw new Failure(
        Exit.REFUSED,
        "There is no machine '"
            + name
            + "' in the export."
            + Meant.by(name, names).map(meant -> " Did you mean '" + meant + "'?").orElse(""));
  }

  private static void concerns(Judged judged) {
    if (!judged.concerns().isEmpty()) {
      System.out.println("What was found of it:");
    }
    for (Concern concern : judged.concerns()) {
      System.out.println(
          "  - "
              + concern.severity().name().toLowerCase(Locale.ROOT)
              + " "
              + concern.id()
              + ": "
              + concern.observed()
              + " "
              + concern.why()
              + (concern.handled() ? " Drover's part: " : " What to do: ")
              + concern.remedy());
    }
  }
}
