// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;

/**
 * The suite against a vCenter simulator that VMware wrote. Build it with {@code
 * lab/peers/vcsim/build.sh}; without it the suite is skipped, or fails if {@code
 * -Ddrover.peers=required}.
 */
class VcsimConformanceIT extends VSphereConformance {
  @Override
  protected VSphereTarget target() throws Exception {
    requirePeer();
    return VcsimTarget.start("-areas", "8", "-lease-timeout", "4s").furnished();
  }

  /** Skips what needs the simulator when it is not built, or fails if peers are required. */
  static void requirePeer() {
    boolean there = Files.isExecutable(VcsimTarget.program());
    String missing =
        "There is no " + VcsimTarget.program() + "; build it with lab/peers/vcsim/build.sh";
    if ("required".equals(System.getProperty("drover.peers"))) {
      assertThat(there).as(missing).isTrue();
    }
    if (!there) {
      System.out.println(missing);
    }
    assumeTrue(there, missing);
  }
}
