// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import io.drover.lab.vcenter.estate.Controller;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNetwork;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.estate.LabTask;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.vim.VimFault;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A small estate for tests: on (silent guest), off (two disks), tpl (a template), and a vCenter
 * that shows it.
 */
final class SmallLab implements AutoCloseable {
  final LabEstate estate;
  final LabVCenter vcenter;
  final LabVm on;
  final LabVm off;
  final LabVm tpl;

  SmallLab() {
    this(LabPace.quick().withGuestWrites(Duration.ZERO), LabVCenter.Options.defaults());
  }

  SmallLab(LabPace pace, LabVCenter.Options options) {
    estate = LabEstate.create("small", 11, pace);
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 2, 16, 64);
    LabDatastore store = b.datastore("ds", 512);
    LabNetwork net = b.network("VM Network");
    on =
        b.vm("on")
            .changeTracking()
            .attribute("app", "one")
            .disk(DiskSpec.bytes(64 << 20).payloadMib(4).in(store))
            .nic(net, "VirtualVmxnet3", "10.0.0.10")
            .add();
    off =
        b.vm("off")
            .bios()
            .poweredOff()
            .disk(DiskSpec.bytes((96 << 20) + 1536).payloadMib(6).on(Controller.LSI).in(store))
            .disk(DiskSpec.bytes(32 << 20).payloadMib(2).on(Controller.LSI).in(store))
            .nic(net, "VirtualE1000", "10.0.0.11")
            .add();
    tpl = b.vm("tpl").template().disk(DiskSpec.bytes(16 << 20).payloadMib(1).in(store)).add();
    vcenter = LabVCenter.start(estate, options);
  }

  /** Waits for the end of a task; its fault, or null. */
  @Nullable VimFault end(LabTask task) throws InterruptedException {
    if (!estate.await(task::finished, Duration.ofSeconds(20))) {
      throw new AssertionError("The task did not end: " + task.info());
    }
    return task.error();
  }

  @Override
  public void close() {
    vcenter.close();
    estate.close();
  }
}
