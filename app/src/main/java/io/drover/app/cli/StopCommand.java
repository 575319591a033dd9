// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

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
      console.post("/api/v1/stop/lift", Map.of());
      System.out.println("The stop is lifted.");
      return Exit.OK;
    }
    if (reason == null || reason.isBlank()) {
      throw new Failure(Exit.USAGE, "Say why by --reason: it stays in the journal.");
    }
    console.post("/api/v1/stop", Map.of("reason", reason));
    System.out.println("Everything stops. 'drover stop --lift' lets it go on.");
    return Exit.OK;
  }
}
