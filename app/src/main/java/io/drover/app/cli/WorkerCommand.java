// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.converter.worker.Worker;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code drover worker}: what our Jobs inside the cluster run. */
@Command(
    name = "worker",
    description =
        "Run one task inside the cluster (digest --volume PATH --size BYTES); what our Jobs call.")
public final class WorkerCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TASK", arity = "1..*", description = "The task and its options.")
  private List<String> task = List.of();

  @Override
  public Integer call() {
    return Worker.run(task, System.getenv());
  }
}
