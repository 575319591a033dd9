// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.lab.cluster.api.AggregatedApi;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;

/** A running API server that the suite can talk to, whoever provides it. */
public interface KubeWorld extends AutoCloseable {

  /** A connection of somebody who may do everything. */
  Config admin();

  /** A connection of the user "lab-limited", who may do nothing but what roles grant. */
  Config limited();

  /** Base URL of the server. */
  default String url() {
    return admin().getMasterUrl();
  }

  /** PEM of the authority that signed the server's certificate. */
  default String caPem() {
    Config config = admin();
    if (config.getCaCertFile() == null) {
      return new String(Base64.getDecoder().decode(config.getCaCertData()), StandardCharsets.UTF_8);
    }
    try {
      return Files.readString(Path.of(config.getCaCertFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bearer token of somebody who may do everything. */
  default String token() {
    return String.valueOf(admin().getAutoOAuthToken());
  }

  /** Waits until the server forwards what was asked to be served; fails after a minute. */
  default void awaitServed(AggregatedApi api) throws InterruptedException {
    String path = "/apis/" + api.group() + "/" + api.version();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(admin()).build()) {
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (true) {
        try {
          if (client.raw(path) != null) {
            return;
          }
        } catch (KubernetesClientException notYet) {
          // 404 or 503 until the server has found it.
        }
        if (System.nanoTime() > deadline) {
          throw new AssertionError("the API server does not forward " + path);
        }
        Thread.sleep(100);
      }
    }
  }

  /**
   * Makes the server answer below the API's group and version with it; may take some seconds to
   * show.
   */
  void serve(AggregatedApi api);

  @Override
  void close();
}
