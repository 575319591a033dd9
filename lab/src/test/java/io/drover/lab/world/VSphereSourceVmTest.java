// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNetwork;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite against the lab vCenter. */
class VSphereSourceVmTest extends VSphereSourceVmSuite {
  private static final int VMS = 12;
  private static LabEstate estate;
  private static LabVCenter vcenter;
  private static VSphere vsphere;
  private static int next;

  @BeforeAll
  static void start() {
    estate = LabEstate.create("contract", 11, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 2, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    LabNetwork network = b.network("VM Network");
    for (int i = 0; i < VMS; i++) {
      b.vm("vm-" + i)
          .disk(DiskSpec.gib(1).payloadMib(1).in(store))
          .nic(network, "VirtualVmxnet3", "10.1.1." + (10 + i))
          .add();
    }
    vcenter = LabVCenter.start(estate);
    vsphere =
        VSphere.connect(
            new VSphereEndpoint(
                vcenter.url(),
                vcenter.user(),
                () -> vcenter.password().toCharArray(),
                Trust.thumbprint(vcenter.sha256Thumbprint())));
  }

  @AfterAll
  static void stop() {
    vsphere.close();
    vcenter.close();
    estate.close();
  }

  private final VmKey key =
      new VmKey(
          vsphere.about().instanceUuid(),
          estate.vm("vm-" + next++ % VMS).instanceUuid().toString());

  @Override
  VSphere vsphere() {
    return vsphere;
  }

  @Override
  VmKey running() {
    return key;
  }
}
