// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Inventory;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy.Ways;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A plan of a running Drover keeps to the room that a target has for volumes, or says it cannot.
 */
class RoomOfVolumesTest {
  private static final long GIB = 1L << 30;
  private static final String CEPH = "Ceph cluster openshift-storage/ocs";
  private static final Map<String, String> BY_DATASTORE = Map.of("blocks", "rbd", "files", "fs");

  private final List<Inventory> target = new ArrayList<>();
  private final List<Inventory.Vm> vms = new ArrayList<>();
  private Map<String, String> storage = BY_DATASTORE;
  private Transfer transfer = Transfer.STREAM;
  private Sink sink = Sink.UPLOAD;
  private @Nullable Ways ways;
  private Sayings.@Nullable Capacity said;
  private List<Sayings.Use> usage = List.of();
  private List<InventoryView.Coming> coming = List.of();

  private RoomOfVolumesTest with(Inventory one) {
    target.add(one);
    return this;
  }

  /** A VM of one disk of a GiB. */
  private RoomOfVolumesTest vm(String name, String datastore, @Nullable Long usedBytes) {
    return vm(name, datastore, 1, usedBytes);
  }

  /** A VM of one disk of so many GiB. */
  private RoomOfVolumesTest vm(String name, String datastore, int gib, @Nullable Long usedBytes) {
    vms.add(
        Estates.vm(
            name,
            name,
            "",
            new Inventory.Disk(
                2000,
                "Hard disk 1",
                gib * GIB,
                datastore,
                "[" + datastore + "] a.vmdk",
                null,
                Inventory.Backing.FLAT,
                "pvscsi",
                0,
                0,
                false,
                false,
                true,
                null,
                usedBytes)));
    return this;
  }

  /** Plans the VMs, after which others are to be planned while these are on their way. */
  private RoomOfVolumesTest released(boolean volumes, boolean machine) {
    coming = List.of();
    coming =
        propose().waves().stream()
            .flatMap(wave -> wave.vms().stream())
            .map(planned -> new InventoryView.Coming(planned.spec(), volumes, machine))
            .toList();
    vms.clear();
    return this;
  }

  private static Inventory quota(String of, String hard) {
    return new Inventory.Quota("c", "herd", "q", Map.of(of, hard), Map.of());
  }

  private RoomOfVolumesTest vms(String datastore, int count) {
    for (int i = 0; i < count; i++) {
      vm(datastore + i, datastore, null);
    }
    return this;
  }

  /** A Ceph that is planned to take so much more, raw. */
  private static Inventory.Store free(double gib, @Nullable Double copies) {
    return new Inventory.Store(CEPH, 100 * GIB, (long) ((75 - gib) * GIB), null, copies);
  }

  private static Inventory.StorageClass storageClass(
      String name, Inventory.@Nullable Store store, @Nullable Long free, @Nullable Long ingest) {
    return new Inventory.StorageClass(
        "c",
        name,
        "openshift-storage.rbd.csi.ceph.com",
        name.equals("rbd"),
        false,
        List.of("ReadWriteMany/Block"),
        "snap",
        free,
        store,
        ingest);
  }

  private static Inventory.StorageClass on(String name, Inventory.Store store) {
    return storageClass(name, store, null, null);
  }

  private static Inventory scratch(@Nullable String storageClass) {
    return new Inventory.Platform(
        "c", "v1.33", null, null, List.of(), null, null, null, storageClass);
  }

  private Proposal propose() {
    PlanSettings settings = Estates.settings(transfer, sink, storage);
    var all = new ArrayList<Inventory>(vms);
    all.addAll(target);
    var request =
        new PlanRequest(
            List.of(),
            List.of(),
            9,
            settings,
            1,
            new Sayings(null, List.of(), List.of(), List.of(), usage, said));
    return WavePlan.propose(
        Estates.wanted(new PlanId("p"), 1, request, Set.of(), 1),
        new InventoryView.Snapshot(all, Map.of(), List.of(), Map.of(), ways, coming, Map.of()),
        () -> false);
  }

  private static int planned(Proposal proposal) {
    return proposal.waves().stream().mapToInt(wave -> wave.vms().size()).sum();
  }

  private static String notes(Proposal proposal) {
    return String.join("\n", proposal.notes());
  }

  @Test
  void classesOfOneCephShareItsRoomAndEachByteCountsAsOftenAsItIsKept() {
    with(on("rbd", free(12, 3.0))).with(on("fs", free(12, 2.0)));

    Proposal fits = vms("blocks", 2).vms("files", 3).propose();
    Proposal tooMuch = vm("one", "files", null).propose();

    assertThat(planned(fits)).isEqualTo(5);
    assertThat(notes(fits)).doesNotContain("unknown", "copies");
    assertThat(planned(tooMuch)).isEqualTo(5);
    assertThat(tooMuch.left())
        .singleElement()
        .satisfies(left ->
            assertThat(left.why()).contains("room in " + CEPH + " with all copies", "used up"));
  }

