// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.worker.Worker;
import io.drover.disk.pipe.Workers;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.LabClusterOptions;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.DiskDigest;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CDI adapter against the lab's cluster: real bytes, real HTTPS, worker Jobs as processes. */
class CdiDiskImportsIT extends DiskImportsSuite {
  @TempDir static Path folder;

  private static LabApiServer server;
  private static LabCluster cluster;
  private static KubernetesClient client;
  private static Workers workers;
  private static CdiDiskImports imports;

  @BeforeAll
  static void start() throws Exception {
    server = LabApiServer.start(LabApiServer.Options.standard());
    LabClusterFixtures.apply(
        server.url().toString(), server.caPem(), server.adminToken(), List.of("shop"));
    cluster =
        LabCluster.behind(
            server,
            LabClusterOptions.in(
                    folder,
                    machine -> {
                      throw new AssertionError("nobody starts " + machine.name());
                    })
                .withWorkerCommand(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Worker.class.getName()));
    Config config =
        new ConfigBuilder()
            .withMasterUrl(server.url().toString())
            .withCaCertData(
                java.util.Base64.getEncoder()
                    .encodeToString(
                        server.caPem().getBytes(java.nio.charset.StandardCharsets.UTF_8)))
            .withOauthToken(server.adminToken())
            .build();
    client = new KubernetesClientBuilder().withConfig(config).build();
    workers = new Workers(2);
    imports = new CdiDiskImports(client, settings(), workers, Clock.systemUTC());
  }

  static CdiSettings settings() {
    return new CdiSettings(
        CdiSettings.Upload.of(cluster.uploadProxyUrl(), cluster.uploadProxyCa()),
        CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
        Map.of(),
        new CdiSettings.Patience(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60)));
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    server.close();
    workers.close();
  }

  @Override
  DiskImports imports() {
    return imports;
  }

  @Override
  SourceDisks.Reading disk(int seed) {
    return SampleDisks.reading(SIZE, seed, Long.MAX_VALUE);
  }

  @Override
  SourceDisks.Reading breaking(int seed) {
    return SampleDisks.reading(SIZE, seed, 300_000);
  }

  @Override
  DiskDigest digest(int seed) {
    return SampleDisks.digest(SIZE, seed);
  }

  @Override
  void foreign(String namespace, String volume) {
    client
        .persistentVolumeClaims()
        .inNamespace(namespace)
        .resource(
            new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(volume)
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withNewResources()
                .addToRequests("storage", new Quantity("1Mi"))
                .endResources()
                .endSpec()
                .build())
        .create();
  }

  @Override
  boolean there(String namespace, String volume) {
    return client.persistentVolumeClaims().inNamespace(namespace).withName(volume).get() != null;
  }

  @Test
  void theWorkerLeavesNothingBehind() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var written = imports().write(order, only(order), disk(1), attempt(2));

    var _ = imports().digest(order, only(order), written, attempt(3));

    imports().halt(order, attempt(4));
    assertThat(client.batch().v1().jobs().inNamespace("shop").list().getItems()).isEmpty();
  }
}
