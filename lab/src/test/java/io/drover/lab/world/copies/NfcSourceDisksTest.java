// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.SourceDisks;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphereEndpoint;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The suite against the lab vCenter. */
class NfcSourceDisksTest extends NfcSourceDisksSuite {
  private static final int VMS = 18;
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

  @AfterEach
  void nothingGoesWrongAnyMore() {
    vcenter.faults().clear();
  }

  @Test
  void aBusyVCenterIsAnOutageThatPasses() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    var _ = vcenter.faults().add(LabFaultRule.once(Kind.HTTP_503, "ExportVm"));

    Problem problem = problemOf(() -> sources.export(order, keys(order), attempt()));

    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(problem.code()).isEqualTo("vcenter-unavailable");
    sources.close(order, sources.export(order, keys(order), attempt()), true, attempt());
  }

  @Test
  void aRestartedVCenterIsAnOutageAndThenTheCopyGoesOn() throws Exception {
    Source source = source(false);
    CopyOrder order = last(source);
    SourceDisks sources = process();
    vcenter.restart(Duration.ofSeconds(1));

    CopyEvidence.LeaseOpened lease = opened(sources, order);

    try (SourceDisks.Reading reading =
        sources.read(order, order.disks().getFirst(), lease, attempt())) {
      assertThat(read(reading)).isEqualTo(content(source, order.disks().getFirst().deviceKey()));
    }
    sources.close(order, lease, true, attempt());
  }

  @Test
  void filesThatARemovedSnapshotLeftBehindAreMerged() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "unmerged", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();
    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());
    var _ =
        vcenter
            .faults()
            .add(
                LabFaultRule.once(Kind.CONSOLIDATION_NEEDED, "RemoveSnapshot_Task")
                    .onEntity(source.name()));

    sources.close(seed, taken, true, attempt());

    assertThat(estate.vm(source.name()).consolidationNeeded()).isFalse();
    assertThat(estate.tasks().all())
        .anyMatch(task -> task.info().toString().contains("ConsolidateVMDisks_Task"));
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Override
  void endSessions() {
    vcenter.endAllSessions();
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
