// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The suite against the lab's API server. */
class KubeVirtTargetVmTest extends KubeVirtTargetVmSuite {
  @TempDir private static Path folder;
  private static LabApiServer server;

  @BeforeAll
  static void start() throws Exception {
    server = LabApiServer.start(LabApiServer.Options.standard());
    LabClusterFixtures.apply(
        server.url().toString(), server.caPem(), server.adminToken(), List.of(NAMESPACE));
    Config config =
        new ConfigBuilder()
            .withMasterUrl(server.url().toString())
            .withCaCertData(
                Base64.getEncoder().encodeToString(server.caPem().getBytes(StandardCharsets.UTF_8)))
            .withOauthToken(server.adminToken())
            .build();
    connect(LabCluster.behind(server, options(folder)), config);
  }

  @AfterAll
  static void stop() {
    disconnect();
    server.close();
  }
}
