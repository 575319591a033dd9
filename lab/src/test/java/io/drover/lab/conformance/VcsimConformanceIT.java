// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

/**
 * The suite against a vCenter simulator that VMware wrote. Build it with {@code
 * lab/peers/vcsim/build.sh}; without it the suite is skipped, or fails if {@code
 * -Ddrover.peers=required}.
 */
class VcsimConformanceIT extends VSphereConformance {
  @Override
  protected VSphereTarget target() throws Exception {
    Peers.need("the vSphere suite on vcsim", VcsimTarget.missing());
    return VcsimTarget.start("-areas", "8", "-lease-timeout", "4s").furnished();
  }
}
