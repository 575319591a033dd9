// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import io.drover.lab.conformance.KubeConformance;
import io.drover.lab.conformance.KubeWorld;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The lab's API server behaves as the suite says. */
class LabApiServerConformanceTest extends KubeConformance {
  private static LabWorld lab;

  @BeforeAll
  static void start() {
    lab = new LabWorld(LabApiServer.Options.standard());
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  @Override
  public KubeWorld world() {
    return lab;
  }
}
