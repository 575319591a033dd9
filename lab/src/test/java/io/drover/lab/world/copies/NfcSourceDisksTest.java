// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphereEndpoint;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite against the lab vCenter. */
class NfcSourceDisksTest extends NfcSourceDisksSuite {
  private static final int VMS = 12;
  private static LabEstate estate;
  private static LabVCenter vcenter;
  private static int next;

  @BeforeAll
  static void start() {
    estate = LabEstate.create("disks", 13, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 2, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (int i = 0; i < VMS; i++) {
      b.vm("vm-" + i)
          .disk(DiskSpec.bytes(8 << 20).payloadMib(2).in(store))
          .disk(DiskSpec.bytes((8 << 20) + 512 * 3).payloadMib(1).in(store))
          .add();
    }
    vcenter = LabVCenter.start(estate);
  }

  @AfterAll
  static void stop() {
    vcenter.close();
    estate.close();
  }

  @Override
  VSphereEndpoint endpoint() {
    return new VSphereEndpoint(
        vcenter.url(),
        vcenter.user(),
        () -> vcenter.password().toCharArray(),
        Trust.thumbprint(vcenter.sha256Thumbprint()));
  }

  @Override
  String next() {
    return "vm-" + next++ % VMS;
  }

  @Override
  byte[] bytes(String vm, int deviceKey, int length) {
    return Objects.requireNonNull(estate.vm(vm).disk(deviceKey), "no such disk")
        .content()
        .read(0, length);
  }
}
