// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The lab cluster behind the lab API server. */
class LabClusterTest extends JobsSuite {

  @TempDir private static Path folder;

  @BeforeAll
  static void start() throws IOException {
    bench = LabBench.own(options(folder));
  }
}
