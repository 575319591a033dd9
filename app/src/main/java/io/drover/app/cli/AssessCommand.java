// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code drover assess}: every concern of every VM of a plan. */
@Command(name = "assess", description = "Show every concern of every VM that a plan looked at.")
public final class AssessCommand implements Callable<Integer> {
  @Mixin private ConsoleClient console = new ConsoleClient();
  @Mixin private Output output = new Output();

  @Parameters(paramLabel = "PLAN", description = "Name of a proposed plan.")
  private String plan = "";

  @Override
  public Integer call() {
    JsonNode found = console.get("/api/v1/plans/" + plan);
    output.print(
        System.out,
        found.path("proposal"),
        () -> {
          var table =
              new Table("VM", "SEVERITY", "CONCERN", "OBSERVED", "WHY", "REMEDY", "HANDLED");
          for (JsonNode vm : found.path("proposal").path("left")) {
            add(table, vm.path("name").asText(), vm.path("concerns"));
          }
          for (JsonNode wave : found.path("proposal").path("waves")) {
            for (JsonNode vm : wave.path("vms")) {
              add(table, vm.path("spec").path("source").path("name").asText(), vm.path("concerns"));
            }
          }
          return table;
        });
    return Exit.OK;
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
