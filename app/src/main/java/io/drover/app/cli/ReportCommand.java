// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.console.Sizes;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover report}: what became of the journeys. */
@Command(name = "report", description = "Show what became of the journeys of one or all waves.")
public final class ReportCommand implements Callable<Integer> {
  @Mixin private ConsoleClient console = new ConsoleClient();
  @Mixin private Output output = new Output();

  @Option(names = "--wave", defaultValue = "", description = "Only this wave, PLAN/NUMBER.")
  private String wave = "";

  @Override
  public Integer call() {
    JsonNode report =
        console.get(
            "/api/v1/report" + (wave.isEmpty() ? "" : "?wave=" + ConsoleClient.value(wave)));
    output.print(System.out, report, () -> table(report, Integer.MAX_VALUE));
    return Exit.OK;
  }

  /** What a narrow terminal does without, first to go first; the HTML and JSON have it all. */
  private static final List<String> SPARE = List.of("CHECKPOINT", ">WRITTEN", ">RATE", "WAY");

  /**
   * The table at the end of a wave.
   *
   * @param most columns that it may take
   */
  public static Table table(JsonNode report, int most) {
    Table table = table(report);
    for (String spare : SPARE) {
      if (table.width() > most) {
        table = table.without(spare);
      }
    }
    return table;
  }

  private static Table table(JsonNode report) {
    var table =
        new Table(
            "VM",
            "WAY",
            ">READ",
            ">WRITTEN",
            ">RATE",
            ">DOWNTIME",
            "CHECKPOINT",
            "DIGEST",
            "RESULT");
    for (JsonNode row : report.path("rows")) {
      long rate = row.path("bytesPerSecond").asLong();
      table.row(
          row.path("name").asText(),
          row.path("way").asText(),
          Sizes.counted(row.path("bytesRead").asLong()),
          Sizes.counted(row.path("bytesWritten").asLong()),
          rate == 0 ? "-" : Sizes.bytes(rate) + "/s",
          row.has("downtimeSeconds")
              ? String.format(Locale.ROOT, "%.1f s", row.path("downtimeSeconds").asDouble())
              : "-",
          row.path("checkpoint").asText(),
          row.path("proof").asText().equals("both") ? "equal (both)" : row.path("proof").asText(),
          row.path("result").asText());
    }
    return table;
  }
}
