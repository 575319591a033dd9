// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.planner.explain.Why;
import java.time.Instant;
import java.util.Locale;

/** What is forecast of a plan of a running Drover, how good it is, and who moved in it. */
final class PlanOutlook {
  /** VMs of one kind that are named; the page of the plan has all. */
  private static final int NAMED = 50;

  private PlanOutlook() {}

  /** Prints what the document of a plan says of it. */
  static void print(JsonNode plan) {
    JsonNode proposal = plan.path("proposal");
    JsonNode outlook = proposal.path("outlook");
    if (outlook.isObject()) {
      System.out.println();
      waves(outlook, proposal).print(System.out);
      System.out.printf(
          Locale.ROOT,
          "%nDone after %s; no plan can be before %s (%s): this one is within %.1f %% of the best"
              + " there is.%n",
          Why.span(outlook.path("makespanSeconds").asInt()),
          Why.span(outlook.path("boundSeconds").asInt()),
          outlook.path("boundBy").asText(),
          100 * outlook.path("gap").asDouble());
    }
    JsonNode changes = proposal.path("changes");
    if (changes.isObject()) {
      changes(changes, outlook);
    }
  }

  private static Table waves(JsonNode outlook, JsonNode proposal) {
    var table =
        new Table(
            ">WAVE", ">VMS", "CUTOVERS FROM", "TO", "TO (P50)", "TO (P95)", ">MISSED", ">CUT");
    for (JsonNode wave : outlook.path("waves")) {
      String id = wave.path("wave").asText();
      int vms = 0;
      for (JsonNode one : proposal.path("waves")) {
        vms = one.path("id").asText().equals(id) ? one.path("vms").size() : vms;
      }
      table.row(
          id.substring(id.lastIndexOf('/') + 1),
          vms,
          at(outlook, wave.path("fromSeconds").asLong()),
          at(outlook, wave.path("toSeconds").asLong()),
          at(outlook, wave.path("p50Seconds").asLong()),
          at(outlook, wave.path("p95Seconds").asLong()),
          String.format(Locale.ROOT, "%.0f %%", 100 * wave.path("missed").asDouble()),
          String.format(Locale.ROOT, "%.1f", wave.path("cutWeight").asDouble()));
    }
    return table;
  }

  private static void changes(JsonNode changes, JsonNode outlook) {
    System.out.printf(
        "%nAgainst the version before, %s moved, %d new, %d gone.%n",
        Why.count(changes.path("moved").size(), "VM"),
        changes.path("added").size(),
        changes.path("gone").size());
    var table = new Table("VM", "CHANGE", "CUTOVER WAS", "IS");
    int rows = 0;
    for (JsonNode vm : changes.path("moved")) {
      if (rows++ < NAMED) {
        table.row(
            vm.path("name").asText(),
            "moved",
            at(outlook, vm.path("fromSeconds").asLong()),
            at(outlook, vm.path("toSeconds").asLong()));
      }
    }
    for (String kind : new String[] {"added", "gone"}) {
      for (JsonNode vm : changes.path(kind)) {
        if (rows++ < NAMED) {
          table.row(vm.path("name").asText(), kind.equals("added") ? "new" : "gone", "", "");
        }
      }
    }
    if (rows > 0) {
      table.print(System.out);
    }
    if (rows > NAMED) {
      System.out.println("and " + (rows - NAMED) + " more.");
    }
  }

  /** An instant, or how long after the release of the first wave. */
  private static String at(JsonNode outlook, long second) {
    String start = outlook.path("start").asText("");
    return start.isEmpty()
        ? "+ " + Why.span((int) second)
        : Instant.parse(start).plusSeconds(second).toString();
  }
}
