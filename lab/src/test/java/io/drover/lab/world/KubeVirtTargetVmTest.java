// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.TargetVm.Holds;
import io.drover.executor.TargetVm.Rung;
import io.drover.executor.kubevirt.KubeVirtTargetVm;
import io.drover.lab.cluster.api.AccessRule;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.api.LabUser;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.schemas.MigrationSpec;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The suite against the lab's API server. */
class KubeVirtTargetVmTest extends KubeVirtTargetVmSuite {
  @TempDir private static Path folder;
  private static LabApiServer server;
  private static LabCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    server = LabApiServer.start(LabApiServer.Options.standard());
    LabClusterFixtures.apply(
        server.url().toString(), server.caPem(), server.adminToken(), List.of(NAMESPACE));
    cluster = LabCluster.behind(server, options(folder));
    server.addUser(LabUser.limited(USER, "mover-token"));
    connect(cluster, config(server.adminToken()), config("mover-token"));
  }

  private static Config config(String token) {
    return new ConfigBuilder()
        .withMasterUrl(server.url().toString())
        .withCaCertData(
            Base64.getEncoder().encodeToString(server.caPem().getBytes(StandardCharsets.UTF_8)))
        .withOauthToken(token)
        .build();
  }

  @Test
  void a_guest_that_is_not_shown_is_no_reason_to_bring_a_healthy_vm_back() throws Exception {
    var sees = List.of("virtualmachines", "virtualmachineinstances");
    server.addUser(
        LabUser.limited(
            "blind", "blind-token", AccessRule.everywhere("kubevirt.io", sees, List.of("get"))));
    MigrationSpec agent = withAgent();
    String uid = uid(running());

    try (var client = new KubernetesClientBuilder().withConfig(config("blind-token")).build()) {
      var blind = new KubeVirtTargetVm(client, settings(cluster));
      List<Rung> rungs =
          until(
              () -> blind.health(agent, uid),
              all -> all.stream().allMatch(rung -> rung.holds() == Holds.YES));

      assertThat(rungs).contains(new Rung("hostname", Holds.YES, "not shown to Drover's account"));
    }
  }

  /** The same, with the agent expected in the guest. */
  private MigrationSpec withAgent() {
    var p = spec.policy();
    return new MigrationSpec(
        spec.id(),
        spec.wave(),
        spec.planVersion(),
        spec.way(),
        spec.transfer(),
        spec.sink(),
        spec.source(),
        spec.target(),
        new MigrationSpec.Policy(
            p.cutoverApproval(),
            null,
            null,
            p.shutdownGrace(),
            p.hardPowerOff(),
            p.bootBudget(),
            true,
            p.soak(),
            p.soakEnd(),
            null,
            List.of()));
  }

  @AfterAll
  static void stop() {
    disconnect();
    server.close();
  }
}
