// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

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
    KubePeer.missing()
        .ifPresent(reason -> {
          if (KubePeer.required()) {
            fail("The kube-apiserver peer is required, but " + reason);
          }
          System.out.println(
              "Left out: the conformance suite on a real kube-apiserver, because " + reason);
          abort(reason);
        });
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
