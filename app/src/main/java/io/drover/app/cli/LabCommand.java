// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.lab.LabConfiguration;
import io.drover.lab.LabStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover lab}: only the lab, for {@code drover up} to point at. */
@Command(
    name = "lab",
    description =
        "Run only the lab (Kafka, vCenter, cluster, all on loopback) and write a configuration for"
            + " 'drover up'.")
public final class LabCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "lab.yaml",
      description = "Where the configuration is written (default: lab.yaml).")
  private Path config = Path.of("lab.yaml");

  @Option(
      names = "--port",
      defaultValue = "8480",
      description = "Port of the console in it (default: 8480).")
  private int port;

  @Option(
      names = "--folder",
      description =
          "Folder for volumes and Kafka's log (default: a scratch folder, removed at the end).")
  private @Nullable Path folder;

  /** How long it may take to stop it all in order. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Override
  public Integer call() throws Exception {
    writable();
    // Ctrl-C while it starts is heard as well: what was begun is stopped in order.
    try (var interruption = new Interruption(PATIENCE, () -> {})) {
      Path place = folder == null ? Workshop.scratch() : folder;
      try (LabStack lab = LabStack.start(place, Workshop.workerCommand())) {
        tell(lab);
        interruption.await();
      } finally {
        if (folder == null) {
          Workshop.remove(place);
        }
      }
    }
    return Exit.OK;
  }

  private void tell(LabStack lab) throws IOException {
    Path written =
        lab.writeConfiguration(Path.of(System.getProperty("user.home"), ".drover"), port);
    Files.copy(written, config, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    System.out.println(
        "vCenter   " + lab.vcenter().url() + "  (" + lab.estate().vms().size() + " VMs)");
    System.out.println(
        "Cluster   " + lab.api().url() + "  (faults: " + lab.cluster().faultsUrl() + ")");
    System.out.println(
        "Kafka     " + lab.kafka().bootstrap() + "  (faults: " + lab.kafkaFaults().url() + ")");
    System.out.println("Try: drover check -c " + config + " --skip-hosts");
    System.out.println("Now: drover up -c " + config + "      Ctrl-C stops the lab.");
  }

  /** Said before anything is started, and before a person's own configuration is overwritten. */
  private void writable() throws IOException {
    boolean there = Files.exists(config);
    if (!Files.isWritable(there ? config : config.toAbsolutePath().getParent())) {
      throw new Failure(Exit.CONFIGURATION, FileTrouble.unwritable(config));
    }
    if (there && !Files.readString(config).startsWith(LabConfiguration.HEAD)) {
      throw new Failure(
          Exit.REFUSED,
          config + " is there already and was not written by a lab; name another by --config.");
    }
  }
}
