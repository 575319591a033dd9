// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionEffect;
import io.drover.converter.ConversionHand;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage.CopyDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.StopCopy;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyStopped;
import io.drover.schemas.Receipt;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
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
 * Rounds of a copy by {@code source.vddk}, by the real brain, hand and adapters, to the lab's CDI,
 * which plays VDDK with the lab vCenter's changed blocks.
 */
class VddkRoadIT {
  @TempDir static Path folder;

  private static LabEstate estate;
  private static RoadLab lab;
  private static CdiDiskImports imports;

  @BeforeAll
  static void start() throws Exception {
    estate =
        LabEstate.create(
            "rounds",
            11,
            LabPace.quick().withGuestWrites(Duration.ZERO).withLeaseTimeout(Duration.ofMinutes(5)));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (String name : List.of("warm", "halted")) {
      b.vm(name).changeTracking().disk(DiskSpec.bytes(32L << 20).payloadMib(4).in(store)).add();
    }
    b.vm("half")
        .changeTracking()
        .disk(DiskSpec.bytes(32L << 20).payloadMib(4).in(store))
        .disk(DiskSpec.bytes(16L << 20).payloadMib(2).in(store))
        .add();
    lab = new RoadLab(folder, estate);
    imports = lab.imports(null);
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  private static NfcSourceDisks sources() {
    return new NfcSourceDisks(_ -> lab.vsphere, NfcSettings.DEFAULT);
  }

  private static CopyOrder order(String vm, String copy, Round round) {
    return lab.order(vm, copy, round, Transfer.VDDK, Sink.UPLOAD);
  }

  @Test
  void aWarmVmIsSeededSyncedAndEndedByVddk() throws Exception {
    LabDisk disk = estate.vm("warm").disks().getFirst();
    try (var sources = sources()) {
      var hand = new ConversionHand(sources, imports);
      CopyOrder seed = order("warm", "seed", Round.SEED);
      try (var road = CopyRoad.begin(seed.vm().toString(), hand)) {
        road.tell(new CopyDisks(seed));
        assertThat(road.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);
        disk.content().write(9 << 20, "written after the seed".getBytes(StandardCharsets.UTF_8));
        road.letters.clear();
        road.tell(new CopyDisks(order("warm", "sync", Round.SYNC)));
        assertThat(road.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);
        disk.content().write(17 << 20, "written after the sync".getBytes(StandardCharsets.UTF_8));
        road.letters.clear();

        road.tell(new CopyDisks(order("warm", "final", Round.FINAL)));

        var letter = road.until(CopyRoad::ended);
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
    try (var sources = sources()) {
      CopyOrder seed = order("half", "seed", Round.SEED);
      try (var road = CopyRoad.begin(seed.vm().toString(), new ConversionHand(sources, imports))) {
        road.tell(new CopyDisks(seed));
        assertThat(road.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);
        estate
            .vm("half")
            .disks()
            .getFirst()
            .content()
            .write(9 << 20, "written after the seed".getBytes(StandardCharsets.UTF_8));
        road.letters.clear();

        road.tell(new CopyDisks(order("half", "final", Round.FINAL)));

        var letter = road.until(CopyRoad::ended);
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
    try (var sources = sources()) {
      var hand = new ConversionHand(sources, imports);
      CopyOrder seed = order("halted", "seed", Round.SEED);
      CopyOrder sync = order("halted", "sync", Round.SYNC);
      try (var road = CopyRoad.begin(seed.vm().toString(), hand)) {
        road.tell(new CopyDisks(seed));
        assertThat(road.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);
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
          road.tell(new CopyDisks(order("halted", round + "-again", round)));
          assertThat(road.until(CopyRoad::ended)).isInstanceOf(CopyCompleted.class);
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
