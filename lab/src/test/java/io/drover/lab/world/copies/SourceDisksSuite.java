// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every {@link SourceDisks} does, the model's and the real one, on vCenters of any make. */
abstract class SourceDisksSuite {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final int number = NUMBERS.incrementAndGet();

  /** A source VM. */
  record Source(VmKey key, String moref, String name, List<Inventory.Disk> disks) {
    Source {
      disks = List.copyOf(disks);
    }
  }

  /** The adapter under test, as a process of its own has it. */
  abstract SourceDisks process();

  /** A VM with two disks that no other test uses. */
  abstract Source source(boolean running) throws Exception;

  /** What a disk holds: the root of its digest. */
  abstract String content(Source source, int deviceKey) throws Exception;

  /** What was read, as the root of the digest of the guest-visible bytes. */
  abstract String read(SourceDisks.Reading reading) throws IOException;

  /** A disk as an order names it. */
  static Inventory.Disk disk(int deviceKey, String label, long size) {
    return new Inventory.Disk(
        deviceKey,
        label,
        size,
        "ds",
        "[ds] vm/" + label + ".vmdk",
        null,
        Inventory.Backing.FLAT,
        "pvscsi",
        0,
        deviceKey % 15,
        false,
        false,
        true,
        null,
        null);
  }

  CopyOrder order(Source source, String migration, Round round, Transfer transfer) {
    return order(source, migration, round, transfer, number);
  }

  static CopyOrder order(
      Source source, String migration, Round round, Transfer transfer, int number) {
    var volumes = new TreeMap<Integer, Volume>();
    source.disks().forEach(disk -> volumes.put(disk.deviceKey(), new Volume("v", null)));
    return new CopyOrder(
        new CopyId(migration + "-" + round + "-" + number),
        new MigrationId(migration + "-" + number),
        source.key(),
        source.moref(),
        source.name(),
        round,
        transfer,
        Sink.UPLOAD,
        "shop",
        volumes,
        source.disks(),
        new TreeMap<>());
  }

  /** Whether the VM tracks changed blocks. */
  abstract boolean tracks(Source source);

  /** Somebody has the VM track changed blocks. */
  abstract void track(Source source);

  @Test
  void trackingThatACopySwitchedOnIsOffAgainWhenItsCopiesAreRemoved() throws Exception {
    SourceDisks sources = process();
    Source source = source(true);
    CopyOrder seed = order(source, "tracked", Round.SEED, Transfer.VDDK);
    sources.snapshot(seed, attempt());
    assertThat(tracks(source)).isTrue();
    sources.removeSnapshots(seed, seed.migration(), attempt());

    sources.restoreTracking(seed, seed.migration(), attempt());
    sources.restoreTracking(seed, seed.migration(), attempt());

    assertThat(tracks(source)).isFalse();
  }

  @Test
  void trackingThatWasOnStaysOn() throws Exception {
    SourceDisks sources = process();
    Source source = source(true);
    track(source);
    CopyOrder seed = order(source, "found", Round.SEED, Transfer.VDDK);
    sources.snapshot(seed, attempt());
    sources.removeSnapshots(seed, seed.migration(), attempt());

    sources.restoreTracking(seed, seed.migration(), attempt());

    assertThat(tracks(source)).isTrue();
  }

  @Test
  void trackingThatAnotherMigrationSwitchedOnIsNotOurs() throws Exception {
    SourceDisks sources = process();
    Source source = source(true);
    CopyOrder theirs = order(source, "theirs", Round.SEED, Transfer.VDDK);
    CopyOrder ours = order(source, "ours", Round.SEED, Transfer.VDDK);
    sources.snapshot(theirs, attempt());
    sources.snapshot(ours, attempt());

    sources.restoreTracking(ours, ours.migration(), attempt());

    assertThat(tracks(source)).isTrue();
    sources.removeSnapshots(ours, ours.migration(), attempt());
    sources.removeSnapshots(theirs, theirs.migration(), attempt());
    sources.restoreTracking(theirs, theirs.migration(), attempt());
    assertThat(tracks(source)).isFalse();
  }

  CopyOrder last(Source source) {
    return order(source, "m", Round.FINAL, Transfer.STREAM);
  }

  static Attempt attempt() {
    return new Attempt(new EffectId("effect/1"), new Token(1), StopSignal.NEVER, Progress.NONE);
  }

  static List<Integer> keys(CopyOrder order) {
    return order.disks().stream().map(Inventory.Disk::deviceKey).toList();
  }

  static Problem problemOf(ThrowingCallable call) {
    var problem = new Problem[1];
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(CopyFault.class, fault -> problem[0] = fault.problem());
    return problem[0];
  }

  @Test
  void everyDiskIsReadWhole() throws Exception {
    Source source = source(false);
    CopyOrder order = last(source);
    SourceDisks sources = process();

    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());