  @Test
  void aCephThatHasNoRoomIsToldInASentenceWithWhatToDo() {
    Proposal proposal = with(on("rbd", free(0, 1.5))).vm("a", "blocks", GIB).propose();

    assertThat(proposal.left())
        .singleElement()
        .satisfies(left ->
            assertThat(left.why())
                .isEqualTo(
                    "It takes 1.50 GiB of room in "
                        + CEPH
                        + " with all copies, but there are 0 B. Free space in the Ceph cluster, add"
                        + " OSDs to it, or leave the VM for a later plan."));
  }

  @Test
  void whatTheDisksHoldCountsAndNotWhatTheyCouldHold() {
    with(on("rbd", free(3, 3.0)));

    vm("a", "blocks", GIB / 4).vm("b", "blocks", GIB / 4).vm("c", "blocks", GIB / 2);

    assertThat(planned(propose())).isEqualTo(3);
  }

  @Test
  void aPoolThatIsNotSeenKeepsThreeCopiesAndThatIsSaid() {
    Proposal proposal = with(on("rbd", free(7, null))).vms("blocks", 3).propose();

    assertThat(planned(proposal)).isEqualTo(2);
    assertThat(notes(proposal)).contains("storage class rbd is not seen: the plan counts 3 copies");
  }

  @Test
  void aCephThatIsNearlyFullEarlierIsNotPlannedFuller() {
    var store = new Inventory.Store(CEPH, 100 * GIB, 47 * GIB, 0.5, 1.0);

    assertThat(planned(with(on("rbd", store)).vms("blocks", 4).propose())).isEqualTo(3);
  }

  @Test
  void aDiskThatIsMappedToNoClassComesIntoTheDefaultOne() {
    storage = Map.of();

    assertThat(planned(with(on("rbd", free(2, 1.0))).vms("blocks", 3).propose())).isEqualTo(2);
    target.clear();
    assertThat(planned(with(storageClass("rbd", null, GIB, null)).propose())).isEqualTo(1);
    target.clear();
    var quota =
        new Inventory.Quota(
            "c",
            "herd",
            "small",
            Map.of("rbd.storageclass.storage.k8s.io/requests.storage", "2Gi"),
            Map.of());
    assertThat(planned(with(storageClass("rbd", null, null, null)).with(quota).propose()))
        .isEqualTo(2);
  }

  @Test
  void whoSaysHowMuchSpaceThereIsKnowsItBetter() {
    said = new Sayings.Capacity(0, 0, 0, 2, 0, null);

    assertThat(planned(with(on("rbd", free(0, 3.0))).vms("blocks", 3).propose())).isEqualTo(2);
  }

  @Test
  void spaceThatNobodySeesIsSaidToBeUnknown() {
    with(storageClass("rbd", null, null, null)).vms("blocks", 2);

    assertThat(notes(propose()))
        .contains(
            "Free space unknown: neither the driver of storage class rbd nor a Ceph cluster behind"
                + " it",
            "the plan does not count the 2 disks");
    said = new Sayings.Capacity(0, 0, 0, 500, 0, null);
    assertThat(notes(propose())).doesNotContain("unknown");
    said = null;
    target.clear();
    storage = Map.of();
    assertThat(notes(propose())).contains("the target shows no default storage class");
  }

  @Test
  void roomForTheScratchVolumesOfWhatIsFetchedIsKeptFree() {
    sink = Sink.HTTP;
    ways = new Ways(false, true, false);
    with(storageClass("rbd", null, 5 * GIB, null)).vms("blocks", 3);

    Proposal here = propose();
    Proposal elsewhere = with(scratch("fs")).propose();

    assertThat(planned(here)).isEqualTo(2);
    assertThat(notes(here))
        .contains(
            "Scratch volumes: CDI makes one for each of 3 disks while it is copied; room for those"
                + " of the largest 3");
    assertThat(planned(elsewhere)).isEqualTo(3);
    assertThat(notes(elsewhere)).doesNotContain("make room");
    assertThat(notes(with(storageClass("fs", null, GIB, null)).propose()))
        .contains(
            "3 disks at once take 3.00 GiB of room in storage class fs, of which there are 1.00"
                + " GiB");
  }

