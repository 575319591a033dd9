// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.planner.estate.Estate;
import io.drover.planner.explain.WhatIf;
import io.drover.planner.explain.Why;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Replanning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * {@code drover plan what-if}: the plan beside one under other circumstances; nothing is touched.
 */
@Command(
    name = "what-if",
    description = "Compare the plan with one under other circumstances. Nothing is touched.")
public final class PlanWhatIfCommand implements Callable<Integer> {
  @Mixin private PlanFiles files = new PlanFiles();
  @Mixin private ConsoleClient console = new ConsoleClient();

  @Parameters(
      paramLabel = "PLAN|FILE",
      arity = "0..1",
      description = "A plan of the running Drover, or an RVTools export (as with --rvtools).")
  private @Nullable String plan;

  @Option(
      names = "--add-host",
      paramLabel = "CLUSTER",
      description = "One more ESXi host in a cluster; machines spread over it.")
  private List<String> addHost = new ArrayList<>();

  @Option(
      names = "--window",
      paramLabel = "CALENDAR=FROM/TO",
      description = "One more window, for example prod=2026-09-12T18:00:00Z/2026-09-13T06:00:00Z.")
  private List<String> windows = new ArrayList<>();

  @Option(names = "--with-nfc", description = "Other NFC connections a vCenter.")
  private @Nullable Integer nfc;

  @Option(names = "--with-disks-per-host", description = "Other disks in flight a host.")
  private @Nullable Integer disksPerHost;

  @Option(names = "--with-cutovers", description = "Other cutovers at once.")
  private @Nullable Integer cutovers;

  @Option(names = "--with-link", description = "Another link, MiB/s.")
  private @Nullable Integer link;

  @Override
  public Integer call() throws IOException {
    if (addHost.isEmpty()
        && windows.isEmpty()
        && nfc == null
        && disksPerHost == null
        && cutovers == null
        && link == null) {
      throw new Failure(
          Exit.USAGE,
          "Say what would be otherwise: --add-host, --window, --with-nfc, --with-disks-per-host,"
              + " --with-cutovers or --with-link.");
    }
    if (plan != null && !PlanFiles.isFile(plan)) {
      return running(plan);
    }
    if (plan != null) {
      files.add(Path.of(plan));
    }
    Estate estate = files.estate();
    Estate other;
    try {
      other = WhatIf.limits(estate, nfc, disksPerHost, cutovers, link);
      for (String cluster : addHost) {
        other = WhatIf.withHost(other, cluster);
      }
      for (String window : windows) {
        other = WhatIf.withWindow(other, window);
      }
    } catch (IllegalArgumentException e) {
      throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()));
    }
    Programme now = files.plan(estate);
    Programme then = files.plan(other);
    var table = new Table("", ">AS IT IS", ">WHAT IF");
    table.row("machines planned", now.machines().size(), then.machines().size());
    table.row("left out", now.left().size(), then.left().size());
    table.row("waves", now.waves().size(), then.waves().size());
    table.row("done after", Why.span(now.solved().makespan()), Why.span(then.solved().makespan()));
    table.row(
        "no plan before",
        Why.span(now.solved().bound().seconds()),
        Why.span(then.solved().bound().seconds()));
    table.row("gap", gap(now), gap(then));
    table.row("bound by", now.solved().bound().because(), then.solved().bound().because());
    table.print(System.out);
    var changed = Replanning.compared(Replanning.Places.of(now), then);
    System.out.println(
        "\n" + Why.count(changed.moved().size(), "machine") + " would cut over at another time.");
    PlanFromFileCommand.told(files, now);
    return files.exit();
  }

  private int running(String name) {
    if (files.given()) {
      throw new Failure(
          Exit.USAGE, "The running Drover knows the estate of " + name + ": leave out --rvtools.");
    }
    var body = new LinkedHashMap<String, Object>();
    body.put("addHosts", addHost);
    body.put("windows", windows);
    body.put("nfc", nfc);
    body.put("disksPerHost", disksPerHost);
    body.put("cutovers", cutovers);
    body.put("linkMiBs", link);
    JsonNode answer = console.post("/api/v1/plans/" + name + "/what-if", body);
    var table = new Table("", ">AS IT IS", ">WHAT IF");
    answer
        .path("now")
        .properties()
        .forEach(figure ->
            table.row(
                figure.getKey(),
                figure.getValue().asText(),
                answer.path("then").path(figure.getKey()).asText()));
    table.print(System.out);
    System.out.println(
        "\n" + Why.count(answer.path("moved").size(), "VM") + " would cut over at another time.");
    return Exit.OK;
  }

  private static String gap(Programme programme) {
    return String.format(Locale.ROOT, "%.1f %%", programme.solved().gap() * 100);
  }
}
