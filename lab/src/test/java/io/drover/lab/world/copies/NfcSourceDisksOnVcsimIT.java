// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.lab.conformance.Peers;
import io.drover.lab.conformance.VcsimTarget;
import io.drover.vsphere.VSphereEndpoint;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite against a vCenter simulator that VMware wrote; its machines have one disk each. */
class NfcSourceDisksOnVcsimIT extends NfcSourceDisksSuite {
  private static final int VMS = 16;
  private static @Nullable VcsimTarget vcsim;
  private static int next;

  @BeforeAll
  static void start() throws Exception {
    Peers.need("the source's disks on vcsim", VcsimTarget.missing());
    vcsim =
        VcsimTarget.start(
            "-vm", Integer.toString(VMS), "-filled", Integer.toString(VMS), "-disk-mib", "8");
  }

  @AfterAll
  static void stop() throws Exception {
    if (vcsim != null) {
      vcsim.close();
    }
  }

  private static VcsimTarget vcsim() {
    VcsimTarget started = vcsim;
    if (started == null) {
      throw new IllegalStateException("vcsim is not running");
    }
    return started;
  }

  @Override
  VSphereEndpoint endpoint() {
    return vcsim().endpoint();
  }

  @Override
  String next() {
    return "DC0_C0_RP0_VM" + next++ % VMS;
  }

  @Override
  void endSessions() throws Exception {
    vcsim().endAllSessions();
  }

  @Override
  byte[] bytes(String vm, int deviceKey, int length) throws Exception {
    return vcsim().readAsGuest(vm, deviceKey, 0, length);
  }
}
