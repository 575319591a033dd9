// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover quarantine}: keys that stand still because an input could not be decided. */
@Command(
    name = "quarantine",
    description = "List and let out keys that stand still because an input cannot be decided.")
public final class QuarantineCommand {
  @Command(name = "list", description = "What waits, and why.")
  int list(@Mixin ConsoleClient console, @Mixin Output output) {
    JsonNode found = console.get("/api/v1/quarantine");
    output.print(
        System.out,
        found,
        () -> {
          var table = new Output.Table("BRAIN", "KEY", "OFFSET", "WAITING", "REASON");
          for (JsonNode one : found) {
            table.row(
                one.path("brain").asText(),
                one.path("key").asText(),
                one.path("offset").asText(),
                one.path("waiting").asText(),
                one.path("reason").asText());
          }
          return table;
        });
    return Exit.OK;
  }

  @Command(
      name = "retry",
      description = "Decide the inputs of a key again, from the one on that could not be decided.")
  int retry(@Mixin ConsoleClient console, @Mixin Which which) {
    return release(console, which, "retry", "its inputs are decided again");
  }

  @Command(
      name = "skip",
      description = "As retry, but without the input itself: only where that input is wrong.")
  int skip(
      @Mixin ConsoleClient console,
      @Mixin Which which,
      @Option(names = "--yes", required = true, description = "That input is lost: say so.")
          boolean yes) {
    return release(console, which, "skip", "it goes on behind the input");
  }

  private static int release(ConsoleClient console, Which which, String verb, String done) {
    console.post("/api/v1/quarantine/" + verb, Map.of("brain", which.brain, "key", which.key));
    System.out.println(which.brain + " " + which.key + ": " + done + ".");
    return Exit.OK;
  }

  /** The key that is meant. */
  static final class Which {
    @Parameters(
        index = "0",
        paramLabel = "BRAIN",
        description = "inventory, plan, dispatch, migration or conversion.")
    String brain = "";

    @Parameters(index = "1", paramLabel = "KEY", description = "As 'drover quarantine list' says.")
    String key = "";
  }
}
