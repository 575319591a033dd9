// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.SourceDisks;
import io.drover.converter.worker.Worker;
import io.drover.converter.worker.WorkerReport;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** A worker in this process that a disk is lent to, as a Job next to the volume is. */
final class TicketWorker {
  private TicketWorker() {}

  /**
   * What it says when it ends.
   *
   * @param folder where its Secret, its volume and its last words are
   * @param more of its environment
   */
  static WorkerReport write(
      Path folder, SourceDisks.Ticket ticket, long size, Map<String, String> more)
      throws IOException {
    Files.writeString(folder.resolve("url"), ticket.url());
    Files.writeString(folder.resolve("thumbprint"), Objects.requireNonNull(ticket.thumbprint()));
    Path volume = Files.write(folder.resolve("volume"), new byte[Math.toIntExact(size)]);
    Path said = folder.resolve("said");
    var environment = new TreeMap<>(more);
    environment.put("DROVER_TERMINATION_LOG", said.toString());
    var _ =
        Worker.run(
            List.of(
                "write",
                "--volume",
                volume.toString(),
                "--size",
                Long.toString(size),
                "--source",
                folder.toString()),
            environment);
    return Json.read(Files.readAllBytes(said), WorkerReport.class);
  }
}
