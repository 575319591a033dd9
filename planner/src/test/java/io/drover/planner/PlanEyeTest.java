// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.StopSignal;
import io.drover.schemas.Drift;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.PlanMessage.EstateLooked;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What of the inventory makes a plan out of date, and what does not. */
class PlanEyeTest {
  private static final PlanId PLAN = new PlanId("p");
  private static final PlanRequest REQUEST = Estates.request(9);

  private final List<Inventory> inventory = new ArrayList<>();
  private final Map<String, Long> versions = new HashMap<>();
  private final List<PlanMessage> told = new ArrayList<>();
  private final HashMap<PlanId, EstateLooked> last = new HashMap<>();
  private final HashMap<PlanId, EstateLooked> said = new HashMap<>();
  private List<InventoryView.Coming> coming = List.of();
  private Set<VmKey> taken = Set.of();
  private Proposal proposal = new Proposal(List.of(), List.of(), Map.of(), List.of(), null);

  private void see(Inventory.Vm vm) {
    inventory.removeIf(known -> known.key().equals(vm.key()));
    inventory.add(vm);
    versions.merge(vm.key().toString(), 1L, Long::sum);
  }

  private InventoryView.Snapshot seen() {
    return new InventoryView.Snapshot(
        List.copyOf(inventory), Map.copyOf(versions), List.of(), Map.of(), null, coming, Map.of());
  }

  private void planned() {
    proposal = WavePlan.propose(Estates.wanted(PLAN, 1, REQUEST, Set.of(), 1), seen(), () -> false);
  }

  /** What is said after two looks that saw the same. */
  private List<Drift> look() throws InterruptedException {
    told.clear();
    once();
    once();
    EstateLooked look = said.get(PLAN);
    return look == null ? List.of() : look.drifts();
  }

  private void once() throws InterruptedException {
    var eye =
        new PlanEye(
            () -> List.of(new StandingPlans.Plan(PLAN, 1, REQUEST, proposal, taken)),
            this::seen,
            Duration.ofSeconds(1));
    eye.once(last, said, (key, message) -> told.add(message), StopSignal.NEVER);
  }

  private static Inventory.Vm with(Inventory.Vm vm, UnaryOperator<Parts> change) {
    return with(vm, change, vm.snapshots());
  }

  private static Inventory.Vm snapped(Inventory.Vm vm) {
    return with(
        vm, p -> p, List.of(new Inventory.Snapshot("snapshot-1", "backup", "of the night")));
  }

  private static Inventory.Vm with(
      Inventory.Vm vm, UnaryOperator<Parts> change, List<Inventory.Snapshot> snapshots) {
    Parts p = change.apply(new Parts(vm.placement(), vm.power(), vm.compute(), vm.disks()));
    return new Inventory.Vm(
        vm.vm(),
        p.placement(),
        vm.name(),
        p.power(),
        vm.template(),
        p.compute(),
        vm.boot(),
        vm.guest(),
        p.disks(),
        vm.nics(),
        snapshots,
        vm.changeTracking(),
        vm.changeVersion(),
        vm.encrypted(),
        vm.otherDevices(),
        vm.attributes(),
        vm.tags(),
        null);
  }

  private record Parts(
      Inventory.Placement placement,
      Inventory.Power power,
      Inventory.Compute compute,
      List<Inventory.Disk> disks) {}

  @Test
  void aPlanIsInDateAsLongAsAllIsAsItWas() throws Exception {
    see(Estates.vm("a", "x", ""));
    planned();

    assertThat(look()).isEmpty();
    assertThat(told).containsExactly(new EstateLooked(PLAN, 1, List.of(), 0));
    look();
    assertThat(told).as("said once").isEmpty();
  }

  @Test
  void whatIsGoneNewOrChangedIsNamed() throws Exception {
    see(Estates.vm("gone", "x", ""));
    Inventory.Vm grown = Estates.vm("grown", "x", "");
    see(grown);
    planned();

    inventory.removeFirst();
    see(
        with(
            grown,
            p ->
                new Parts(
                    p.placement(),
                    p.power(),
                    new Inventory.Compute(2, 1, 4096, false, false),
                    List.of(
                        Estates.disk(2000, Inventory.Backing.FLAT),
                        Estates.disk(2001, Inventory.Backing.FLAT)))));
    see(Estates.vm("new", "x", ""));

    assertThat(look())
        .extracting(drift -> drift.kind() + " " + drift.words())
        .containsExactly(
            "GONE gone is gone, or not selected any more",
            "NEW new is not in it",
            "CHANGED grown changed: memory MiB '2048' became '4096', Hard disk 2001 added");
  }

  @Test
  void whereAVmRunsAndWhetherItRunsIsNoReasonToPlanAgain() throws Exception {
    Inventory.Vm vm = Estates.vm("a", "x", "");
    see(vm);
    planned();

    see(
        with(
            vm,
            p ->
                new Parts(
                    new Inventory.Placement("vm-1", "dc", "/dc/vm", "cl", "host-2", "esx2", "pool"),
                    Inventory.Power.OFF,
                    p.compute(),
                    p.disks())));

    assertThat(look()).isEmpty();
  }

