// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.lab.cluster.api.LabApiServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The lab's API server behaves as our adapters expect. */
class KubeLabApiServerTest extends KubeConformance {
  private static LabApiServer server;

  @BeforeAll
  static void start() {
    server = LabApiServer.start(LabApiServer.Options.standard());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  Config config() {
    return new ConfigBuilder()
        .withMasterUrl(server.url().toString())
        .withCaCertData(
            java.util.Base64.getEncoder()
                .encodeToString(server.caPem().getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .withOauthToken(server.adminToken())
        .withRequestRetryBackoffLimit(0)
        .build();
  }
}
