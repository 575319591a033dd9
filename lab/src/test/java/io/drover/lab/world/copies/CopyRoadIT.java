// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.Attempt;
import io.drover.converter.ConversionDecider;
import io.drover.converter.ConversionEffect;
import io.drover.converter.ConversionHand;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage.CopyDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.RemoveCopies;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.StopCopy;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationMessage.CopiesRemoved;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyFailed;
import io.drover.schemas.MigrationMessage.CopyStopped;
import io.drover.schemas.Receipt;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.vsphere.VSphere;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole copy of a VM by the real brain, hand and adapters: SOAP, NFC streams, CDI uploads,
 * worker Jobs, all over HTTPS to the lab.
 */
class CopyRoadIT {
  @TempDir static Path folder;

  private static LabEstate estate;
  private static RoadLab lab;
  private static VSphere vsphere;
  private static Staging staging;
  private static CdiDiskImports imports;

  @BeforeAll
  static void start() throws Exception {
    estate =
        LabEstate.create(
            "copies",
            11,
            LabPace.quick().withGuestWrites(Duration.ZERO).withLeaseTimeout(Duration.ofMinutes(5)));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (String name :
        List.of("plain", "killed", "let-go", "idle", "stopped", "served", "direct", "corrupt")) {
      b.vm(name)
          .poweredOff()
          .disk(DiskSpec.bytes(48L << 20).payloadMib(6).in(store))
          .disk(DiskSpec.bytes((20L << 20) + 512 * 3).payloadMib(2).in(store))
          .add();
    }
    for (String name : List.of("resets", "resets-served")) {
      b.vm(name).poweredOff().disk(DiskSpec.bytes(48L << 20).payloadMib(2).in(store)).add();
    }
    lab = new RoadLab(folder, estate);
    vsphere = lab.vsphere;
    staging =
        Staging.open(
            new StagingSettings(folder.resolve("staging"), 0, 0, "127.0.0.1", 0, null, null, true));
    imports = lab.imports(staging);
  }

  @AfterAll
  static void stop() {
    lab.close();
    staging.close();
  }

  private static NfcSourceDisks sources(VSphere connection) {
    return new NfcSourceDisks(_ -> connection, NfcSettings.DEFAULT);
  }

  private static CopyOrder order(String vm, Sink sink) {
    return lab.order(vm, "final", Round.FINAL, Transfer.STREAM, sink);
  }