  @Test
  void theScratchVolumesOfUploadsAreClaimedThoughTheyStayEmpty() {
    ways = new Ways(true, false, false);
    with(on("rbd", free(3, 1.0))).vms("blocks", 3);

    Proposal inCeph = propose();
    Proposal claimed =
        with(new Inventory.Quota(
                "c", "herd", "few", Map.of("persistentvolumeclaims", "5"), Map.of()))
            .propose();

    assertThat(planned(inCeph)).isEqualTo(3);
    assertThat(notes(inCeph)).doesNotContain("Scratch");
    assertThat(planned(claimed)).isEqualTo(2);
    target.clear();
    assertThat(planned(with(storageClass("rbd", null, 5 * GIB, null)).propose())).isEqualTo(2);
  }

  @Test
  void noMoreScratchVolumesAreThereThanTheMachinesHaveThatMoveAtOnce() {
    sink = Sink.HTTP;
    ways = new Ways(false, true, false);

    Proposal proposal = with(storageClass("rbd", null, 14 * GIB, null)).vms("blocks", 10).propose();

    assertThat(planned(proposal)).isEqualTo(10);
    assertThat(notes(proposal)).contains("each of 10 disks", "those of the largest 4");
  }

  @Test
  void whatIsKeptOutHasNoScratchVolumesAndWhatTheyCrowdOutIsTold() {
    sink = Sink.HTTP;
    ways = new Ways(false, true, false);
    vms.add(Estates.vm("raw", "raw", "", Estates.disk(2000, Inventory.Backing.RDM_PHYSICAL)));
    with(storageClass("rbd", null, 4 * GIB, null)).vms("blocks", 2);

    assertThat(planned(propose())).isEqualTo(2);
    target.clear();
    Proposal one = with(storageClass("rbd", null, 2 * GIB, null)).propose();
    assertThat(planned(one)).as("it leaves its room to the other").isEqualTo(1);
    assertThat(notes(one)).contains("each of 2 disks", "room for those of the largest 1");
    target.clear();
    assertThat(notes(with(storageClass("rbd", null, GIB, null)).propose())).contains("make room");
  }

  @Test
  void aVmForWhichThereIsNoRoomKeepsNoneFromOthers() {
    sink = Sink.HTTP;
    ways = new Ways(false, true, false);
    with(storageClass("rbd", null, 12 * GIB, null)).vms("blocks", 2).vm("huge", "blocks", 10, null);

    Proposal proposal = propose();

    assertThat(planned(proposal)).isEqualTo(2);
    // Its volume would find 10 GiB beside two scratch volumes, but its copy needs 10 more.
    assertThat(proposal.left())
        .singleElement()
        .satisfies(left -> {
          assertThat(left.name()).isEqualTo("huge");
          assertThat(left.why()).contains("room in storage class rbd");
        });
  }

  @Test
  void aVmThatHasRoomWithItsOwnScratchVolumeBringsItAlong() {
    sink = Sink.HTTP;
    ways = new Ways(false, true, false);
    with(storageClass("rbd", null, 24 * GIB, null)).vms("blocks", 6).vm("large", "blocks", 8, null);

    // The largest four scratch volumes have 8 and three times 1 GiB; 13 are left, 8 + 5 go.
    assertThat(planned(propose())).isEqualTo(6);
    vms.removeLast();
    target.clear();
    // With 16 GiB, 8 and 11 have no room: the six that have it keep 4 free.
    with(storageClass("rbd", null, 16 * GIB, null)).vm("large", "blocks", 8, null);
    Proposal without = propose();
    assertThat(planned(without)).isEqualTo(6);
    assertThat(without.left()).extracting(Proposal.Left::name).containsExactly("large");
  }

  @Test
  void thePodsThatWriteVolumesHaveTheirRoomInQuotas() {
    ways = new Ways(true, false, false);
    // Each guest takes 2268 MiB with its pod; four pods of CDI have limits of 600 MB each.
    vms("blocks", 4).with(quota("limits.memory", "10500Mi"));
    assertThat(planned(propose())).isEqualTo(3);
    target.clear();
    assertThat(planned(with(quota("limits.memory", "11400Mi")).propose())).isEqualTo(4);
    target.clear();
    assertThat(planned(with(quota("requests.memory", "9290Mi")).propose())).isEqualTo(3);
    target.clear();
    assertThat(planned(with(quota("requests.memory", "9310Mi")).propose())).isEqualTo(4);
    target.clear();
    // Four times 200 thousandths for two virtual CPUs each, and a pod's 100 each.
    assertThat(planned(with(quota("requests.cpu", "1200m")).propose())).isEqualTo(4);
    target.clear();
    assertThat(planned(with(quota("requests.cpu", "1100m")).propose())).isEqualTo(3);
  }

