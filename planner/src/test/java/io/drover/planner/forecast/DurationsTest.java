// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.Way;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DurationsTest {
  private final Durations durations = new Durations(Site.DEFAULT, Rates.DEFAULT, List.of());
  private final Inventory.Vm vm = SyntheticEstate.of(10, 1).vms().getFirst();

  @Test
  void aSourceThatIsReadOnceMoreIsOffForAWholeCopyLonger() {
    for (Way way : new Way[] {Way.COLD, Way.WARM}) {
      var once = durations.of(vm, Usage.UNKNOWN, Map.of(), way, false, false);

      var twice = durations.of(vm, Usage.UNKNOWN, Map.of(), way, false, true);

      assertThat(twice.cutoverSeconds()).isEqualTo(once.cutoverSeconds() + once.copySeconds());
      assertThat(twice.deltaBytes()).isEqualTo(once.deltaBytes() + once.bytes());
      assertThat(twice.copySeconds()).isEqualTo(once.copySeconds());
    }
  }

  @Test
  void whatADiskHoldsIsCopiedAndNotWhatItCouldHold() {
    Inventory.Vm little = with(disk(2000, 100L << 30, 10L << 30), disk(2001, 100L << 30, null));

    var known = durations.of(little, Usage.UNKNOWN, Map.of(), Way.COLD, false, false);
    var said =
        durations.of(little, new Usage(22L << 30, 0, 0, 0), Map.of(), Way.COLD, false, false);

    assertThat(known.bytes()).isEqualTo(110L << 30);
    assertThat(said.bytes()).as("a fifth of what was known").isEqualTo(22L << 30);
  }

  @Test
  void manyBusyHostsShareWhatIsBehindThem() {
    var one = new Durations(Site.DEFAULT, Rates.DEFAULT, List.of(onHost("a")));
    var many =
        new Durations(
            Site.DEFAULT,
            Rates.DEFAULT,
            IntStream.range(0, 50).mapToObj(i -> onHost("host-" + i)).toList());

    double alone = seconds(one);
    double among = seconds(many);

    // One host gives 294 MiB/s to its eight slots; six (48 connections) share what six give.
    assertThat(alone).isCloseTo(1024 * 8 / 294.0, withPercentage(4));
    assertThat(among).isCloseTo(1024 * 48 / SharedWay.PUBLISHED.of(6), withPercentage(3));
  }

  @Test
  void aSlowDatastoreAndASlowStorageClassHoldBackTheirOwnDisksOnly() {
    var ceilings =
        new Ceilings(
            162,
            SharedWay.PUBLISHED,
            Map.of(),
            Map.of(Ceilings.at(vm.vm(), "nfs"), 40.0),
            Map.of("slow", 20.0));
    var slow = new Durations(Site.DEFAULT, rates(ceilings), List.of());
    Inventory.Vm onNfs = with(disk(2000, 1L << 30, null, "nfs"));
    Inventory.Vm onVmfs = with(disk(2000, 1L << 30, null, "vmfs"));

    int nfs = copy(slow, onNfs, "fast");
    int vmfs = copy(slow, onVmfs, "fast");
    int slowClass = copy(slow, onVmfs, "slow");

    int slots = Site.DEFAULT.limits().disksPerHost();
    assertThat(vmfs).isEqualTo(copy(durations, onVmfs, "fast"));
    assertThat(nfs - vmfs).isCloseTo((int) (1024 * slots / 40.0), withPercentage(3));
    assertThat(slowClass - vmfs).isCloseTo((int) (1024 * slots / 20.0), withPercentage(3));
  }

  @Test
  void aStorageClassThatNothingMayComeIntoIsAsSlowAsForOneDisk() {
    var ceilings = new Ceilings(162, SharedWay.PUBLISHED, Map.of(), Map.of(), Map.of("slow", 1.0));
    Limits none = new Limits(8, 16, 48, 0, Site.DEFAULT.limits().cutovers(), 0);
    var closed = new Durations(Site.DEFAULT.with(none), rates(ceilings), List.of());
    Inventory.Vm one = with(disk(2000, 1L << 30, null));

    assertThat(copy(closed, one, "slow")).isGreaterThan(1024);
  }

  @Test
  void aCapOnBandwidthIsSharedByWhatIsUnderWay() {
    Limits l = Site.DEFAULT.limits();
    long mib = 1 << 20;
    Limits ofAll = new Limits(8, 16, 48, 32, l.cutovers(), 100 * mib);
    Limits ofHosts = new Limits(8, 16, 48, 32, l.cutovers(), 0, 10 * mib);
    List<Inventory.Vm> two = List.of(onHost("a"), onHost("b"));

    double all = seconds(new Durations(Site.DEFAULT.with(ofAll), Rates.DEFAULT, two));
    double host = seconds(new Durations(Site.DEFAULT.with(ofHosts), Rates.DEFAULT, two));

    // Two hosts have 16 disks under way, each of which has a sixteenth of the cap.
    assertThat(all).isCloseTo(1024 * 16 / 100.0, withPercentage(1));
    assertThat(host).isCloseTo(1024 * 8 / 10.0, withPercentage(1));
  }

  private static Rates rates(Ceilings ceilings) {
    Rates d = Rates.DEFAULT;
    return new Rates(
        ceilings,
        d.fixedSeconds(),
        d.shutdownSeconds(),
        d.convertSeconds(),
        d.bootSeconds(),
        d.spread());
  }

  private static int copy(Durations of, Inventory.Vm vm, String storageClass) {
    return of.of(vm, Usage.UNKNOWN, Map.of(2000, storageClass), Way.COLD, false, false)
        .copySeconds();
  }

  private double seconds(Durations of) {
    return copy(of, with(disk(2000, 1L << 30, null)), "") - Rates.DEFAULT.fixedSeconds();
  }

  private Inventory.Vm onHost(String host) {
    Inventory.Placement p = vm.placement();
    return with(
        new Inventory.Placement(
            p.moref(), p.datacenter(), p.folder(), p.cluster(), host, host, p.resourcePool()),
        vm.disks());
  }

  private Inventory.Vm with(Inventory.Disk... disks) {
    return with(vm.placement(), List.of(disks));
  }

  private Inventory.Vm with(Inventory.Placement placement, List<Inventory.Disk> disks) {
    return new Inventory.Vm(
        vm.vm(),
        placement,
        vm.name(),
        vm.power(),
        vm.template(),
        vm.compute(),
        vm.boot(),
        vm.guest(),
        disks,
        vm.nics(),
        vm.snapshots(),
        vm.changeTracking(),
        vm.changeVersion(),
        vm.encrypted(),
        vm.otherDevices(),
        vm.attributes(),
        vm.tags(),
        null);
  }

  private static Inventory.Disk disk(int key, long capacity, @Nullable Long used) {
    return disk(key, capacity, used, "ds");
  }

  private static Inventory.Disk disk(
      int key, long capacity, @Nullable Long used, String datastore) {
    return new Inventory.Disk(
        key,
        "Hard disk",
        capacity,
        datastore,
        "[ds] a.vmdk",
        null,
        Inventory.Backing.FLAT,
        "pvscsi",
        0,
        0,
        false,
        false,
        true,
        null,
        used);
  }
}
