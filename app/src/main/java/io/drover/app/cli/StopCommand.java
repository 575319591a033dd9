// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover stop}: the emergency stop of every vCenter, and its lifting. */
@Command(
    name = "stop",
    description = "Emergency stop: nothing begins any more, copies stop, until lifted.")
public final class StopCommand implements Callable<Integer> {
  @Mixin private ConsoleClient console = new ConsoleClient();

  @Option(names = "--all", description = "Stop everything.")
  private boolean all;

  @Option(names = "--lift", description = "Lift the stop.")
  private boolean lift;

  @Option(names = "--reason", description = "Why; it stays in the journal.")
  private @Nullable String reason;

  @Override
  public Integer call() {
    if (all == lift) {
      throw new Failure(
          Exit.USAGE, "Say 'drover stop --all --reason WHY', or 'drover stop --lift'.");
    }
    if (lift) {
      return told(console.post("/api/v1/stop/lift", Map.of()), "goes on", "The stop is lifted.");
    }
    if (reason == null || reason.isBlank()) {
      throw new Failure(Exit.USAGE, "Say why by --reason: it stays in the journal.");
    }
    return told(
        console.post("/api/v1/stop", Map.of("reason", reason)),
        "stops",
        "Everything stops. 'drover stop --lift' lets it go on.");
  }

  /** Says what each vCenter said; only if all of them did is it well. */
  private static int told(JsonNode vcenters, String does, String all) {
    boolean confirmed = true;
    for (JsonNode vcenter : vcenters) {
      boolean one = vcenter.path("confirmed").asBoolean();
      confirmed &= one;
      System.out.println(
          "vCenter "
              + vcenter.path("vcenter").asText()
              + (one ? ": " + does : ": NOT CONFIRMED. " + vcenter.path("why").asText()));
    }
    System.out.println(confirmed ? all : "Not every vCenter confirmed: say it again.");
    return confirmed ? Exit.OK : Exit.NOT_WELL;
  }
}
