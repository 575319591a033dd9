// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionHand;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage.CopyDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyFailed;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.VSphere;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole copies, by every sink, whose source is vouched for, is denied, or stalls. */
class DoubtedSourcesIT {
  private static final List<String> VMS = List.of("vouched", "denied", "stalls");
  private static final long STALLED_AT = 100_000;
  private static final Timeouts SHORT =
      new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(3));

  @TempDir static Path folder;

  private static RoadLab lab;
  private static VSphere vsphere;
  private static Staging staging;
  private static CdiDiskImports imports;

  @BeforeAll
  static void start() throws Exception {
    LabEstate estate =
        LabEstate.create("doubts", 19, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (String name : VMS) {
      for (Sink sink : Sink.values()) {
        b.vm(vm(name, sink))
            .poweredOff()
            .disk(DiskSpec.bytes(16L << 20).payloadMib(4).in(store))
            .add();
      }
    }
    lab = new RoadLab(folder, estate);
    vsphere = lab.connect(SHORT);
    staging =
        Staging.open(
            new StagingSettings(folder.resolve("staging"), 0, 0, "127.0.0.1", 0, null, null, true));
    imports = lab.imports(staging);
  }

  @AfterAll
  static void stop() {
    vsphere.close();
    lab.close();
    staging.close();
  }

  private static String vm(String name, Sink sink) {
    return name + "-" + sink.name().toLowerCase(Locale.ROOT);
  }

  /** A copy of a VM to its end. */
  private static CopyRoad copied(String vm, Sink sink) throws InterruptedException {
    CopyOrder order = lab.order(vm, "final", Round.FINAL, Transfer.STREAM, sink);
    try (var sources = new NfcSourceDisks(_ -> vsphere, NfcSettings.DEFAULT);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));
      var _ = road.until(CopyRoad::ended);
      return road;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UPLOAD", "HTTP", "DIRECT"})
  void aReceiptNamesTheSha256ThatTheManifestServes(Sink sink) throws Exception {
    // Given
    String vm = vm("vouched", sink);
    lab.estate.vm(vm).manifestChecksum("sha256");

    // When
    CopyRoad road = copied(vm, sink);

    // Then
    assertThat(road.letters)
        .last()
        .isInstanceOfSatisfying(
            CopyCompleted.class,
            completed ->
                assertThat(completed.receipts())
                    .singleElement()
                    .satisfies(receipt -> {
                      assertThat(receipt.level()).isEqualTo(Receipt.Level.BOTH);
                      assertThat(receipt.streamChecksum()).matches("sha256:[0-9a-f]{64}");
                    }));
    lab.landed(vm);
  }

  @ParameterizedTest
  @EnumSource(names = {"UPLOAD", "HTTP", "DIRECT"})
  void aCopyThatTheManifestDeniesEndsAsCorrupt(Sink sink) throws Exception {
    // Given
    String vm = vm("denied", sink);
    var _ =
        lab.estate
            .faults()
            .add(
                LabFaultRule.once(Kind.MANIFEST_CHECKSUM, "HttpNfcLeaseGetManifest")
                    .onEntity(vm)
                    .times(-1));

    // When
    CopyRoad road = copied(vm, sink);

    // Then
    assertThat(road.letters)
        .last()
        .isInstanceOfSatisfying(
            CopyFailed.class,
            failed -> {
              assertThat(failed.problem().kind()).isEqualTo(Problem.Kind.CORRUPT);
              assertThat(failed.problem().code()).isEqualTo("stream-differs-from-manifest");
              assertThat(failed.problem().what())
                  .contains(" of VM " + vm + " came as ", " bytes with sha1 ", "vCenter says");
            });
    assertThat(lab.estate.vm(vm).lease()).isNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"UPLOAD", "HTTP"})
  void aHostThatStallsIsGivenUpAndReadAgain(Sink sink) throws Exception {
    // Given
    String vm = vm("stalls", sink);
    var _ =
        lab.estate
            .faults()
            .add(LabFaultRule.once(Kind.STREAM_STALLED, "GET").onEntity(vm).after(STALLED_AT));

    // When
    CopyRoad road = copied(vm, sink);

    // Then
    assertThat(road.facts)
        .filteredOn(ConversionFact.CopyStepDelayed.class::isInstance)
        .extracting(fact -> ((ConversionFact.CopyStepDelayed) fact).problem())
        .anySatisfy(problem -> {
          assertThat(problem.kind()).isEqualTo(Problem.Kind.TRANSIENT);
          assertThat(problem.code()).isEqualTo("disk-stream-broke");
          assertThat(problem.what())
              .isEqualTo(
                  ("The export of disk Hard disk 2000 of VM %s broke after %d bytes:"
                          + " 127.0.0.1 sent nothing for 3 s.")
                      .formatted(vm, STALLED_AT));
          assertThat(problem.remedy()).contains("Check the network to 127.0.0.1");
        });
    assertThat(road.letters).last().isInstanceOf(CopyCompleted.class);
    lab.landed(vm);
  }
}