  @Test
  void whatWasLeftOutCountsOnceNothingKeepsItAnyMore() throws Exception {
    Inventory.Vm raw =
        Estates.vm("raw", "x", "", Estates.disk(2000, Inventory.Backing.RDM_PHYSICAL));
    see(raw);
    planned();
    assertThat(proposal.left()).hasSize(1);
    see(with(raw, p -> new Parts(p.placement(), Inventory.Power.OFF, p.compute(), p.disks())));
    assertThat(look()).isEmpty();

    see(Estates.vm("raw", "x", ""));

    assertThat(look())
        .extracting(Drift::words)
        .containsExactly("raw was left out, and what kept it is gone");
  }

  @Test
  void whatTheTargetLackedIsLookedAtAgain() throws Exception {
    inventory.add(storage("other"));
    see(Estates.vm("a", "x", ""));
    planned();
    assertThat(proposal.left()).hasSize(1);
    assertThat(look()).isEmpty();

    inventory.add(storage("rbd"));

    assertThat(look())
        .extracting(Drift::words)
        .containsExactly("a was left out, and what kept it is gone");
  }

  private static Inventory storage(String name) {
    return new Inventory.StorageClass(
        "cluster-1", name, "driver", false, false, List.of(), null, null, null, null);
  }

  @Test
  void whatComesAndGoesIsNotSaid() throws Exception {
    Inventory.Vm vm = Estates.vm("a", "x", "");
    see(vm);
    planned();
    look();

    inventory.clear();
    once();
    see(vm);

    assertThat(look()).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void snapshotsAreAReasonOnlyWhereTheyHinderAWarmCopy() throws Exception {
    Inventory.Vm cold = Estates.vm("cold", "x", "");
    see(cold);
    planned();
    see(snapped(cold));
    assertThat(look()).isEmpty();

    proposal = warm(proposal);

    assertThat(look())
        .extracting(Drift::words)
        .containsExactly("cold changed: snapshots '0' became '1'");
  }

  /** The same proposal, had its VMs been planned to be copied while they run. */
  private static Proposal warm(Proposal of) {
    return new Proposal(
        of.waves().stream()
            .map(wave ->
                new Proposal.Wave(
                    wave.id(), wave.name(), wave.vms().stream().map(PlanEyeTest::warm).toList()))
            .toList(),
        of.left(),
        of.inventory(),
        of.notes(),
        of.outlook());
  }

  private static Proposal.Planned warm(Proposal.Planned planned) {
    MigrationSpec s = planned.spec();
    return new Proposal.Planned(
        new MigrationSpec(
            s.id(),
            s.wave(),
            s.planVersion(),
            Way.WARM,
            s.transfer(),
            s.sink(),
            s.source(),
            s.target(),
            s.policy()),
        planned.application(),
        planned.concerns(),
        planned.why(),
        planned.timing(),
        planned.sinks());
  }

  @Test
  void whatIsOnItsWayIsNotLookedAt() throws Exception {
    see(Estates.vm("a", "x", ""));
    planned();
    taken = Set.of(new VmKey(Estates.VCENTER, "vm-a"));

    inventory.clear();

    assertThat(look()).isEmpty();
  }

  @Test
  void moreThanAPersonReadsIsCounted() throws Exception {
    see(Estates.vm("a", "x", ""));
    planned();
    for (int n = 0; n < PlanEye.MOST + 5; n++) {
      see(Estates.vm("n" + n, "x", ""));
    }

    assertThat(look()).hasSize(PlanEye.MOST);
    assertThat(told).singleElement().extracting(look -> ((EstateLooked) look).more()).isEqualTo(5);
  }

  @Test
  void aTargetThatHasNoRoomAnyMoreForWhatWaitsIsAReason() throws Exception {
    see(Estates.vm("a", "x", ""));
    see(Estates.vm("b", "y", ""));
    room(2000);
    planned();
    assertThat(look()).isEmpty();

    room(4300);
    assertThat(look()).as("less than before, but enough").isEmpty();
    room(5500);
    assertThat(look())
        .extracting(Drift::words)
        .containsExactly(
            "The target has not enough left of 'requests.memory of quota q in namespace herd'"
                + " for what has yet to go");
    room(5600);
    look();
    assertThat(told).as("how little there is is no news").isEmpty();
    Proposal other =
        WavePlan.propose(
            Estates.wanted(new PlanId("other"), 1, REQUEST, Set.of(), 1),
            new InventoryView.Snapshot(List.of(Estates.vm("c", "z", "")), Map.of()),
            () -> false);
    coming =
        List.of(
            new InventoryView.Coming(other.waves().getFirst().vms().getFirst().spec(), true, true));
    assertThat(look()).as("a part of what is on its way is counted twice").isEmpty();
    coming = List.of();
    taken = Set.of(Estates.vm("a", "x", "").vm());
    assertThat(look()).as("one has gone").isEmpty();
  }

  /** A quota of 9000 MiB of which so much is used; each VM takes 2268. */
  private void room(int usedMiB) {
    inventory.removeIf(Inventory.Quota.class::isInstance);
    inventory.add(
        new Inventory.Quota(
            "c",
            "herd",
            "q",
            Map.of("requests.memory", "9000Mi"),
            Map.of("requests.memory", usedMiB + "Mi")));
  }
}
