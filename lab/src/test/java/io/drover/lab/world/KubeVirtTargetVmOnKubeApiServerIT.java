// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.conformance.KubePeer;
import io.drover.lab.conformance.Peers;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The suite against a real kube-apiserver with the real definitions. */
class KubeVirtTargetVmOnKubeApiServerIT extends KubeVirtTargetVmSuite {
  @TempDir private static Path folder;
  private static @Nullable KubePeer peer;

  @BeforeAll
  static void start() throws Exception {
    Peers.need("the KubeVirt adapter on a real kube-apiserver", KubePeer.missing());
    KubePeer started = KubePeer.start();
    peer = started;
    LabClusterFixtures.apply(started.url(), started.caPem(), started.token(), List.of(NAMESPACE));
    LabCluster cluster =
        LabCluster.start(started.url(), started.caPem(), started.token(), options(folder));
    connect(cluster, started.admin(), started.limited());
    for (AggregatedApi api : cluster.aggregatedApis()) {
      started.serve(api);
      started.awaitServed(api);
    }
  }

  @AfterAll
  static void stop() {
    disconnect();
    if (peer != null) {
      peer.close();
    }
  }
}
