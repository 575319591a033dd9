// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.Drift;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import io.drover.schemas.Sayings;
import io.drover.schemas.Token;
import io.drover.schemas.WaveId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** VMs that another plan has moved: their sources are templates that Drover left behind. */
class MovedTest {
  private static final PlanId PLAN = new PlanId("two");
  private static final WaveId WAVE = new WaveId("one/1");

  private final Inventory.Vm moved = template(Estates.vm("queue", "shop", ""));
  private final Inventory.Vm golden = template(Estates.vm("golden", "gold", ""));
  private final Inventory.Vm web = Estates.vm("web", "front", "queue; shop");

  @Test
  void whatHasMovedIsNotPlannedAgainAndWhatDependsOnItIsNotHeldUp() {
    Proposal proposal = propose(Estates.request(9), moved, web);

    assertThat(proposal.waves()).hasSize(1);
    assertThat(proposal.waves().getFirst().vms())
        .extracting(planned -> planned.spec().source().name())
        .containsExactly("web");
    assertThat(proposal.left()).isEmpty();
    assertThat(proposal.notes())
        .contains("1 VM in scope, 1 planned, 0 left out", "queue has moved already, in wave one/1")
        .noneMatch(note -> note.contains("depends on"));
  }

  @Test
  void whatIsSaidOfItIsNoMistake() {
    var said =
        new Sayings(
            null,
            List.of(),
            List.of(),
            List.of(
                statement("web", "queue"), statement("queue", "web"), statement("web", "nobody")),
            List.of(),
            null);
    PlanRequest plain = Estates.request(9);

    Proposal proposal =
        propose(
            new PlanRequest(plain.vcenters(), plain.select(), 9, plain.settings(), 1, said),
            moved,
            web);

    assertThat(proposal.notes())
        .filteredOn(note -> note.contains("there is no"))
        .singleElement()
        .asString()
        .contains("'nobody'");
  }

  @Test
  void aTemplateThatNobodyMovedIsStillLeftOut() {
    Proposal proposal = propose(Estates.request(9), golden, web);

    assertThat(proposal.left()).extracting(Proposal.Left::name).containsExactly("golden");
  }

  @Test
  void whatWasMadeAVmAgainIsPlanned() {
    Proposal proposal = propose(Estates.request(9), Estates.vm("queue", "shop", ""), web);

    assertThat(proposal.waves().stream().flatMap(wave -> wave.vms().stream())).hasSize(2);
  }

  @Test
  void whatIsOnItsWayInAnotherPlanIsNotPlannedASecondTime() {
    MigrationSpec spec =
        propose(Estates.request(9), Estates.vm("queue", "shop", ""))
            .waves()
            .getFirst()
            .vms()
            .getFirst()
            .spec();
    List<InventoryView.Coming> soaking = List.of(new InventoryView.Coming(spec, false, false));

    Proposal proposal =
        WavePlan.propose(
            Estates.wanted(PLAN, 1, Estates.request(9), Set.of(), 1),
            new InventoryView.Snapshot(
                List.of(moved, web), Map.of(), List.of(), Map.of(), null, soaking, Map.of()),
            () -> false);

    assertThat(proposal.left()).isEmpty();
    assertThat(proposal.notes())
        .contains("queue is on its way already, in wave " + spec.wave())
        .noneMatch(note -> note.contains("depends on"));
  }

  @Test
  void aPlanOfWhatHasAllMovedHasNoWaves() throws Exception {
    var hand = new PlanHand(() -> seen(moved));

    Outcome<Proposal> outcome =
        hand.ensure(
            new Order<>(
                new EffectId("e"),
                PLAN.value(),
                new Token(1),
                Estates.wanted(PLAN, 1, Estates.request(9), Set.of(), 1),
                StopSignal.NEVER,
                Progress.NONE));

    assertThat(((Outcome.Done<Proposal>) outcome).evidence())
        .satisfies(proposal -> {
          assertThat(proposal.waves()).isEmpty();
          assertThat(proposal.notes()).contains("queue has moved already, in wave one/1");
        });
  }

  @Test
  void aPlanThatStandsSaysWhatAnotherHasMoved() {
    Proposal standing = propose(Estates.request(9), Estates.vm("queue", "shop", ""), web);

    List<Drift> drifts =
        Drifting.of(
            new StandingPlans.Plan(PLAN, 1, Estates.request(9), standing, Set.of()),
            seen(moved, web));

    assertThat(drifts)
        .extracting(Drift::name, Drift::what)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("queue", "has moved already, in wave one/1"));
  }

  private static Sayings.Statement statement(String vm, String after) {
    return new Sayings.Statement(vm, "", "", "", "", "", "", after, "", 0, 0, "row of " + vm);
  }

  private Proposal propose(PlanRequest request, Inventory.Vm... vms) {
    return WavePlan.propose(Estates.wanted(PLAN, 1, request, Set.of(), 1), seen(vms), () -> false);
  }

  private InventoryView.Snapshot seen(Inventory.Vm... vms) {
    return new InventoryView.Snapshot(
        List.of(vms), Map.of(), List.of(), Map.of(), null, List.of(), Map.of(moved.vm(), WAVE));
  }

  private static Inventory.Vm template(Inventory.Vm vm) {
    return new Inventory.Vm(
        vm.vm(),
        vm.placement(),
        vm.name(),
        Inventory.Power.OFF,
        true,
        vm.compute(),
        vm.boot(),
        vm.guest(),
        vm.disks(),
        vm.nics(),
        vm.snapshots(),
        vm.changeTracking(),
        vm.changeVersion(),
        vm.encrypted(),
        vm.otherDevices(),
        vm.attributes(),
        vm.tags(),
        vm.usedBytes());
  }
}
