// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.planner.programme.Programme;
import io.drover.planner.report.Tables;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover assess}: every concern of every VM of a plan, or of an export alone. */
@Command(
    name = "assess",
    description =
        "Show every concern of every VM that a plan looked at, or of an RVTools export alone.")
public final class AssessCommand implements Callable<Integer> {
  @Mixin private ConsoleClient console = new ConsoleClient();
  @Mixin private Output output = new Output();

  @Mixin private PlanFiles files = new PlanFiles();

  @Parameters(
      arity = "0..1",
      paramLabel = "PLAN|FILE",
      description = "Name of a proposed plan, or an RVTools export (as with --rvtools).")
  private String plan = "";

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "With --rvtools: write a page to read.")
  private @Nullable Path html;

  @Override
  public Integer call() throws IOException {
    if (!plan.isEmpty() && PlanFiles.isFile(plan)) {
      files.add(Path.of(plan));
      plan = "";
    }
    if (files.given() && !plan.isEmpty()) {
      throw new Failure(
          Exit.USAGE, "The running Drover knows the estate of " + plan + ": leave out --rvtools.");
    }
    if (files.given()) {
      return fromFiles();
    }
    if (plan.isEmpty()) {
      throw new Failure(Exit.USAGE, "Name a proposed plan, or an RVTools export.");
    }
    if (html != null) {
      throw new Failure(
          Exit.USAGE,
          "The page of a plan is written by 'drover plan show " + plan + " --html " + html + "'.");
    }
    JsonNode proposal = PlanCommand.standing(console.get("/api/v1/plans/" + plan));
    output.print(
        System.out,
        proposal,
        () -> {
          var table =
              new Table("VM", "SEVERITY", "CONCERN", "OBSERVED", "WHY", "REMEDY", "HANDLED");
          for (JsonNode vm : proposal.path("left")) {
            add(table, vm.path("name").asText(), vm.path("concerns"));
          }
          for (JsonNode wave : proposal.path("waves")) {
            for (JsonNode vm : wave.path("vms")) {
              add(table, vm.path("spec").path("source").path("name").asText(), vm.path("concerns"));
            }
          }
          return table;
        });
    return Exit.OK;
  }

  private Integer fromFiles() throws IOException {
    Programme programme = files.plan(files.estate());
    PlanFromFileCommand.write(
        files, programme, files.forecast(programme), html, null, null, "Migration assessment");
    JsonNode concerns = Json.mapper().createArrayNode();
    var table = new Table("VM", "SEVERITY", "CONCERN", "OBSERVED", "REMEDY", "HANDLED");
    for (var row : Tables.of(programme, null).getLast().rows()) {
      ((com.fasterxml.jackson.databind.node.ArrayNode) concerns)
          .addObject()
          .put("vm", row.get(0).toString())
          .put("severity", row.get(2).toString())
          .put("id", row.get(3).toString())
          .put("observed", row.get(4).toString())
          .put("why", row.get(5).toString())
          .put("remedy", row.get(6).toString())
          .put("handled", row.get(7).equals("yes"));
      table.row(
          shown(row.get(0)), row.get(2), row.get(3), shown(row.get(4)), row.get(6), row.get(7));
    }
    output.print(System.out, concerns, () -> table);
    PlanFromFileCommand.told(files, programme);
    return files.exit();
  }

  private static String shown(Object text) {
    String all = text.toString();
    return all.length() > 60 ? all.substring(0, 59) + "…" : all;
  }

  private static void add(Table table, String vm, JsonNode concerns) {
    for (JsonNode concern : concerns) {
      table.row(
          vm,
          concern.path("severity").asText(),
          concern.path("id").asText(),
          concern.path("observed").asText(),
          concern.path("why").asText(),
          concern.path("remedy").asText(),
          concern.path("handled").asBoolean() ? "yes" : "no");
    }
  }
}