  @Test
  void vddkCopiesHavePodsAndNoScratchVolumes() {
    transfer = Transfer.VDDK;

    vms("blocks", 4).with(quota("requests.memory", "9290Mi"));
    assertThat(planned(propose())).isEqualTo(3);
    target.clear();
    Proposal proposal = with(storageClass("rbd", null, 4 * GIB, null)).propose();
    assertThat(planned(proposal)).isEqualTo(4);
    assertThat(notes(proposal)).doesNotContain("Scratch");
  }

  @Test
  void whatIsOnItsWayHasItsRoomAlready() {
    with(on("rbd", free(4, 1.0))).with(quota("requests.memory", "7000Mi"));
    vms("blocks", 2).released(true, true);

    Proposal second = vm("a", "blocks", null).vm("b", "blocks", null).propose();

    assertThat(planned(second)).isEqualTo(1);
    assertThat(second.left())
        .singleElement()
        .satisfies(left -> assertThat(left.why()).contains("requests.memory"));
    assertThat(notes(second)).contains("2 VMs are on the way to the target already");
    vms.clear();
    vms("blocks", 2).released(true, false);
    assertThat(planned(vm("a", "blocks", null).vm("b", "blocks", null).propose())).isEqualTo(2);
    assertThat(planned(vm("c", "blocks", null).propose())).as("Ceph has 2 left").isEqualTo(2);
  }

  @Test
  void whatHasComeToTheTargetIsSeenThereAndNotCountedAgain() {
    with(on("rbd", free(2, 1.0))).vms("blocks", 2).released(false, false);

    Proposal second = vm("a", "blocks", null).vm("b", "blocks", null).propose();

    assertThat(planned(second)).isEqualTo(2);
    assertThat(notes(second)).doesNotContain("on the way");
  }

  @Test
  void scratchVolumesHoldWhatIsSaidThatTheDisksHold() {
    sink = Sink.HTTP;
    ways = new Ways(false, true, false);
    usage =
        List.of(
            new Sayings.Use("blocks0", GIB / 4, 0, 0, 0),
            new Sayings.Use("blocks1", GIB / 4, 0, 0, 0));

    assertThat(planned(with(on("rbd", free(1, 1.0))).vms("blocks", 2).propose())).isEqualTo(2);
  }

  @Test
  void whoSaysHowMuchSpaceThereIsKeepsRoomForScratchVolumes() {
    sink = Sink.HTTP;
    ways = new Ways(false, true, false);
    said = new Sayings.Capacity(0, 0, 0, 500, 0, null);

    assertThat(notes(with(on("rbd", free(1, 3.0))).vms("blocks", 2).propose()))
        .contains("--storage says is taken to be there beside those of the largest 2")
        .doesNotContain("is kept free", "make room");
  }

  @Test
  void whatSomebodySaysThatAClassTakesInIsNotExceeded() {
    Proposal fast = with(storageClass("rbd", null, null, null)).vms("blocks", 4).propose();
    target.clear();

    Proposal slow = with(storageClass("rbd", null, null, 8L)).propose();

    assertThat(notes(slow)).contains("storage class rbd takes in at most 8 MiB/s");
    // 4 GiB at 8 MiB/s are 512 s.
    assertThat(slow.outlook().makespanSeconds())
        .isGreaterThan(512)
        .isGreaterThan(fast.outlook().makespanSeconds());
    assertThat(slow.outlook().pace().storageClasses()).containsEntry("rbd", 8.0);
  }

  @Test
  void whatComesIntoAnotherClassDoesNotSlowThisOneDown() {
    with(storageClass("rbd", null, null, 8L)).with(storageClass("fs", null, null, null));
    vms("blocks", 2);
    long alone = propose().outlook().makespanSeconds();

    // Of another vCenter, into another class.
    vms.add(
        Estates.vm(new VmKey("vc-2", "vm-x"), "x", Map.of(), vms.getFirst().disks().getFirst()));
    storage = Map.of("blocks", "rbd", "*", "rbd");
    long shared = propose().outlook().makespanSeconds();
    vms.removeLast();
    vm("f", "files", null);
    Inventory.Vm file = vms.removeLast();
    vms.add(
        Estates.vm(
            new VmKey("vc-2", "vm-f"), "f", Map.of(), file.disks().toArray(Inventory.Disk[]::new)));
    storage = BY_DATASTORE;
    long beside = propose().outlook().makespanSeconds();

    assertThat(shared).as("both vCenters into one class").isGreaterThan(alone);
    assertThat(beside).as("each into its own").isEqualTo(alone);
    storage = Map.of("blocks", "rbd");
    assertThat(propose().outlook().makespanSeconds())
        .as("the class of what is mapped to none is rbd, too")
        .isEqualTo(shared);
  }
}
