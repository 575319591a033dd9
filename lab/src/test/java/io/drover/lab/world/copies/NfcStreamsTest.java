// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static io.drover.lab.world.copies.SourceDisksSuite.attempt;
import static io.drover.lab.world.copies.SourceDisksSuite.keys;
import static io.drover.lab.world.copies.SourceDisksSuite.problemOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.drover.converter.SourceDisks;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.converter.worker.WorkerReport;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is received of a lease, by the converter and by a worker that a disk is lent to: compared
 * with the manifest, from a host that is the right one, and given up where it stalls.
 */
class NfcStreamsTest {
  private static final int VMS = 16;
  private static final long STALLED_AT = 50_000;
  private static final Timeouts SHORT =
      new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(2));

  private static LabEstate estate;
  private static LabVCenter vcenter;
  private static VSphere vsphere;
  private static int next;

  @TempDir Path folder;
  private NfcSourceDisks sources;
  private LabVm vm;
  private CopyOrder order;
  private Inventory.Disk disk;
  private CopyEvidence.LeaseOpened lease;

  @BeforeAll
  static void start() {
    estate = LabEstate.create("streams", 17, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (int i = 0; i < VMS; i++) {
      b.vm("vm-" + i).poweredOff().disk(DiskSpec.bytes(8 << 20).payloadMib(2).in(store)).add();
    }
    vcenter = LabVCenter.start(estate);
    vsphere = connect(Timeouts.DEFAULT);
  }

  private static VSphere connect(Timeouts timeouts) {
    return VSphere.connect(
        new VSphereEndpoint(
            vcenter.url(),
            vcenter.user(),
            () -> vcenter.password().toCharArray(),
            Trust.thumbprint(vcenter.sha256Thumbprint()),
            timeouts));
  }

  @AfterAll
  static void stop() {
    vsphere.close();
    vcenter.close();
    estate.close();
  }

  @BeforeEach
  void aVmThatNoOtherTestUses() {
    sources = new NfcSourceDisks(_ -> vsphere, NfcSettings.DEFAULT);
    int number = next++;
    vm = estate.vm("vm-" + number % VMS);
    var source =
        new SourceDisksSuite.Source(
            new VmKey(estate.instanceUuid().toString(), vm.instanceUuid().toString()),
            vm.ref().value(),
            vm.name(),
            RoadLab.disks(vm));
    order = SourceDisksSuite.order(source, "streams", Round.FINAL, Transfer.STREAM, number);
    disk = order.disks().getFirst();
  }

  @AfterEach
  void letGo() {
    vcenter.faults().clear();
    sources.close();
  }

  /** Who receives the stream of a disk. */
  enum Reader {
    CONVERTER,
    WORKER
  }

  /** Receives all of it; what the manifest vouches for then. */
  private String received(Reader reader) throws IOException {
    return switch (reader) {
      case CONVERTER -> {
        try (SourceDisks.Reading reading = sources.read(order, disk, lease, attempt())) {
          var _ = Channels.newInputStream(reading.stream()).readAllBytes();
          yield reading.verify();
        }
      }
      case WORKER -> {
        try (SourceDisks.Ticket ticket = sources.lend(order, disk, lease, attempt())) {
          WorkerReport report = TicketWorker.write(folder, ticket, disk.capacityBytes(), Map.of());
          yield ticket.verify(report.received().bytes(), report.received().hashes());
        }
      }
    };
  }

  /** The bytes that the host sends. */
  private byte[] bytes() throws IOException {
    try (SourceDisks.Reading reading = sources.read(order, disk, lease, attempt())) {
      return Channels.newInputStream(reading.stream()).readAllBytes();
    }
  }

  private static String hex(String type, byte[] bytes) throws Exception {
    String algorithm = type.equals("sha1") ? "SHA-1" : "SHA-256";
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
  }

  private void export(String checksumType) {
    vm.manifestChecksum(checksumType);
    lease = sources.export(order, keys(order), attempt());
  }

  private void given(LabFaultRule rule) {
    var _ = vcenter.faults().add(rule.onEntity(vm.name()));
  }

  @ParameterizedTest
  @CsvSource({"CONVERTER, sha1", "CONVERTER, sha256", "WORKER, sha1", "WORKER, sha256"})
  void aWholeStreamIsVouchedForByTheDigestThatIsServed(Reader reader, String type)
      throws Exception {
    // Given
    export(type);
    String sent = hex(type, bytes());

    // When
    String checksum = received(reader);

    // Then
    assertThat(checksum).isEqualTo(type + ":" + sent);
  }

  @ParameterizedTest
  @CsvSource({"CONVERTER, sha1", "CONVERTER, sha256", "WORKER, sha1", "WORKER, sha256"})
  void aStreamOfAnotherChecksumThanTheManifestsIsCorrupt(Reader reader, String type)
      throws Exception {
    // Given
    export(type);
    byte[] sent = bytes();
    given(LabFaultRule.once(Kind.MANIFEST_CHECKSUM, "HttpNfcLeaseGetManifest"));

    // When
    Problem problem = problemOf(() -> received(reader));

    // Then
    differs(problem);
    assertThat(problem.what())
        .contains(
            "came as %d bytes with %s %s, ".formatted(sent.length, type, hex(type, sent)),
            "vCenter says it sent %d with ".formatted(sent.length));
  }

  @ParameterizedTest
  @CsvSource({"CONVERTER, sha1", "CONVERTER, sha256", "WORKER, sha1", "WORKER, sha256"})
  void aStreamOfAnotherSizeThanTheManifestsIsCorrupt(Reader reader, String type) throws Exception {
    // Given
    export(type);
    byte[] sent = bytes();
    given(LabFaultRule.once(Kind.MANIFEST_SIZE, "HttpNfcLeaseGetManifest"));

    // When
    Problem problem = problemOf(() -> received(reader));

    // Then
    differs(problem);
    assertThat(problem.what())
        .contains("came as %d bytes ".formatted(sent.length))
        .contains("vCenter says it sent %d with %s".formatted(sent.length + 512, hex(type, sent)));
  }

  private void differs(Problem problem) {
    assertThat(problem.kind()).isEqualTo(Problem.Kind.CORRUPT);
    assertThat(problem.code()).isEqualTo("stream-differs-from-manifest");
    assertThat(problem.what())
        .startsWith("The export of disk " + disk.label() + " of VM " + vm.name() + " came as ");
    assertThat(problem.remedy()).contains("broken proxy or host", "then retry");
  }

  @Test
  @Timeout(value = 60, threadMode = SEPARATE_THREAD)
  void aHostThatStallsIsGivenUpByTheConverter() throws Exception {
    // Given
    given(LabFaultRule.once(Kind.STREAM_STALLED, "GET").after(STALLED_AT));
    Problem problem;

    // When
    try (VSphere hasty = connect(SHORT);
        var sources = new NfcSourceDisks(_ -> hasty, NfcSettings.DEFAULT);
        var reading =
            sources.read(order, disk, sources.export(order, keys(order), attempt()), attempt())) {
      var broken =
          catchThrowableOfType(
              IOException.class, () -> Channels.newInputStream(reading.stream()).readAllBytes());
      problem = reading.explain(broken).problem();
    }

    // Then
    assertThat(problem.kind()).isEqualTo(Problem.Kind.TRANSIENT);
    assertThat(problem.code()).isEqualTo("disk-stream-broke");
    assertThat(problem.what())
        .isEqualTo(
            "The export of disk %s of VM %s broke after %d bytes: 127.0.0.1 sent nothing for 2 s."
                .formatted(disk.label(), vm.name(), STALLED_AT));
    assertThat(problem.remedy()).contains("Check the network to 127.0.0.1");
  }

  @Test
  @Timeout(value = 60, threadMode = SEPARATE_THREAD)
  void aHostThatStallsIsGivenUpByAWorker() throws Exception {
    // Given
    export("sha1");
    given(LabFaultRule.once(Kind.STREAM_STALLED, "GET").after(STALLED_AT));
    WorkerReport report;

    // When
    try (SourceDisks.Ticket ticket = sources.lend(order, disk, lease, attempt())) {
      report =
          TicketWorker.write(
              folder, ticket, disk.capacityBytes(), Map.of("DROVER_SILENCE_SECONDS", "2"));
    }

    // Then
    assertThat(report.code()).isEqualTo("disk-stream-broke");
    assertThat(report.error())
        .isEqualTo(
            "the export from 127.0.0.1 broke after %d bytes: 127.0.0.1 sent nothing for 2 s"
                .formatted(STALLED_AT));
    assertThat(report.remedy()).contains("network between the pods of the cluster and 127.0.0.1");
  }

  @Test
  void aHostWithAnotherCertificateIsRefusedHereAndByAWorker() throws Exception {
    // Given
    given(LabFaultRule.once(Kind.OTHER_CERTIFICATE, "GET"));
    export("sha1");
    WorkerReport there;

    // When
    Problem here = problemOf(() -> sources.read(order, disk, lease, attempt()).close());
    try (SourceDisks.Ticket ticket = sources.lend(order, disk, lease, attempt())) {
      there = TicketWorker.write(folder, ticket, disk.capacityBytes(), Map.of());
    }

    // Then
    assertThat(here.kind()).as("it is not waited for").isEqualTo(Problem.Kind.TRANSIENT);
    assertThat(here.code()).isEqualTo(SourceDisks.HOST_UNTRUSTED).isEqualTo(there.code());
    assertThat(here.what()).contains("shows a certificate").contains(there.error());
    assertThat(here.remedy())
        .contains("intercepts TLS", "disconnect the host")
        .isEqualTo(there.remedy());
  }
}