  @Test
  void aColdVmIsCopiedAndProvedOnBothSides() throws Exception {
    CopyOrder order = order("plain", Sink.UPLOAD);
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));

      var letter = road.until(CopyRoad::ended);

      assertThat(letter).isInstanceOf(CopyCompleted.class);
      var receipts = ((CopyCompleted) letter).receipts();
      assertThat(receipts).hasSize(2).extracting(Receipt::level).containsOnly(Receipt.Level.BOTH);
      assertThat(receipts).allMatch(receipt -> receipt.streamChecksum() != null);
      assertThat(estate.vm("plain").lease()).isNull();
      assertThat(sources.openLeases()).isZero();
      lab.landed("plain");

      road.tell(new RemoveCopies(order.migration()));
      road.until(CopiesRemoved.class::isInstance);
      assertThat(lab.cluster.volumeOf("shop", "plain-disk-2000")).isEmpty();
    }
  }

  /** Copies a VM whose stream is reset once; gives how far an earlier attempt was gone on with. */
  private static List<Long> reset(String vm, Sink sink) throws Exception {
    byte[] noise = new byte[24 << 20];
    new Random(7).nextBytes(noise);
    estate.vm(vm).disks().getFirst().content().write(8 << 20, noise);
    var _ =
        estate
            .faults()
            .add(
                LabFaultRule.once(LabFaultRule.Kind.STREAM_RESET, "*")
                    .onEntity(vm)
                    .after(16 << 20));
    CopyOrder order = order(vm, sink);
    var resumed = new CopyOnWriteArrayList<Long>();
    try (var sources = sources(vsphere);
        var road =
            new CopyRoad(
                new ConversionDecider().initial(order.vm().toString()),
                new ConversionHand(sources, imports),
                1,
                committed -> {},
                (subject, what, done, total) -> {
                  if (what.equals("resumed")) {
                    resumed.add(done);
                  }
                })) {
      road.tell(new CopyDisks(order));

      assertThat(road.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);

      assertThat(road.facts).anyMatch(ConversionFact.CopyStepDelayed.class::isInstance);
      lab.landed(vm);
    }
    return resumed;
  }

  @Test
  void anUploadWhoseStreamIsResetBeginsWithAnEmptyVolume() throws Exception {
    assertThat(reset("resets", Sink.UPLOAD)).isEmpty();
    assertThat(lab.made("resets-disk-2000")).isEqualTo(2);
  }

  @Test
  void anImageWhoseStreamIsResetGoesOnAtTheLastDurableByte() throws Exception {
    assertThat(reset("resets-served", Sink.HTTP))
        .singleElement()
        .satisfies(bytes -> {
          assertThat(bytes).isBetween(4L << 20, 40L << 20);
          assertThat(bytes % (4 << 20)).as("whole extents").isZero();
        });
  }

  private static void aColdVmIsProvedOnBothSides(String vm, Sink sink) throws Exception {
    CopyOrder order = order(vm, sink);
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));

      var letter = road.until(CopyRoad::ended);

      assertThat(letter).isInstanceOf(CopyCompleted.class);
      assertThat(((CopyCompleted) letter).receipts())
          .hasSize(2)
          .allMatch(receipt -> receipt.level() == Receipt.Level.BOTH)
          .allMatch(receipt -> receipt.streamChecksum() != null)
          .allMatch(receipt -> receipt.bytesRead() > 0);
      assertThat(estate.vm(vm).lease()).isNull();
      lab.landed(vm);
    }
  }

  @Test
  void aStagedImageIsProvedOnBothSides() throws Exception {
    aColdVmIsProvedOnBothSides("served", Sink.HTTP);
    assertThat(staging.all()).isEmpty();
  }

  @Test
  void aVolumeWrittenInPlaceIsProvedOnBothSides() throws Exception {
    aColdVmIsProvedOnBothSides("direct", Sink.DIRECT);
  }

  @Test
  void aVolumeThatDiffersIsSaidToAndWhere() throws Exception {
    CopyOrder order = order("corrupt", Sink.UPLOAD);
    var _ =
        lab.cluster
            .faults()
            .add(Fault.on(Fault.What.CORRUPT_VOLUME, "shop", "corrupt-disk-2000").times(1));
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));

      var letter = road.until(CopyRoad::ended);

      assertThat(letter).isInstanceOf(CopyFailed.class);
      assertThat(((CopyFailed) letter).problem().what())
          .contains("corrupt-disk-2000", "it differs within 4194304 bytes at ");
      assertThat(road.facts)
          .anyMatch(fact ->
              fact instanceof ConversionFact.CopyStepEnded ended
                  && ended.evidence() instanceof CopyEvidence.VolumeDigested digested
                  && digested.difference() != null
                  && digested.difference().extents() == 1);
      assertThat(estate.vm("corrupt").lease()).isNull();
    }
  }

  /** The lease would last five minutes more, which is longer than this test waits. */
  @Test
  void anotherProcessTakesOverEndsTheLeaseAndCopiesAnew() throws Exception {
    CopyOrder order = order("killed", Sink.UPLOAD);
    VSphere first = lab.connect();
    var forgetful =
        new NfcSettings(
            1, 1, 0, Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofMinutes(1), false);
    var lost = new NfcSourceDisks(_ -> first, forgetful);
    var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(lost, imports));
    road.tell(new CopyDisks(order));
    road.untilRuns(ConversionEffect.EnsureDiskTransferred.class);
    // A process that hears nothing any more, but whose lease stands: as a killed one's does.
    try (var sources = sources(vsphere);
        var next = new CopyRoad(road.state, new ConversionHand(sources, imports), 2)) {

      assertThat(next.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);

      assertThat(estate.vm("killed").lease()).isNull();
      lab.landed("killed");
    } finally {
      lost.close();
      first.close();
    }
  }

  @Test
  void anOwnerThatLivesOnGivesTheLeaseUpToTheNext() throws Exception {
    CopyOrder order = order("let-go", Sink.UPLOAD);
    try (VSphere first = lab.connect();
        var former = sources(first)) {
      var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(former, imports));
      road.tell(new CopyDisks(order));
      road.untilRuns(ConversionEffect.EnsureDiskTransferred.class);
      // The partition went to another process; this one stays, with its session.
      road.close();
      try (var sources = sources(vsphere);
          var next = new CopyRoad(road.state, new ConversionHand(sources, imports), 2)) {

        assertThat(next.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);

        assertThat(former.openLeases()).isZero();
        lab.landed("let-go");
      }
    }
  }

  @Test
  void aLeaseThatNobodyReadsIsGivenUp() throws Exception {
    CopyOrder order = order("idle", Sink.UPLOAD);
    var settings =
        new NfcSettings(
            1, 1, 0, Duration.ofMinutes(1), Duration.ofMillis(500), Duration.ofMinutes(1), false);
    try (var sources = new NfcSourceDisks(_ -> vsphere, settings)) {
      var attempt =
          new Attempt(new EffectId("e"), new Token(1), () -> false, io.drover.engine.Progress.NONE);

      sources.export(order, List.of(2000), attempt);

      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (estate.vm("idle").lease() != null && System.nanoTime() < end) {
        Thread.sleep(50);
      }
      assertThat(estate.vm("idle").lease()).isNull();
      assertThat(sources.openLeases()).isZero();
    }
  }

  @Test
  void aStoppedCopyLeavesTheSourceFree() throws Exception {
    CopyOrder order = order("stopped", Sink.UPLOAD);
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));
      road.untilRuns(ConversionEffect.EnsureDiskTransferred.class);

      road.tell(new StopCopy(order.copy()));
      road.until(CopyStopped.class::isInstance);

      assertThat(estate.vm("stopped").lease()).isNull();
      assertThat(sources.openLeases()).isZero();
    }
  }
}
