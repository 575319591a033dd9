// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lab cluster behind a real kube-apiserver with the real CRDs: whatever the controllers write
 * is a field that those schemas know.
 */
@EnabledIfEnvironmentVariable(named = LabBench.PEER, matches = ".+")
class LabClusterPeerIT extends LabClusterSuite {

  @TempDir private static Path folder;

  @BeforeAll
  static void start() throws IOException {
    bench =
        LabBench.peer(
            Path.of(System.getenv(LabBench.PEER)), LabClusterOptions.in(folder, new TextGuests()));
  }
}
