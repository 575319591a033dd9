// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.drover.vsphere.Moref;
import io.drover.vsphere.Tags;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereFault;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What only the simulator that VMware wrote can show: its own faults, its REST API. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VcsimFaultsIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private VcsimTarget target;
  private VSphere vsphere;
  private Moref vm;

  @BeforeAll
  void connect() throws Exception {
    Peers.need("what only vcsim can show", VcsimTarget.missing());
    target = VcsimTarget.start("-vm", "2", "-filled", "0").furnished();
    vsphere = VSphere.connect(target.endpoint());
    vm = vsphere.machines().byName(target.stoppedVm()).getFirst();
  }

  @AfterAll
  void disconnect() throws Exception {
    if (vsphere != null) {
      vsphere.close();
    }
    if (target != null) {
      target.close();
    }
  }

  @Test
  void readsTheTagsThatPeoplePutOnMachines() throws Exception {
    target.tag(target.stoppedVm(), "Application", "billing");

    assertThat(vsphere.tags().attached().get(vm))
        .containsExactly(new Tags.Tag("Application", "billing"));
  }

  @Test
  void namesAFaultAndLeavesTheRestToTheCaller() throws Exception {
    target.fail("CreateSnapshot_Task", "TaskInProgress", 1);

    VSphereFault fault =
        catchThrowableOfType(
            VSphereFault.class, () -> vsphere.snapshots().create(vm, "s", "", false, SOON));

    assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.TASK_IN_PROGRESS);
    assertThat(fault.outcomeUnknown()).isFalse();
    Moref snapshot = vsphere.snapshots().create(vm, "s", "", false, SOON);
    vsphere.snapshots().remove(snapshot, true, SOON);
  }

  @Test
  void repeatsACallThatWasRefusedForAnEndedSession() throws Exception {
    long before = vsphere.logins();
    target.fail("PowerOnVM_Task", "NotAuthenticated", 1);

    vsphere.machines().powerOn(vm, SOON);

    assertThat(vsphere.logins()).isEqualTo(before + 1);
    vsphere.machines().powerOff(vm, SOON);
  }
}
