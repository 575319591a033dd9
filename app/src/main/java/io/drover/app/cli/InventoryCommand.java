// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.console.Sizes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover inventory}: what the eyes saw. */
@Command(
    name = "inventory",
    description = "Show what was inventoried, at the sources and at the target.")
public final class InventoryCommand implements Callable<Integer> {
  @Mixin private ConsoleClient console = new ConsoleClient();
  @Mixin private Output output = new Output();

  @Option(
      names = "--kind",
      defaultValue = "vm",
      description =
          "vm, host, cluster, datastore, network, vcenter, node, storageclass, quota, platform or"
              + " site (default: vm).")
  private String kind = "vm";

  @Override
  public Integer call() {
    JsonNode found = console.get("/api/v1/inventory?kind=" + ConsoleClient.value(kind));
    output.print(
        System.out,
        found,
        () ->
            switch (kind) {
              case "vm" -> vms(found);
              case "site" -> sites(found);
              default -> others(found);
            });
    if (found.isEmpty() && output.forPeople()) {
      System.err.println(
          "drover: Nothing of that kind is known yet; 'drover inventory --kind site' says whether"
              + " each vCenter and the cluster are seen, and why not.");
    }
    return Exit.OK;
  }

  private static Table vms(JsonNode found) {
    var table =
        new Table(
            "NAME",
            "POWER",
            "FIRMWARE",
            "GUEST",
            ">CPUS",
            ">MEMORY",
            ">DISKS",
            ">SIZE",
            ">USED",
            "HOST",
            "FOLDER",
            "KEY");
    var rows = new ArrayList<JsonNode>();
    found.forEach(row -> rows.add(row.path("entity")));
    rows.sort(Comparator.comparing(vm -> vm.path("name").asText()));
    VmKeys keys = VmKeys.of(rows);
    for (JsonNode vm : rows) {
      long size = 0;
      for (JsonNode disk : vm.path("disks")) {
        size += disk.path("capacityBytes").asLong();
      }
      table.row(
          vm.path("name").asText(),
          vm.path("template").asBoolean() ? "template" : vm.path("power").asText(),
          vm.path("boot").path("firmware").asText(),
          vm.path("guest").path("fullName").asText(),
          vm.path("compute").path("cpus").asInt(),
          Sizes.bytes(vm.path("compute").path("memoryMiB").asLong() << 20),
          vm.path("disks").size(),
          Sizes.bytes(size),
          vm.has("usedBytes") ? Sizes.bytes(vm.path("usedBytes").asLong()) : "",
          vm.path("placement").path("hostName").asText(),
          vm.path("placement").path("folder").asText(),
          keys.shown(vm));
    }
    return table;
  }

  /** What is looked at, and why it cannot be seen. */
  private static Table sites(JsonNode found) {
    var table = new Table("SITE", "SEEN", "WHAT", "REMEDY");
    for (JsonNode row : found) {
      JsonNode problem = row.path("entity").path("problem");
      table.row(
          row.path("entity").path("name").asText(),
          problem.isObject() ? "NO" : "yes",
          problem.path("what").asText(""),
          problem.path("remedy").asText(""));
    }
    return table;
  }

  private static Table others(JsonNode found) {
    var table = new Table("KIND", "NAME", "WHAT");
    for (JsonNode row : found) {
      JsonNode entity = row.path("entity");
      table.row(
          row.path("kind").asText(),
          entity.path("name").asText(entity.path("id").asText()),
          entity.toString());
    }
    return table;
  }
}
