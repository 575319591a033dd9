// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabLease;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a vCenter hears while a lease is read, and what is said when it hears nothing. */
class LeaseHeartbeatTest {
  private final LabEstate estate =
      LabEstate.create(
          "beats",
          17,
          LabPace.quick().withGuestWrites(Duration.ZERO).withLeaseTimeout(Duration.ofSeconds(2)));
  private LabVCenter vcenter;
  private VSphere vsphere;
  private NfcSourceDisks sources;
  private CopyOrder order;
  private CopyEvidence.LeaseOpened lease;

  @BeforeEach
  void open() {
    var b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    var store = b.datastore("ds", 1024);
    b.vm("vm")
        .disk(DiskSpec.bytes(8 << 20).payloadMib(2).in(store))
        .disk(DiskSpec.bytes(8 << 20).payloadMib(1).in(store))
        .add();
    vcenter = LabVCenter.start(estate);
    vsphere =
        VSphere.connect(
            new VSphereEndpoint(
                vcenter.url(),
                vcenter.user(),
                () -> vcenter.password().toCharArray(),
                Trust.thumbprint(vcenter.sha256Thumbprint())));
    sources = new NfcSourceDisks(_ -> vsphere, NfcSettings.DEFAULT);
    var facts = vsphere.machines().facts(vsphere.machines().byName("vm").getFirst());
    vsphere.machines().powerOff(facts.moref(), Duration.ofSeconds(30));
    var source =
        new SourceDisksSuite.Source(
            new VmKey(vsphere.about().instanceUuid(), facts.identity().instanceUuid()),
            facts.moref().id(),
            facts.name(),
            facts.disks().stream()
                .map(disk ->
                    SourceDisksSuite.disk(disk.deviceKey(), disk.label(), disk.capacityBytes()))
                .toList());
    order = SourceDisksSuite.order(source, "beats", Round.FINAL, Transfer.STREAM, 1);
    lease = sources.export(order, SourceDisksSuite.keys(order), SourceDisksSuite.attempt());
  }

  @AfterEach
  void end() {
    vcenter.faults().clear();
    sources.close();
    vsphere.close();
    vcenter.close();
    estate.close();
  }

  @Test
  void whatWasReadIsToldAsAPercentageThatNeverFalls() throws Exception {
    SourceDisks.Ticket first =
        sources.lend(order, order.disks().getFirst(), lease, SourceDisksSuite.attempt());
    SourceDisks.Ticket second =
        sources.lend(order, order.disks().getLast(), lease, SourceDisksSuite.attempt());

    first.progress(4 << 20);
    until(() -> percent() == 25);
    first.progress(1 << 20);
    second.progress(2 << 20);
    until(() -> percent() == 37);
    first.progress(8 << 20);
    second.progress(9 << 20);
    until(() -> percent() == 99);

    first.close();
    second.close();
  }

  @Test
  void aVCenterThatHearsNothingEndedNothingThatWeKnowOf() throws Exception {
    try (SourceDisks.Reading reading =
        sources.read(order, order.disks().getFirst(), lease, SourceDisksSuite.attempt())) {
      var _ =
          vcenter.faults().add(LabFaultRule.once(Kind.HTTP_503, "HttpNfcLeaseProgress").times(-1));
      until(() ->
          reading
              .explain(new IOException("reset"))
              .problem()
              .code()
              .equals(ConversionDecider.LEASE_LOST));

      CopyFault fault = reading.explain(new IOException("reset"));

      assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
      assertThat(fault.problem().what())
          .startsWith("The export lease under disk ")
          .contains("vCenter could not be told for 2 s that it is in use: ")
          .doesNotContain("vCenter ended")
          .doesNotContain("..");
      assertThat(fault.problem().remedy())
          .doesNotStartWith("Nothing")
          .endsWith("disk is read again under a new lease.");
    }
  }

  private int percent() {
    return (int) estate.all(LabLease.class).getFirst().property("transferProgress");
  }

  private static void until(Callable<Boolean> so) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!so.call()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
  }
}
