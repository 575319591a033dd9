// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.drover.lab.conformance.KubePeer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The CDI adapter on a real kube-apiserver with the real CRDs, the lab's controllers behind it. */
class CdiDiskImportsOnKubeApiServerIT extends CdiDiskImportsSuite {
  @TempDir static Path folder;
  private static @Nullable KubePeer peer;

  @BeforeAll
  static void start() throws Exception {
    KubePeer.missing()
        .ifPresent(reason -> {
          if (KubePeer.required()) {
            fail("The kube-apiserver peer is required, but " + reason);
          }
          System.out.println("Left out: disk imports on a real kube-apiserver, because " + reason);
          abort(reason);
        });
    KubePeer started = KubePeer.start();
    peer = started;
    world = CdiWorld.onKube(started, folder);
  }

  @AfterAll
  static void stop() {
    if (peer != null) {
      world().close();
      peer.close();
    }
  }
}
