// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.drover.disk.pipe.Workers;
import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.LabClusterOptions;
import io.drover.lab.conformance.Jvm;
import io.drover.lab.conformance.KubePeer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The lab's controllers behind an API server, and the CDI adapter in front of it. */
final class CdiWorld implements AutoCloseable {
  final LabCluster cluster;
  final KubernetesClient client;
  final Path folder;
  final StagingSettings.Tls tls;
  private final @Nullable LabApiServer server;
  private final Workers workers = new Workers(2);

  private CdiWorld(
      LabCluster cluster, KubernetesClient client, Path folder, @Nullable LabApiServer server)
      throws IOException {
    this.cluster = cluster;
    this.client = client;
    this.folder = folder;
    this.server = server;
    LabCertificates certificates = LabCertificates.create();
    tls =
        new StagingSettings.Tls(
            Files.writeString(folder.resolve("tls.crt"), certificates.certificatePem()),
            Files.writeString(folder.resolve("tls.key"), certificates.keyPem()),
            Files.writeString(folder.resolve("ca.crt"), certificates.caPem()));
  }

  private static LabClusterOptions options(Path folder) {
    return LabClusterOptions.in(
            folder.resolve("volumes"),
            machine -> {
              throw new AssertionError("nobody starts " + machine.name());
            })
        .withWorkerCommand(Jvm.worker());
  }

  /** On the lab's own API server. */
  static CdiWorld onLab(Path folder) throws IOException {
    LabApiServer server = LabApiServer.start(LabApiServer.Options.standard());
    LabClusterFixtures.apply(
        server.url().toString(), server.caPem(), server.adminToken(), List.of("shop"));
    LabCluster cluster = LabCluster.behind(server, options(folder));
    return new CdiWorld(cluster, RoadLab.connect(server), folder, server);
  }

  /** On a real kube-apiserver with the real CRDs. */
  static CdiWorld onKube(KubePeer peer, Path folder) throws IOException, InterruptedException {
    Config config = peer.admin();
    String ca =
        config.getCaCertFile() == null
            ? new String(Base64.getDecoder().decode(config.getCaCertData()), StandardCharsets.UTF_8)
            : Files.readString(Path.of(config.getCaCertFile()));
    String token = String.valueOf(config.getAutoOAuthToken());
    LabClusterFixtures.apply(config.getMasterUrl(), ca, token, List.of("shop"));
    LabCluster cluster = LabCluster.start(config.getMasterUrl(), ca, token, options(folder));
    KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
    for (AggregatedApi api : cluster.aggregatedApis()) {
      peer.serve(api);
      awaitForwarded(client, "/apis/" + api.group() + "/" + api.version());
    }
    return new CdiWorld(cluster, client, folder, null);
  }

  private static void awaitForwarded(KubernetesClient client, String path)
      throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      try {
        var _ = client.raw(path);
        return;
      } catch (KubernetesClientException e) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("the API server does not forward " + path, e);
        }
        Thread.sleep(100);
      }
    }
  }

  /** The adapter with these ways of a stream into a volume. */
  CdiDiskImports imports(CdiSettings.Sinks sinks) {
    return new CdiDiskImports(
        client,
        new CdiSettings(
            sinks,
            CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
            _ -> null,
            new CdiSettings.Patience(
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(60))),
        workers,
        Clock.systemUTC());
  }

  CdiSettings.Sinks uploads() {
    return new CdiSettings.Sinks(
        CdiSettings.Upload.of(cluster.uploadProxyUrl(), cluster.uploadProxyCa()), null, false);
  }

  /**
   * A staging folder served over TLS.
   *
   * @param most bytes that images may take; 0 = all
   * @param reserve bytes that stay free on the filesystem
   * @param url the Service in front of it; null = none
   */
  Staging staging(String name, long most, long reserve, @Nullable URI url) throws IOException {
    return Staging.open(
        new StagingSettings(folder.resolve(name), most, reserve, "127.0.0.1", 0, url, tls, false));
  }

  static CdiSettings.Sinks serves(Staging staging) {
    return new CdiSettings.Sinks(null, staging, false);
  }

  static CdiSettings.Sinks direct() {
    return new CdiSettings.Sinks(null, null, true);
  }

  /**
   * A storage class that CDI knows.
   *
   * @param sets access mode and volume mode, as its StorageProfile offers them in turn
   */
  void storageClass(String name, List<List<String>> sets) {
    client
        .resource(
            """
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: %s}
            provisioner: lab.drover.io/%s
            """
                .formatted(name, name))
        .create();
    String offered =
        sets.stream()
            .map(set -> "{accessModes: [%s], volumeMode: %s}".formatted(set.get(0), set.get(1)))
            .collect(Collectors.joining(", "));
    String profile =
        """
        apiVersion: cdi.kubevirt.io/v1beta1
        kind: StorageProfile
        metadata: {name: %s}
        spec: {}
        status: {storageClass: %s, claimPropertySets: [%s]}
        """
            .formatted(name, name, offered);
    client.resource(profile).create();
    client.resource(profile).unlock().updateStatus();
  }

  /** Names of what is labelled as a copy's, of every kind that a copy makes beside volumes. */
  List<String> leftovers(String namespace) {
    Map<String, String> labels = Map.of("drover.io/part", "copy");
    var names = new java.util.ArrayList<String>();
    client
        .secrets()
        .inNamespace(namespace)
        .withLabels(labels)
        .list()
        .getItems()
        .forEach(each -> names.add("Secret " + each.getMetadata().getName()));
    client
        .configMaps()
        .inNamespace(namespace)
        .withLabels(labels)
        .list()
        .getItems()
        .forEach(each -> names.add("ConfigMap " + each.getMetadata().getName()));
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withLabels(labels)
        .list()
        .getItems()
        .forEach(each -> names.add("Job " + each.getMetadata().getName()));
    return names;
  }

  @Override
  public void close() {
    client.close();
    cluster.close();
    if (server != null) {
      server.close();
    }
    workers.close();
  }
}
