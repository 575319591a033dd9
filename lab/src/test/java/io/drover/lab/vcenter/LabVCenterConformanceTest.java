// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import io.drover.lab.conformance.VSphereConformance;
import io.drover.lab.conformance.VSphereTarget;
import io.drover.lab.vcenter.estate.Controller;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNetwork;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphereEndpoint;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The lab vCenter does what the vSphere client expects of any. In the order of names, so that a
 * call that names its session never comes right after one that ended all sessions.
 */
@TestMethodOrder(MethodOrderer.MethodName.class)
class LabVCenterConformanceTest extends VSphereConformance {
  @Override
  protected VSphereTarget target() {
    // silent guests: the suite writes in their place and counts what changed
    LabEstate estate =
        LabEstate.create("conformance", 7, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 2, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    LabNetwork dpg = b.portgroup(b.distributedSwitch("dvs"), "dpg", 7);
    LabNetwork standard = b.network("VM Network");
    b.vm("runs")
        .folder("a/b")
        .disk(DiskSpec.gib(1).payloadMib(4).in(store))
        .disk(DiskSpec.bytes((64L << 20) + 512 * 3).payloadMib(1).on(Controller.SATA).in(store))
        .nic(dpg, "VirtualVmxnet3", "10.1.1.10")
        .add();
    b.vm("stands")
        .secureBoot()
        .tpm()
        .poweredOff()
        .disk(DiskSpec.gib(1).payloadMib(4).in(store))
        .disk(DiskSpec.gib(1).payloadMib(2).on(Controller.NVME).in(store))
        .nic(standard, "VirtualE1000", "10.1.1.11")
        .nic(dpg, "VirtualVmxnet3", "10.1.2.11")
        .add();
    for (int i = 0; i < 8; i++) {
      b.vm("more-" + i)
          .poweredOff()
          .disk(DiskSpec.gib(1).payloadMib(1).in(store))
          .nic(dpg, "VirtualVmxnet3", "")
          .add();
    }
    return new Target(LabVCenter.start(estate));
  }

  private record Target(LabVCenter vcenter) implements VSphereTarget {
    @Override
    public VSphereEndpoint endpoint() {
      return new VSphereEndpoint(
          vcenter.url(),
          vcenter.user(),
          () -> vcenter.password().toCharArray(),
          Trust.thumbprint(vcenter.sha256Thumbprint()));
    }

    @Override
    public String runningVm() {
      return "runs";
    }

    @Override
    public String stoppedVm() {
      return "stands";
    }

    @Override
    public boolean supports(Feature feature) {
      // all but that: the pace of this estate has leases of minutes; LabVCenterLeaseTest has short
      // ones
      return feature != Feature.LEASE_EXPIRES;
    }

    private LabDisk disk(String vm, int key) {
      return Objects.requireNonNull(vcenter.estate().vm(vm).disk(key), "no such disk");
    }

    @Override
    public void writeAsGuest(String vm, int deviceKey, long offset, byte[] bytes) {
      disk(vm, deviceKey).content().write(offset, bytes);
    }

    @Override
    public byte[] readAsGuest(String vm, int deviceKey, long offset, int length) {
      return disk(vm, deviceKey).content().read(offset, length);
    }

    @Override
    public void unquiet(String vm, @Nullable String fault) {
      vcenter.estate().vm(vm).unquiet(fault);
    }

    @Override
    public void endAllSessions() {
      vcenter.endAllSessions();
    }

    @Override
    public void close() {
      vcenter.close();
      vcenter.estate().close();
    }
  }
}
