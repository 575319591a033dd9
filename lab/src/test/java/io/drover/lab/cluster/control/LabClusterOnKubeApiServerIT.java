// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import io.drover.lab.conformance.KubePeer;
import io.drover.lab.conformance.Peers;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lab cluster behind a real kube-apiserver with the real CRDs: whatever the controllers write
 * is a field that those schemas know, and clients reach the aggregated APIs through it.
 */
class LabClusterOnKubeApiServerIT extends JobsSuite {

  @TempDir private static Path folder;
  private static @Nullable KubePeer peer;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Peers.need("the lab cluster on a real kube-apiserver", KubePeer.missing());
    KubePeer started = KubePeer.start();
    peer = started;
    bench = LabBench.behind(started, options(folder));
  }

  @AfterAll
  static void stopPeer() {
    stop();
    if (peer != null) {
      peer.close();
    }
  }
}
