// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.ConversionDecider;
import io.drover.converter.SourceDisks;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
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
import io.drover.schemas.EffectId;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.vsphere.Moref;
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
  private static final int VMS = 48;
  private static final String LOCKED = "FileLocked";

  private static LabEstate estate;
  private static LabVCenter vcenter;
  private static int next;

  @BeforeAll
  static void start() {
    estate = LabEstate.create("disks", 13, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 2, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (int i = 0; i < VMS; i++) {
      b.vm("source-" + i)
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
    given(LabFaultRule.once(Kind.HTTP_503, "ExportVm"));

    Problem problem = problemOf(() -> sources.export(order, keys(order), attempt()));

    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(problem.code()).isEqualTo("vcenter-unavailable");
    sources.close(order, sources.export(order, keys(order), attempt()), true, attempt());
  }

  @Test
  void aVCenterThatIsBusyWhenItsManifestIsReadCostsNoSecondReading() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    try (SourceDisks.Reading reading =
        sources.read(order, order.disks().getFirst(), lease, attempt())) {
      var _ = read(reading);
      given(LabFaultRule.once(Kind.HTTP_503, "HttpNfcLeaseGetManifest"));

      String checksum = reading.verify();

      assertThat(checksum).contains(":");
    }
    sources.close(order, lease, true, attempt());
  }

  @Test
  void whatIsSaidOfALeaseDoesNotOpenItsDisks() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();

    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());

    assertThat(lease.lease()).matches("session\\[[^\\]]+\\]");
    sources.close(order, lease, true, attempt());
  }

  @Test
  void aSessionThatEndedWhenTheManifestIsReadIsALostLease() throws Exception {
    Source source = source(false);
    CopyOrder order = last(source);
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lost = sources.export(order, keys(order), attempt());
    var disk = order.disks().getFirst();
    try (SourceDisks.Reading reading = sources.read(order, disk, lost, attempt())) {
      var _ = read(reading);
      given(LabFaultRule.once(Kind.SESSION_KILLED, "HttpNfcLeaseGetManifest"));

      Problem problem = problemOf(reading::verify);

      assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
      assertThat(problem.code()).isEqualTo(ConversionDecider.LEASE_LOST);
      assertThat(problem.what())
          .contains("vCenter ended the export lease under disk " + disk.label() + " of VM ")
          .doesNotContain("..")
          .doesNotContainPattern("session\\[[^\\]]*\\]\\w");
    }
    sources.close(order, lost, false, attempt());
    CopyEvidence.LeaseOpened lease = opened(sources, order);
    try (SourceDisks.Reading reading = sources.read(order, disk, lease, attempt())) {
      assertThat(read(reading)).isEqualTo(content(source, disk.deviceKey()));
      assertThat(reading.verify()).contains(":");
    }
    sources.close(order, lease, true, attempt());
  }

  @Test
  void aLeaseThatIsGoneWhenItIsCompletedHasLetGoOfTheVm() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    given(LabFaultRule.once(Kind.SESSION_KILLED, "HttpNfcLeaseComplete"));

    sources.close(order, lease, true, attempt());

    CopyEvidence.LeaseOpened next = opened(sources, order);
    sources.close(order, next, true, attempt());
  }

  @Test
  void aLeaseThatIsGoneBeforeItIsReadyIsALostLease() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    // The first reads the disks of the VM.
    given(
        LabFaultRule.once(Kind.METHOD_FAULT, "RetrievePropertiesEx")
            .as("ManagedObjectNotFound")
            .skipping(1));

    Problem problem = problemOf(() -> sources.export(order, keys(order), attempt()));

    assertThat(problem.kind()).as("%s", problem).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(problem.code()).isEqualTo(ConversionDecider.LEASE_LOST);
    sources.close(order, opened(sources, order), true, attempt());
  }

  @Test
  void aLeaseThatWasLetGoAsNobodyReadIsNoTrouble() throws Exception {
    CopyOrder order = last(source(false));
    var idle =
        new NfcSettings(
            4, 16, 0, Duration.ofMinutes(1), Duration.ofMillis(200), Duration.ofMinutes(1), false);
    var sources = (NfcSourceDisks) process(idle);
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (sources.openLeases() > 0) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
    var disk = order.disks().getFirst();

    Problem problem = problemOf(() -> sources.read(order, disk, lease, attempt()).close());

    assertThat(problem.code()).isEqualTo(ConversionDecider.LEASE_IDLE);
    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    sources.close(order, lease, false, attempt());
    assertThat(problemOf(() -> sources.read(order, disk, lease, attempt()).close()).code())
        .isEqualTo(ConversionDecider.LEASE_LOST);
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
  void aGuestThatDoesNotComeToRestIsCopiedAsItRuns() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "restless", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process(NfcSettings.DEFAULT.withQuiesce(true));
    estate.vm(source.name()).unquiet("ApplicationQuiesceFault");

    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());

    assertThat(estate.tasks().all())
        .anyMatch(task -> task.info().toString().contains("ApplicationQuiesceFault"));
    assertThat(vsphere.snapshots().of(Moref.vm(source.moref())))
        .singleElement()
        .satisfies(node -> assertThat(node.moref().id()).isEqualTo(taken.snapshot()));
    sources.close(seed, taken, true, attempt());
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void whoIsStoppedWhileAGuestDoesNotComeToRestTakesNoSnapshotOfIt() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "stopped", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process(NfcSettings.DEFAULT.withQuiesce(true));
    estate.vm(source.name()).unquiet("FilesystemQuiesceFault");
    StopSignal stop =
        () ->
            estate.tasks().all().stream()
                .anyMatch(task -> task.info().toString().contains("FilesystemQuiesceFault"));

    assertThatThrownBy(() ->
            sources.snapshot(
                seed, new Attempt(new EffectId("effect/1"), new Token(1), stop, Progress.NONE)))
        .isInstanceOf(StopSignal.Stopped.class);

    assertThat(vsphere.snapshots().of(Moref.vm(source.moref()))).isEmpty();
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void filesThatARemovedSnapshotLeftBehindAreMerged() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "unmerged", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();
    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());
    unmergedAfter("RemoveSnapshot_Task", source);

    sources.close(seed, taken, true, attempt());

    assertThat(estate.vm(source.name()).consolidationNeeded()).isFalse();
    assertThat(estate.tasks().all())
        .anyMatch(task -> task.info().toString().contains("ConsolidateVMDisks_Task"));
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void aMergeThatFailedIsMadeUpForThoughTheSnapshotIsGone() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "merge", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();
    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());
    unmergedAfter("RemoveSnapshot_Task", source);
    fails("ConsolidateVMDisks_Task", source, LOCKED);
    Problem locked = problemOf(() -> sources.close(seed, taken, true, attempt()));
    assertThat(locked.code()).isEqualTo("disks-locked");
    assertThat(locked.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(vsphere.snapshots().of(Moref.vm(source.moref()))).isEmpty();

    sources.close(seed, taken, true, attempt());

    assertThat(estate.vm(source.name()).consolidationNeeded()).isFalse();
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void whatOthersLeftUnmergedIsTheirs() throws Exception {
    Source source = source(true);
    Moref vm = Moref.vm(source.moref());
    Moref theirs =
        vsphere.snapshots().create(vm, "backup", "Of a backup.", false, Duration.ofSeconds(30));
    unmergedAfter("RemoveSnapshot_Task", source);
    vsphere.snapshots().remove(theirs, true, Duration.ofSeconds(30));
    CopyOrder seed = order(source, "theirs", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();

    sources.release(seed, null, false, attempt());
    sources.removeSnapshots(seed, seed.migration(), attempt());

    assertThat(estate.vm(source.name()).consolidationNeeded()).isTrue();
  }

  /** A vCenter that was restarted does not find the task, of which nobody knows how it ended. */
  @Test
  void whatWasNotFoundButIsStillThereIsNotTakenForRemoved() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "forgotten", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();
    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());
    fails("RemoveSnapshot_Task", source, "ManagedObjectNotFound");

    Problem busy = problemOf(() -> sources.close(seed, taken, true, attempt()));

    assertThat(busy.code()).isEqualTo("source-busy");
    assertThat(busy.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    sources.close(seed, taken, true, attempt());
    assertThat(vsphere.snapshots().of(Moref.vm(source.moref()))).isEmpty();
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void aMergeThatFailedIsOwedByWhoRemovedTheSnapshotWhateverIsKnownOfTheRound() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "owed", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();
    var _ = sources.snapshot(seed, attempt());
    unmergedAfter("RemoveSnapshot_Task", source);
    fails("ConsolidateVMDisks_Task", source, LOCKED);
    assertThat(problemOf(() -> sources.removeSnapshots(seed, seed.migration(), attempt())).code())
        .isEqualTo("disks-locked");

    sources.removeSnapshots(seed, seed.migration(), attempt());

    assertThat(estate.vm(source.name()).consolidationNeeded()).isFalse();
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void theMergeAfterASnapshotThatWasNeverRecordedIsOwedByEveryProcess() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "unrecorded", Round.SEED, Transfer.VDDK);
    var _ = process().snapshot(seed, attempt());
    unmergedAfter("RemoveSnapshot_Task", source);
    fails("ConsolidateVMDisks_Task", source, LOCKED);
    assertThat(problemOf(() -> process().release(seed, null, true, attempt())).code())
        .isEqualTo("disks-locked");
    SourceDisks sources = process();

    sources.release(seed, null, true, attempt());

    assertThat(estate.vm(source.name()).consolidationNeeded()).isFalse();
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void aVmThatAnEarlierProcessesLeaseStillHoldsIsNotLetGo() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks earlier = process();
    CopyEvidence.LeaseOpened lease = earlier.export(order, keys(order), attempt());
    given(LabFaultRule.once(Kind.METHOD_FAULT, "TerminateSession").as("NoPermission"));
    SourceDisks sources = process();

    Problem busy = problemOf(() -> sources.close(order, lease, true, attempt()));

    assertThat(busy.code()).isEqualTo("source-busy");
    assertThat(busy.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    earlier.abandon(lease);
    sources.close(order, lease, true, attempt());
  }

  @Test
  void disksThatAreLockedWhenTheSnapshotIsRemovedAreWaitedFor() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "locked", Round.SEED, Transfer.VDDK);
    SourceDisks sources = process();
    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());
    fails("RemoveSnapshot_Task", source, LOCKED);

    Problem locked = problemOf(() -> sources.close(seed, taken, true, attempt()));

    assertThat(locked.code()).isEqualTo("disks-locked");
    assertThat(locked.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    sources.close(seed, taken, true, attempt());
    assertThat(vsphere.snapshots().of(Moref.vm(source.moref()))).isEmpty();
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  private static void fails(String method, Source source, String fault) {
    given(LabFaultRule.once(Kind.TASK_FAILS, method).onEntity(source.name()).as(fault));
  }

  private static void unmergedAfter(String method, Source source) {
    given(LabFaultRule.once(Kind.CONSOLIDATION_NEEDED, method).onEntity(source.name()));
  }

  private static void given(LabFaultRule rule) {
    var _ = vcenter.faults().add(rule);
  }

  @Test
  void aSnapshotThatIsStillOnItsWayIsNotTakenTwice() throws Exception {
    Source source = source(true);
    CopyOrder seed = order(source, "late", Round.SEED, Transfer.VDDK);
    track(source);
    var impatient =
        new NfcSettings(
            4, 16, 0, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMillis(300), false);
    SourceDisks hasty = process(impatient);
    SourceDisks sources = process();
    given(
        LabFaultRule.once(Kind.TASK_LATE, "CreateSnapshot_Task")
            .onEntity(source.name())
            .withDelay(Duration.ofSeconds(3)));
    assertThat(problemOf(() -> hasty.snapshot(seed, attempt())).code())
        .isEqualTo("vcenter-timeout");

    Problem busy = problemOf(() -> sources.snapshot(seed, attempt()));

    assertThat(busy.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(busy.code()).isEqualTo("source-busy");
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (estate.vm(source.name()).snapshots().all().isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(50);
    }
    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());
    assertThat(estate.vm(source.name()).snapshots().all()).hasSize(1);
    sources.close(seed, taken, true, attempt());
  }

  @Test
  void aSnapshotThatAnEarlierRoundLeftGoesBeforeTheNextIsTaken() throws Exception {
    Source source = source(true);
    SourceDisks sources = process();
    CopyOrder seed = order(source, "rounds", Round.SEED, Transfer.VDDK);
    CopyOrder sync = order(source, "rounds", Round.SYNC, Transfer.VDDK);
    CopyEvidence.SnapshotTaken left = sources.snapshot(seed, attempt());

    CopyEvidence.SnapshotTaken taken = sources.snapshot(sync, attempt());

    assertThat(vsphere.snapshots().of(Moref.vm(source.moref())))
        .singleElement()
        .satisfies(node -> {
          assertThat(node.moref().id()).isEqualTo(taken.snapshot()).isNotEqualTo(left.snapshot());
          assertThat(node.children()).isEmpty();
        });
    sources.close(sync, taken, true, attempt());
    sources.restoreTracking(sync, sync.migration(), attempt());
  }

  @Test
  void aSnapshotWithoutChangeIdsMakesRoomForOneThatHasThem() throws Exception {
    Source source = source(true);
    SourceDisks sources = process();
    CopyOrder seed = order(source, "ids", Round.SEED, Transfer.VDDK);
    // As of a VM that did not track yet when it was taken.
    var _ =
        vsphere
            .snapshots()
            .create(
                Moref.vm(source.moref()),
                "drover " + seed.copy(),
                "Made by Drover for migration " + seed.migration() + ", effect e.",
                false,
                Duration.ofSeconds(30));
    assertThat(problemOf(() -> sources.snapshot(seed, attempt())).code())
        .isEqualTo("change-id-missing");

    CopyEvidence.SnapshotTaken taken = sources.snapshot(seed, attempt());

    assertThat(taken.changeIds()).containsOnlyKeys(keys(seed));
    assertThat(vsphere.snapshots().of(Moref.vm(source.moref()))).hasSize(1);
    sources.close(seed, taken, true, attempt());
    sources.restoreTracking(seed, seed.migration(), attempt());
  }

  @Test
  void aTurnThatIsEndedTwiceIsOnePlaceToRead() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process(NfcSettings.DEFAULT.withReads(1, 1));
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    var disk = order.disks().getFirst();
    SourceDisks.Ticket ended = sources.lend(order, disk, lease, attempt());
    ended.close();
    ended.close();
    var told = new Attempt(new EffectId("effect/2"), new Token(1), () -> true, Progress.NONE);

    try (var first = sources.lend(order, disk, lease, attempt())) {
      assertThat(first.url()).isNotEmpty();
      assertThatThrownBy(() -> sources.lend(order, disk, lease, told).close())
          .as("there is one place")
          .isInstanceOf(StopSignal.Stopped.class);
    }
    sources.close(order, lease, true, attempt());
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
    return "source-" + next++ % VMS;
  }

  @Override
  byte[] bytes(String vm, int deviceKey, int length) {
    return Objects.requireNonNull(estate.vm(vm).disk(deviceKey), "no such disk")
        .content()
        .read(0, length);
  }
}
