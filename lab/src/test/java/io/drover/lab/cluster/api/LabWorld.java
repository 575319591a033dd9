// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import io.drover.lab.conformance.KubeWorld;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The lab's API server as the conformance suite sees it. */
final class LabWorld implements KubeWorld {
  private static final LabUser LIMITED = LabUser.limited("lab-limited", "limited-token");

  final LabApiServer server;

  LabWorld(LabApiServer.Options options) {
    this.server = LabApiServer.start(options.withUsers(LIMITED));
  }

  @Override
  public Config admin() {
    return config(server.adminToken());
  }

  @Override
  public Config limited() {
    return config(LIMITED.token());
  }

  @Override
  public String token() {
    return server.adminToken();
  }

  Config config(String token) {
    return new ConfigBuilder(Config.empty())
        .withMasterUrl(server.url().toString())
        .withCaCertData(
            Base64.getEncoder().encodeToString(server.caPem().getBytes(StandardCharsets.UTF_8)))
        .withOauthToken(token)
        .withRequestRetryBackoffLimit(0)
        // The first connection of a JVM loads half of TLS; on a busy machine that takes its time.
        .withConnectionTimeout(60_000)
        .withRequestTimeout(60_000)
        .build();
  }

  @Override
  public void serve(AggregatedApi api) {
    server.mount(api);
  }

  @Override
  public void close() {
    server.close();
  }
}
