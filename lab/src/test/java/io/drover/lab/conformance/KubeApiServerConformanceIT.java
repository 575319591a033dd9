// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * A real kube-apiserver behaves as the suite says: so what the suite asks of the lab is the truth.
 */
class KubeApiServerConformanceIT extends KubeConformance {
  private static @Nullable KubePeer peer;

  @BeforeAll
  static void start() {
    Peers.need("the conformance suite on a real kube-apiserver", KubePeer.missing());
    peer = KubePeer.start();
  }

  @AfterAll
  static void stop() {
    if (peer != null) {
      peer.close();
    }
  }

  @Override
  public KubeWorld world() {
    if (peer == null) {
      throw new IllegalStateException("the peer is not running");
    }
    return peer;
  }
}
