// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.Attempt;
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
import io.drover.lab.vcenter.estate.LabDisk;
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
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        List.of(
            "plain", "resets", "killed", "let-go", "idle", "stopped", "served", "direct",
            "corrupt")) {
      b.vm(name)
          .poweredOff()
          .disk(DiskSpec.bytes(48L << 20).payloadMib(6).in(store))
          .disk(DiskSpec.bytes((20L << 20) + 512 * 3).payloadMib(2).in(store))
          .add();
    }
    for (String name : List.of("warm", "halted")) {
      b.vm(name).changeTracking().disk(DiskSpec.bytes(32L << 20).payloadMib(4).in(store)).add();
    }
    b.vm("half")
        .changeTracking()
        .disk(DiskSpec.bytes(32L << 20).payloadMib(4).in(store))
        .disk(DiskSpec.bytes(16L << 20).payloadMib(2).in(store))
        .add();
    lab =
        new RoadLab(
            folder,
            estate,
            machine -> {
              throw new AssertionError("nobody starts " + machine.name());
            });
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

  private static CopyOrder order(String vm, String copy, Round round, Transfer transfer) {
    return order(vm, copy, round, transfer, Sink.UPLOAD);
  }

  private static CopyOrder order(
      String vm, String copy, Round round, Transfer transfer, Sink sink) {
    return lab.order(vm, copy, round, transfer, sink);
  }

  private static boolean ended(Object letter) {
    return letter instanceof CopyCompleted || letter instanceof CopyFailed;
  }

  @Test
  void aColdVmIsCopiedAndProvedOnBothSides() throws Exception {
    CopyOrder order = order("plain", "final", Round.FINAL, Transfer.STREAM);
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));

      var letter = road.until(CopyRoadIT::ended);

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

  @Test
  void aStreamThatIsResetIsReadAgain() throws Exception {
    var _ =
        estate
            .faults()
            .add(
                LabFaultRule.once(LabFaultRule.Kind.STREAM_RESET, "*")
                    .onEntity("resets")
                    .after(100_000));
    CopyOrder order = order("resets", "final", Round.FINAL, Transfer.STREAM);
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));

      assertThat(road.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);

      assertThat(road.facts).anyMatch(ConversionFact.CopyStepDelayed.class::isInstance);
      lab.landed("resets");
    }
  }

  private static void aColdVmIsProvedOnBothSides(String vm, Sink sink) throws Exception {
    CopyOrder order = order(vm, "final", Round.FINAL, Transfer.STREAM, sink);
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));

      var letter = road.until(CopyRoadIT::ended);

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
    CopyOrder order = order("corrupt", "final", Round.FINAL, Transfer.STREAM);
    var _ =
        lab.cluster
            .faults()
            .add(Fault.on(Fault.What.CORRUPT_VOLUME, "shop", "corrupt-disk-2000").times(1));
    try (var sources = sources(vsphere);
        var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(sources, imports))) {
      road.tell(new CopyDisks(order));

      var letter = road.until(CopyRoadIT::ended);

      assertThat(letter).isInstanceOf(CopyFailed.class);
      assertThat(((CopyFailed) letter).problem().what())
          .contains("corrupt-disk-2000", "1 extent differs: 4194304 bytes at ");
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
    CopyOrder order = order("killed", "final", Round.FINAL, Transfer.STREAM);
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

      assertThat(next.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);

      assertThat(estate.vm("killed").lease()).isNull();
      lab.landed("killed");
    } finally {
      lost.close();
      first.close();
    }
  }

  @Test
  void anOwnerThatLivesOnGivesTheLeaseUpToTheNext() throws Exception {
    CopyOrder order = order("let-go", "final", Round.FINAL, Transfer.STREAM);
    try (VSphere first = lab.connect();
        var former = sources(first)) {
      var road = CopyRoad.begin(order.vm().toString(), new ConversionHand(former, imports));
      road.tell(new CopyDisks(order));
      road.untilRuns(ConversionEffect.EnsureDiskTransferred.class);
      // The partition went to another process; this one stays, with its session.
      road.close();
      try (var sources = sources(vsphere);
          var next = new CopyRoad(road.state, new ConversionHand(sources, imports), 2)) {

        assertThat(next.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);

        assertThat(former.openLeases()).isZero();
        lab.landed("let-go");
      }
    }
  }

  @Test
  void aLeaseThatNobodyReadsIsGivenUp() throws Exception {
    CopyOrder order = order("idle", "final", Round.FINAL, Transfer.STREAM);
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
    CopyOrder order = order("stopped", "final", Round.FINAL, Transfer.STREAM);
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

  @Test
  void aWarmVmIsSeededSyncedAndEndedByVddk() throws Exception {
    LabDisk disk = estate.vm("warm").disks().getFirst();
    try (var sources = sources(vsphere)) {
      var hand = new ConversionHand(sources, imports);
      CopyOrder seed = order("warm", "seed", Round.SEED, Transfer.VDDK);
      try (var road = CopyRoad.begin(seed.vm().toString(), hand)) {
        road.tell(new CopyDisks(seed));
        assertThat(road.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);
        disk.content().write(9 << 20, "written after the seed".getBytes(StandardCharsets.UTF_8));
        road.letters.clear();
        road.tell(new CopyDisks(order("warm", "sync", Round.SYNC, Transfer.VDDK)));
        assertThat(road.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);
        disk.content().write(17 << 20, "written after the sync".getBytes(StandardCharsets.UTF_8));
        road.letters.clear();

        road.tell(new CopyDisks(order("warm", "final", Round.FINAL, Transfer.VDDK)));

        var letter = road.until(CopyRoadIT::ended);
        assertThat(letter).isInstanceOf(CopyCompleted.class);
        assertThat(((CopyCompleted) letter).receipts())
            .extracting(Receipt::level)
            .containsOnly(Receipt.Level.TARGET);
        assertThat(estate.vm("warm").snapshots().all()).isEmpty();
        lab.landed("warm");
        checkpointsFollow(road.facts);
      }
    }
  }

  /** Each begins at the change id that was noted before the snapshot of the round before went. */
  private static void checkpointsFollow(List<ConversionFact> facts) {
    var checkpoints = new ArrayList<Map<String, String>>();
    String previous = "";
    for (ConversionFact fact : facts) {
      if (fact instanceof ConversionFact.CopyStepEnded ended
          && ended.evidence() instanceof CopyEvidence.SnapshotTaken taken) {
        checkpoints.add(Map.of("previous", previous, "current", taken.snapshot()));
        previous = String.valueOf(taken.changeIds().get(2000));
      }
    }
    var volume = volume("warm-disk-2000");
    assertThat(checkpoints).hasSize(3);
    assertThat(volume.<Object>get("spec", "checkpoints")).isEqualTo(checkpoints);
    assertThat(volume.<Object>get("spec", "finalCheckpoint")).isEqualTo(true);
    assertThat(volume.getMetadata().getAnnotations())
        .containsEntry("cdi.kubevirt.io/storage.usePopulator", "false");
  }

  @Test
  void aDiskThatDidNotChangeEndsWithTheOneThatDid() throws Exception {
    try (var sources = sources(vsphere)) {
      CopyOrder seed = order("half", "seed", Round.SEED, Transfer.VDDK);
      try (var road = CopyRoad.begin(seed.vm().toString(), new ConversionHand(sources, imports))) {
        road.tell(new CopyDisks(seed));
        assertThat(road.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);
        estate
            .vm("half")
            .disks()
            .getFirst()
            .content()
            .write(9 << 20, "written after the seed".getBytes(StandardCharsets.UTF_8));
        road.letters.clear();

        road.tell(new CopyDisks(order("half", "final", Round.FINAL, Transfer.VDDK)));

        var letter = road.until(CopyRoadIT::ended);
        assertThat(letter).isInstanceOf(CopyCompleted.class);
        assertThat(((CopyCompleted) letter).receipts())
            .allMatch(receipt -> receipt.level() == Receipt.Level.TARGET)
            .extracting(Receipt::diskKey)
            .containsExactlyInAnyOrderElementsOf(
                estate.vm("half").disks().stream().map(LabDisk::key).toList());
        var lasts = new ArrayList<String>();
        for (LabDisk disk : estate.vm("half").disks()) {
          var volume = volume("half-disk-" + disk.key());
          var checkpoints = (List<?>) volume.<Object>get("spec", "checkpoints");
          assertThat(checkpoints).hasSize(2);
          assertThat(volume.<Object>get("spec", "finalCheckpoint")).isEqualTo(true);
          lasts.add(String.valueOf(((Map<?, ?>) checkpoints.getLast()).get("current")));
        }
        assertThat(lasts).as("one snapshot for both").hasSize(2).containsOnly(lasts.getFirst());
        lab.landed("half");
      }
    }
  }

  private static GenericKubernetesResource volume(String name) {
    return lab.client
        .genericKubernetesResources("cdi.kubevirt.io/v1beta1", "DataVolume")
        .inNamespace(RoadLab.NAMESPACE)
        .withName(name)
        .get();
  }

  /** The volume is still paused while it has been told of a snapshot that is removed again. */
  @Test
  void aRoundThatIsStoppedLeavesNoVolumeThatWaitsForItsSnapshotAndTheNextCopiesAnew()
      throws Exception {
    try (var sources = sources(vsphere)) {
      var hand = new ConversionHand(sources, imports);
      CopyOrder seed = order("halted", "seed", Round.SEED, Transfer.VDDK);
      CopyOrder sync = order("halted", "sync", Round.SYNC, Transfer.VDDK);
      try (var road = CopyRoad.begin(seed.vm().toString(), hand)) {
        road.tell(new CopyDisks(seed));
        assertThat(road.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);
        road.letters.clear();
        String slow =
            lab.cluster
                .faults()
                .add(
                    Fault.on(Fault.What.SLOW, "shop", "halted-disk-2000")
                        .delay(Duration.ofSeconds(10)));
        road.tell(new CopyDisks(sync));
        road.untilRuns(ConversionEffect.EnsureDiskTransferred.class);
        awaitCheckpoints("halted-disk-2000", 2);

        road.tell(new StopCopy(sync.copy()));
        road.until(CopyStopped.class::isInstance);

        assertThat(estate.vm("halted").snapshots().all()).isEmpty();
        assertThat(lab.cluster.volumeOf("shop", "halted-disk-2000")).isEmpty();
        lab.cluster.faults().remove(slow);
        for (Round round : List.of(Round.SYNC, Round.FINAL)) {
          road.letters.clear();
          road.tell(new CopyDisks(order("halted", round + "-again", round, Transfer.VDDK)));
          assertThat(road.until(CopyRoadIT::ended)).isInstanceOf(CopyCompleted.class);
        }
        lab.landed("halted");
      }
    }
  }

  private static void awaitCheckpoints(String volume, int count) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (volume(volume).get("spec", "checkpoints") instanceof List<?> told) {
      if (told.size() >= count) {
        return;
      }
      assertThat(System.nanoTime()).as("%s", told).isLessThan(end);
      Thread.sleep(50);
    }
    throw new AssertionError(volume + " has no checkpoints");
  }
}
