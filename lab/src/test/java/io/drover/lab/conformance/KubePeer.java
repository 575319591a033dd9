// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.api.AggregatedApiServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real kube-apiserver with etcd, started by {@code lab/peers/kube/start.sh} on free ports of
 * loopback and ended with the test. Needs the programs that {@code lab/peers/kube/build.sh} makes,
 * kubectl, and the folder of CRDs that the system property {@code drover.crds} names.
 */
public final class KubePeer implements KubeWorld {
  private final Process process;
  private final Path work;
  private final Path kubeconfig;
  private final List<AggregatedApiServer> aggregated = new ArrayList<>();

  private KubePeer(Process process, Path work, Path kubeconfig) {
    this.process = process;
    this.work = work;
    this.kubeconfig = kubeconfig;
  }

  /** What keeps the peer from starting here, or empty. */
  public static Optional<String> missing() {
    for (String program : List.of("etcd", "kube-apiserver", "kube-controller-manager")) {
      Optional<String> missing = Peers.program("kube", program, "build.sh all");
      if (missing.isPresent()) {
        return missing;
      }
    }
    for (String tool : List.of("kubectl", "openssl", "curl", "bash")) {
      Optional<String> missing = Peers.tool(tool);
      if (missing.isPresent()) {
        return missing;
      }
    }
    if (crds().isEmpty()) {
      return Optional.of(
          "no folder with the CRDs of KubeVirt, CDI and the snapshot controller; name it by the system property drover.crds");
    }
    return Optional.empty();
  }

  /** Whether a missing peer is a failure: so it is in CI. */
  public static boolean required() {
    return Peers.required();
  }

  /** The folder of CRDs, when one is given. */
  public static Optional<Path> crds() {
    return Optional.ofNullable(System.getProperty("drover.crds"))
        .map(Path::of)
        .map(Path::toAbsolutePath)
        .filter(Files::isDirectory);
  }

  private static Path folder() {
    String set = System.getProperty("drover.peers.kube");
    return set == null ? Peers.folder("kube") : Path.of(set).toAbsolutePath();
  }

  /** Starts it and waits until it is ready; up to two minutes. */
  public static KubePeer start() {
    try {
      Path work = Files.createTempDirectory("drover-kube-peer");
      Process process =
          new ProcessBuilder(
                  folder().resolve("start.sh").toString(),
                  work.toString(),
                  crds().map(Path::toString).orElse(""))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith("ready ")) {
          return new KubePeer(process, work, Path.of(line.substring("ready ".length())));
        }
      }
      throw new IllegalStateException(
          "The kube-apiserver peer did not start; its logs are in " + work);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where its kubeconfig is, with the contexts lab and limited. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  @Override
  public Config admin() {
    return config("lab");
  }

  @Override
  public Config limited() {
    return config("limited");
  }

  private Config config(String context) {
    try {
      Config read =
          Config.fromKubeconfig(context, Files.readString(kubeconfig), kubeconfig.toString());
      return new ConfigBuilder(read).withRequestRetryBackoffLimit(0).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void serve(AggregatedApi api) {
    AggregatedApiServer server = AggregatedApiServer.start(List.of(api));
    aggregated.add(server);
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(admin()).build()) {
      for (ObjectNode manifest : server.manifests()) {
        client.resource(manifest.toString()).create();
      }
    }
  }

  @Override
  public void close() {
    try {
      // The script ends when its standard input does.
      process.getOutputStream().close();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
      }
      aggregated.forEach(AggregatedApiServer::close);
      try (Stream<Path> files = Files.walk(work)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
