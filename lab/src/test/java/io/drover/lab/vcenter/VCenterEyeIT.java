// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.vsphere.VSphereSourceVm;
import io.drover.ingest.vsphere.VCenterEye;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabCluster;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.runtime.Eyes;
import io.drover.runtime.Vitals;
import io.drover.schemas.Brain;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.drover.schemas.InventoryMessage.EntityGoneSeen;
import io.drover.schemas.InventoryMessage.EntitySeen;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Reconfiguration;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The eye as the runtime lets it look, on a vCenter that forgets sessions, is busy, and restarts:
 * what changes there is seen all the same, and nothing is said of what did not.
 */
class VCenterEyeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Map<String, Inventory.Vm> seen = new ConcurrentHashMap<>();
  private final AtomicInteger gone = new AtomicInteger();
  private final AtomicInteger said = new AtomicInteger();
  private LabEstate estate;
  private LabVCenter vcenter;
  private VSphere hands;
  private Eyes<InventoryMessage> eyes;

  @BeforeEach
  void look() throws Exception {
    estate = LabEstate.create("eye", 7, LabPace.quick().withGuestWrites(Duration.ZERO));
    furnish(estate);
    vcenter = LabVCenter.start(estate);
    var endpoint = endpoint(vcenter);
    hands = VSphere.connect(endpoint);
    var ghost = new EntityKey(estate.instanceUuid().toString(), "vm", "was-here-once");
    eyes =
        new Eyes<>(
            Brain.INVENTORY,
            List.of(new VCenterEye("lab", endpoint, _ -> Set.of(ghost), Duration.ofSeconds(1))),
            1,
            (eye, key, message) -> see(message),
            Vitals.NONE);
    eyes.open(0);
    await(() -> seen.size() == 3 && gone.get() == 1, "the first whole");
  }

  private static void furnish(LabEstate empty) {
    EstateBuilder b = empty.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (String name : List.of("one", "two", "three")) {
      b.vm(name).poweredOff().disk(DiskSpec.bytes(16L << 20).payloadMib(1).in(store)).add();
    }
  }

  private static VSphereEndpoint endpoint(LabVCenter of) {
    return new VSphereEndpoint(
        of.url(),
        of.user(),
        () -> of.password().toCharArray(),
        Trust.thumbprint(of.sha256Thumbprint()));
  }

  @AfterEach
  void stop() {
    eyes.close(0);
    hands.close();
    vcenter.close();
    estate.close();
  }

  private void see(InventoryMessage message) {
    said.incrementAndGet();
    switch (message) {
      case EntitySeen(Inventory.Vm vm) -> seen.put(vm.name(), vm);
      case EntitySeen _ -> {}
      case EntityGoneSeen _ -> gone.incrementAndGet();
    }
  }

  @Test
  void aChangeIsSeenAfterEverySessionWasForgotten() throws Exception {
    vcenter.endAllSessions();

    powerOn("one");

    await(() -> on("one"), "VM one on");
  }

  @Test
  void aChangeIsSeenThroughABusyServer() throws Exception {
    var busy = LabFaultRule.once(LabFaultRule.Kind.HTTP_503, "WaitForUpdatesEx").times(4);
    var _ = vcenter.faults().add(busy);

    powerOn("two");

    await(() -> on("two"), "VM two on");
    assertThat(gone).as("the whole was not read again").hasValue(1);
  }

  @Test
  void aRestartedServerIsReadAsAWholeAgain() throws Exception {
    var three = hands.machines().byName("three").getFirst();
    vcenter.restart(Duration.ofSeconds(2));
    Thread.sleep(2_100);

    hands.machines().powerOn(three, PATIENCE);

    await(() -> on("three") && gone.get() == 2, "VM three on, and the whole read again");
  }

  @Test
  void twoVCentersWithTheSameIdsAreTwo() throws Exception {
    // Given another vCenter that was installed the same way: all its ids are the same
    try (var other = LabEstate.create("other", 8, LabPace.quick().withGuestWrites(Duration.ZERO))) {
      furnish(other);
      try (var second = LabVCenter.start(other);
          var its = VSphere.connect(endpoint(second))) {
        Map<EntityKey, Inventory> both = new ConcurrentHashMap<>();
        var looking =
            new Eyes<InventoryMessage>(
                Brain.INVENTORY,
                List.of(
                    new VCenterEye("lab", endpoint(vcenter), _ -> Set.of(), Duration.ofHours(1)),
                    new VCenterEye("other", endpoint(second), _ -> Set.of(), Duration.ofHours(1))),
                1,
                (eye, key, message) -> {
                  if (message instanceof EntitySeen(Inventory entity)) {
                    both.put(entity.key(), entity);
                  }
                },
                Vitals.NONE);
        looking.open(0);
        try {
          await(() -> vms(both).size() == 6, "the machines of both");
          var port =
              new VSphereSourceVm(uuid -> uuid.equals(its.about().instanceUuid()) ? its : hands);
          var mine = new VmKey(estate.instanceUuid().toString(), vm(estate, "one"));
          var theirs = new VmKey(other.instanceUuid().toString(), vm(other, "one"));

          // When
          port.powerOn(theirs);

          // Then
          await(
              () -> vms(both).get(theirs).power() == Inventory.Power.ON,
              "VM one of the other vCenter on");
          assertThat(vms(both).get(theirs).placement().moref())
              .isEqualTo(vms(both).get(mine).placement().moref());
          assertThat(vms(both).get(mine).power()).isEqualTo(Inventory.Power.OFF);
          assertThat(port.look(mine).power()).isEqualTo(Inventory.Power.OFF);
          for (String kind : List.of("host", "cluster", "datastore", "vcenter")) {
            assertThat(both.keySet()).filteredOn(key -> key.kind().equals(kind)).hasSize(2);
          }
        } finally {
          looking.close(0);
        }
      }
    }
  }

  private static String vm(LabEstate of, String name) {
    return of.vm(name).instanceUuid().toString();
  }

  private static Map<VmKey, Inventory.Vm> vms(Map<EntityKey, Inventory> all) {
    return all.values().stream()
        .filter(Inventory.Vm.class::isInstance)
        .map(Inventory.Vm.class::cast)
        .collect(Collectors.toMap(Inventory.Vm::vm, vm -> vm));
  }

  @Test
  void aTagIsSeenWhenItIsPutOn() throws Exception {
    estate.tags().attach(estate.vm("one"), "app", "shop");

    await(() -> seen.get("one").tags().equals(List.of("app/shop")), "the tag of VM one");
  }

  @Test
  void whatConcernsLookForIsSeenUnderTheNamesOfAnExport() throws Exception {
    var one = hands.machines().byName("one").getFirst();

    hands
        .machines()
        .reconfigure(one, Reconfiguration.NONE.setting("disk.EnableUUID", "TRUE"), null, PATIENCE);

    await(
        () -> "TRUE".equals(seen.get("one").attributes().get("EnableUUID")),
        "that the guest of VM one sees the serials of its disks");
  }

  @Test
  void aMachineThatVCenterDoesNotReachIsSeenAsSuch() throws Exception {
    assertThat(seen.get("two").attributes()).doesNotContainKey("Connection state");

    estate.vm("two").connection("inaccessible");

    await(
        () -> "inaccessible".equals(seen.get("two").attributes().get("Connection state")),
        "that vCenter does not reach VM two");
    estate.vm("two").connection("connected");
    await(
        () -> !seen.get("two").attributes().containsKey("Connection state"),
        "that vCenter reaches VM two again");
  }

  @Test
  void aRuleThatBindsAMachineToHostsIsSeenAndThatItsClusterPowersHostsDown() throws Exception {
    LabCluster cluster = estate.vm("two").host().cluster();

    cluster.bindToHosts("licensed", List.of(estate.vm("two")));
    cluster.dpm(true);

    await(
        () ->
            "licensed".equals(seen.get("two").attributes().get("Host Affinity"))
                && "True".equals(seen.get("two").attributes().get("DPM")),
        "the rule and the power management of VM two");
    assertThat(seen.get("one").attributes()).doesNotContainKey("Host Affinity");
  }

  @Test
  void aFileSystemIsToldOfWhenItIsNearlyFull() throws Exception {
    powerOn("three");
    await(() -> seen.get("three").guest().toolsRunning(), "the tools of VM three");
    assertThat(seen.get("three").attributes()).doesNotContainKey("Free /");

    estate.vm("three").freeBytes((60L << 20) + 4711);

    await(
        () -> String.valueOf(60L << 20).equals(seen.get("three").attributes().get("Free /")),
        "that VM three has 60 MiB left");
  }

  @Test
  void whatADiskTakesOfItsDatastoreIsSeen() {
    Inventory.Vm one = seen.get("one");

    assertThat(one.disks().getFirst().usedBytes()).isBetween(1L << 20, 2L << 20);
    assertThat(one.usedBytes()).isEqualTo(one.disks().getFirst().usedBytes());
  }

  @Test
  void nothingIsSaidWhereNothingChanges() throws Exception {
    int before = said.get();

    Thread.sleep(3_000);

    assertThat(said.get()).isEqualTo(before);
  }

  private void powerOn(String vm) {
    hands.machines().powerOn(hands.machines().byName(vm).getFirst(), PATIENCE);
  }

  private boolean on(String vm) {
    return seen.get(vm).power() == Inventory.Power.ON;
  }

  private void await(BooleanSupplier condition, String what) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime())
          .as("waited for %s; seen %s", what, seen.keySet())
          .isLessThan(end);
      Thread.sleep(20);
    }
  }
}
