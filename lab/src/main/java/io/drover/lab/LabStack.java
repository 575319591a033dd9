// SPDX-License-Identifier: Apache-2.0
package io.drover.lab;

import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.LabClusterOptions;
import io.drover.lab.kafka.EmbeddedKafka;
import io.drover.lab.kafka.KafkaFaults;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DemoEstate;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.moved.LabGuestBoot;
import io.drover.lab.vcenter.moved.LabVddkSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * The whole workshop at once: a broker, a vCenter with its estate, an API server with its
 * controllers, all on loopback, and the configuration that points drover at them. The services
 * cannot tell.
 */
public final class LabStack implements AutoCloseable {
  /** What the target's API server changed, in the folder of the lab. */
  public static final String AUDIT = "audit.log";

  /** Where migrated VMs land. */
  public static final String NAMESPACE = "herd";

  private final Path folder;
  private final EmbeddedKafka kafka;
  private final KafkaFaults kafkaFaults;
  private final LabEstate estate;
  private final LabVCenter vcenter;
  private final LabApiServer api;
  private final LabCluster cluster;

  private LabStack(
      Path folder,
      EmbeddedKafka kafka,
      KafkaFaults kafkaFaults,
      LabEstate estate,
      LabVCenter vcenter,
      LabApiServer api,
      LabCluster cluster) {
    this.folder = folder;
    this.kafka = kafka;
    this.kafkaFaults = kafkaFaults;
    this.estate = estate;
    this.vcenter = vcenter;
    this.api = api;
    this.cluster = cluster;
  }

  /**
   * Starts everything; the demo's estate is what is to be migrated.
   *
   * @param folder where volumes, Kafka's log and the configuration are kept
   * @param workerCommand how the cluster runs our worker image, for example {@code java -cp
   *     drover.jar io.drover.converter.worker.Worker}
   */
  public static LabStack start(Path folder, List<String> workerCommand) throws IOException {
    return start(folder, workerCommand, DemoEstate::create);
  }

  /** The same with another estate, which is closed with the lab. */
  public static LabStack start(Path folder, List<String> workerCommand, Supplier<LabEstate> made)
      throws IOException {
    Files.createDirectories(folder);
    Deque<AutoCloseable> begun = new ArrayDeque<>();
    try {
      EmbeddedKafka kafka = EmbeddedKafka.start(folder.resolve("kafka"), 0);
      begun.push(kafka);
      KafkaFaults kafkaFaults = KafkaFaults.of(kafka);
      begun.push(kafkaFaults);
      LabEstate estate = made.get();
      begun.push(estate);
      LabVCenter vcenter = LabVCenter.start(estate);
      begun.push(vcenter);
      LabApiServer api =
          LabApiServer.start(LabApiServer.Options.standard().withAudit(folder.resolve(AUDIT)));
      begun.push(api);
      LabClusterFixtures.apply(
          api.url().toString(), api.caPem(), api.adminToken(), List.of(NAMESPACE));
      LabCluster cluster =
          LabCluster.behind(
              api,
              LabClusterOptions.in(folder.resolve("volumes"), LabGuestBoot.knowing(estate))
                  .withVddkSource(new LabVddkSource(vcenter))
                  .withWorkerCommand(workerCommand.toArray(String[]::new)));
      return new LabStack(folder, kafka, kafkaFaults, estate, vcenter, api, cluster);
    } catch (IOException | RuntimeException e) {
      begun.forEach(LabStack::quietly);
      throw e;
    }
  }

  private static void quietly(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      // The first failure is the one to tell.
    }
  }

  /** The broker. */
  public EmbeddedKafka kafka() {
    return kafka;
  }

  /** What goes wrong with the broker. */
  public KafkaFaults kafkaFaults() {
    return kafkaFaults;
  }

  /** The source. */
  public LabVCenter vcenter() {
    return vcenter;
  }

  /** The estate behind the source. */
  public LabEstate estate() {
    return estate;
  }

  /** The target's API. */
  public LabApiServer api() {
    return api;
  }

  /** The target's controllers. */
  public LabCluster cluster() {
    return cluster;
  }

  /**
   * Writes {@code drover.yaml} and the secrets it refers to, readable by this user only.
   *
   * @param state folder of the console's state
   * @param consolePort 0 picks a free one
   */
  public Path writeConfiguration(Path state, int consolePort) throws IOException {
    var at =
        new LabConfiguration.VCenter(
            "lab", vcenter.url(), vcenter.user(), vcenter.password(), vcenter.sha256Thumbprint());
    Path kubeconfig = api.kubeconfig(folder.resolve("kubeconfig"));
    return new LabConfiguration(kafka.bootstrap(), at, kubeconfig, cluster)
        .write(folder, state, consolePort, NAMESPACE, new LabConfiguration.Patience("30s", "20s"));
  }

  @Override
  public void close() {
    quietly(cluster);
    quietly(api);
    quietly(vcenter);
    quietly(estate);
    quietly(kafkaFaults);
    quietly(kafka);
  }
}
