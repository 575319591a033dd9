// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover limits}: how much of a vCenter is moved at once. */
@Command(
    name = "limits",
    description = "Show and change how much of a vCenter is moved at once; running waves follow.")
public final class LimitsCommand {
  @Command(name = "list", description = "The limits of every vCenter.")
  int list(@Mixin ConsoleClient console, @Mixin Output output) {
    JsonNode found = console.get("/api/v1/limits");
    output.print(System.out, found, () -> table(found, names(console)));
    return Exit.OK;
  }

  @Command(
      name = "set",
      description =
          "Change limits; what is not named stays. Slots that are taken are given back first.")
  int set(
      @Mixin ConsoleClient console,
      @Mixin Output output,
      @Parameters(
              paramLabel = "VCENTER",
              description = "Its name or instance UUID, as 'limits list' shows them.")
          String vcenter,
      @Option(names = "--disks-per-host", description = "Disks in flight on one ESXi host.")
          @Nullable Integer host,
      @Option(names = "--disks-per-datastore", description = "Disks in flight on one datastore.")
          @Nullable Integer datastore,
      @Option(names = "--disks-per-vcenter", description = "Disks in flight; it gives 52 itself.")
          @Nullable Integer all,
      @Option(names = "--disks-per-storage-class", description = "Disks into one storage class.")
          @Nullable Integer storage,
      @Option(names = "--cutovers", description = "Cutovers at once.") @Nullable Integer cutovers,
      @Option(
              names = "--mib-per-second",
              description =
                  "What all copies of the vCenter read together, 0 = no cap. What CDI's VDDK"
                      + " importer or worker pods read by themselves is not held to it.")
          @Nullable Integer rate,
      @Option(
              names = "--mib-per-second-per-host",
              description = "What all copies of one ESXi host read together, 0 = no cap.")
          @Nullable Integer hostRate) {
    var body = new LinkedHashMap<String, Object>();
    put(body, "disksPerHost", host);
    put(body, "disksPerDatastore", datastore);
    put(body, "disksPerVCenter", all);
    put(body, "disksPerStorageClass", storage);
    put(body, "cutovers", cutovers);
    rate(body, "bytesPerSecond", rate);
    rate(body, "hostBytesPerSecond", hostRate);
    if (body.isEmpty()) {
      throw new Failure(Exit.USAGE, "Say which limit to change, for example --disks-per-host 4.");
    }
    JsonNode now = console.post("/api/v1/limits/" + vcenter, body);
    output.print(System.out, now, () -> table(now, names(console)));
    return Exit.OK;
  }

  private static void put(LinkedHashMap<String, Object> body, String name, @Nullable Integer n) {
    if (n != null) {
      body.put(name, n);
    }
  }

  private static void rate(LinkedHashMap<String, Object> body, String name, @Nullable Integer mib) {
    if (mib != null) {
      body.put(name, (long) mib << 20);
    }
  }

  private static Map<String, String> names(ConsoleClient console) {
    var names = new HashMap<String, String>();
    console
        .get("/api/v1/inventory?kind=vcenter")
        .forEach(row ->
            names.put(
                row.path("entity").path("id").asText(), row.path("entity").path("name").asText()));
    return names;
  }

  private static Table table(JsonNode found, Map<String, String> names) {
    var table =
        new Table(
            "VCENTER",
            "ID",
            ">DISKS/HOST",
            ">DISKS/DATASTORE",
            ">DISKS",
            ">DISKS/CLASS",
            ">CUTOVERS",
            ">MIB/S",
            ">MIB/S/HOST");
    found
        .properties()
        .forEach(one ->
            table.row(
                names.getOrDefault(one.getKey(), ""),
                one.getKey(),
                one.getValue().path("disksPerHost").asInt(),
                one.getValue().path("disksPerDatastore").asInt(),
                one.getValue().path("disksPerVCenter").asInt(),
                one.getValue().path("disksPerStorageClass").asInt(),
                one.getValue().path("cutovers").asInt(),
                one.getValue().path("bytesPerSecond").asLong() >> 20,
                one.getValue().path("hostBytesPerSecond").asLong() >> 20));
    return table;
  }
}