    assertThat(lease.urls()).containsOnlyKeys(keys(order));
    assertThat(lease.urls().values()).as("the way to the disks is a secret").containsOnly("");
    for (Inventory.Disk disk : order.disks()) {
      try (SourceDisks.Reading reading = sources.read(order, disk, lease, attempt())) {
        assertThat(read(reading)).isEqualTo(content(source, disk.deviceKey()));
        assertThat(reading.verify()).contains(":");
      }
    }
    sources.close(order, lease, true, attempt());
  }

  @Test
  void openedTwiceIsOpenedOnce() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened first = sources.export(order, keys(order), attempt());

    CopyEvidence.LeaseOpened second = sources.export(order, keys(order), attempt());

    assertThat(second).isEqualTo(first);
    sources.release(order, second, true, attempt());
  }

  @Test
  void onlyWhoOpenedALeaseReadsUnderIt() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    SourceDisks other = process();

    Problem problem =
        problemOf(() -> other.read(order, order.disks().getFirst(), lease, attempt()).close());

    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(problem.code()).isEqualTo(ConversionDecider.LEASE_LOST);
    sources.release(order, lease, true, attempt());
  }

  @Test
  void aLeaseOfSomebodyElseIsWaitedOut() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    SourceDisks other = process();

    Problem problem = problemOf(() -> other.export(order, keys(order), attempt()));

    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    sources.release(order, lease, true, attempt());
    CopyEvidence.LeaseOpened next = other.export(order, keys(order), attempt());
    other.close(order, next, true, attempt());
  }

  @Test
  void aLeaseThatIsAbandonedIsInNobodysWay() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    SourceDisks other = process();

    other.abandon(lease);
    assertThat(problemOf(() -> other.export(order, keys(order), attempt())).kind())
        .as("only who holds it gives it up")
        .isEqualTo(Problem.Kind.UNAVAILABLE);
    sources.abandon(lease);
    sources.abandon(lease);

    CopyEvidence.LeaseOpened next = other.export(order, keys(order), attempt());
    other.close(order, next, true, attempt());
  }

  @Test
  void afterTheEndNothingIsRead() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened lease = sources.export(order, keys(order), attempt());
    sources.close(order, lease, true, attempt());

    Problem problem =
        problemOf(() -> sources.read(order, order.disks().getFirst(), lease, attempt()).close());

    assertThat(problem.code()).isEqualTo(ConversionDecider.LEASE_LOST);
  }

  @Test
  void broughtToRestTwiceIsFineAndItCanBeginAnew() throws Exception {
    CopyOrder order = last(source(false));
    SourceDisks sources = process();
    CopyEvidence.LeaseOpened before = sources.export(order, keys(order), attempt());

    sources.release(order, before, true, attempt());
    sources.release(order, before, true, attempt());
    sources.release(order, null, true, attempt());

    CopyEvidence.LeaseOpened after = sources.export(order, keys(order), attempt());
    assertThat(after.lease()).isNotEqualTo(before.lease());
    sources.close(order, after, true, attempt());
  }

  @Test
  void ofARunningVmASnapshotIsRead() throws Exception {
    Source source = source(true);
    SourceDisks sources = process();
    CopyOrder seed = order(source, "m", Round.SEED, Transfer.STREAM);

    CopyEvidence.LeaseOpened lease = sources.export(seed, keys(seed), attempt());

    try (SourceDisks.Reading reading =
        sources.read(seed, seed.disks().getFirst(), lease, attempt())) {
      assertThat(read(reading)).isNotEmpty();
    }
    sources.close(seed, lease, true, attempt());
  }

  @Test
  void aSnapshotIsTakenOnceWithAnIdPerDisk() throws Exception {
    Source source = source(true);
    SourceDisks sources = process();
    CopyOrder seed = order(source, "m", Round.SEED, Transfer.VDDK);

    CopyEvidence.SnapshotTaken first = sources.snapshot(seed, attempt());
    CopyEvidence.SnapshotTaken second = sources.snapshot(seed, attempt());

    assertThat(second).isEqualTo(first);
    assertThat(first.changeIds()).containsOnlyKeys(keys(seed));
    sources.close(seed, first, true, attempt());
    CopyEvidence.SnapshotTaken third = sources.snapshot(seed, attempt());
    assertThat(third.snapshot()).isNotEqualTo(first.snapshot());
    sources.release(seed, third, true, attempt());
  }

  @Test
  void onlyTheMigrationsOwnSnapshotsAreRemoved() throws Exception {
    Source source = source(true);
    SourceDisks sources = process();
    CopyOrder ours = order(source, "m", Round.SEED, Transfer.VDDK);
    CopyOrder theirs = order(source, "other", Round.SEED, Transfer.VDDK);
    CopyEvidence.SnapshotTaken kept = sources.snapshot(theirs, attempt());
    CopyEvidence.SnapshotTaken gone = sources.snapshot(ours, attempt());

    sources.removeSnapshots(ours, ours.migration(), attempt());
    sources.removeSnapshots(ours, ours.migration(), attempt());

    assertThat(sources.snapshot(theirs, attempt()).snapshot()).isEqualTo(kept.snapshot());
    assertThat(sources.snapshot(ours, attempt()).snapshot()).isNotEqualTo(gone.snapshot());
    sources.removeSnapshots(ours, ours.migration(), attempt());
    sources.removeSnapshots(theirs, theirs.migration(), attempt());
  }
}
