// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.lab.conformance.Peers;
import io.drover.lab.conformance.VcsimTarget;
import io.drover.schemas.VmKey;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VmFacts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite against a vCenter simulator that VMware wrote. */
class VSphereSourceVmOnVcsimIT extends VSphereSourceVmSuite {
  private static final int VMS = 12;
  private static @Nullable VcsimTarget vcsim;
  private static @Nullable VSphere vsphere;
  private static int next;

  private final VmKey key = key("DC0_C0_RP0_VM" + next++ % VMS);

  @BeforeAll
  static void start() throws Exception {
    Peers.need("the source VM on vcsim", VcsimTarget.missing());
    VcsimTarget started = VcsimTarget.start("-vm", Integer.toString(VMS), "-filled", "0");
    vcsim = started;
    vsphere = VSphere.connect(started.endpoint());
  }

  @AfterAll
  static void stop() throws Exception {
    if (vsphere != null) {
      vsphere.close();
    }
    if (vcsim != null) {
      vcsim.close();
    }
  }

  private VmKey key(String name) {
    VmFacts facts = vsphere().machines().facts(vsphere().machines().byName(name).getFirst());
    return new VmKey(vsphere().about().instanceUuid(), facts.identity().instanceUuid());
  }

  @Override
  VSphere vsphere() {
    VSphere session = vsphere;
    if (session == null) {
      throw new IllegalStateException("vcsim is not running");
    }
    return session;
  }

  @Override
  void endSessions() throws Exception {
    VcsimTarget started = vcsim;
    if (started != null) {
      started.endAllSessions();
    }
  }

  @Override
  VmKey running() {
    return key;
  }
}
