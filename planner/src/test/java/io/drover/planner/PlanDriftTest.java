// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Timer;
import io.drover.schemas.Actor;
import io.drover.schemas.Drift;
import io.drover.schemas.Drift.Kind;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.PlanMessage.EstateLooked;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That a plan is out of date is said, and nothing is planned anew by that. */
class PlanDriftTest {
  private static final PlanId PLAN = new PlanId("p");
  private static final WaveId FIRST = new WaveId("p/1");
  private static final WaveId SECOND = new WaveId("p/2");
  private static final Instant AT = Instant.parse("2026-03-01T00:00:00Z");
  private static final Actor ADA = Actor.person("ada");
  private static final Actor BOB = Actor.person("bob");
  private static final Actor CARL = Actor.person("carl");
  private static final Drift GONE = new Drift(Kind.GONE, Estates.VCENTER + "/vm-b", "b", "is gone");

  private final PlanDecider decider = new PlanDecider();
  private final List<Inventory> inventory = new ArrayList<>();
  private PlanState state = decider.initial("p");

  @BeforeEach
  void aPlanOfTwoWavesStands() {
    inventory.add(Estates.vm("a", "x", ""));
    inventory.add(Estates.vm("b", "y", "a"));
    PlanRequest plain = Estates.request(1);
    tell(
        new PlanMessage.ProposePlan(
            PLAN, new PlanRequest(List.of(), List.of(), 1, fourEyed(plain.settings()), 1)),
        ADA);
    made();
    assertThat(state.waves()).containsOnlyKeys("p/1", "p/2");
  }

  private static PlanSettings fourEyed(PlanSettings s) {
    return new PlanSettings(
        s.way(),
        s.transfer(),
        s.sink(),
        s.namespace(),
        s.storage(),
        s.networks(),
        s.compatibility(),
        true,
        s.cutoverApproval(),
        s.maxInFlight(),
        s.shutdownGrace(),
        s.hardPowerOff(),
        s.bootBudget(),
        s.soak(),
        s.soakEnd(),
        s.downtimeBudget(),
        s.applicationAttribute(),
        s.dependencyAttribute(),
        s.overrides(),
        null);
  }

  @Test
  void whatTheEyeSeesIsAFactAndStandsInTheWavesThatWait() {
    var decision = tell(new EstateLooked(PLAN, 1, List.of(GONE), 3), Actor.service("planner"));

    assertThat(decision.facts())
        .containsExactly(new PlanFact.PlanDrifted(PLAN, 1, List.of(GONE), 3));
    assertThat(status(FIRST).outdated()).containsExactly("b is gone", "and 3 more");
    assertThat(decider.resume(state)).as("nothing is planned by that").isEmpty();
    assertThat(tell(new EstateLooked(PLAN, 1, List.of(GONE), 3), ADA).facts()).isEmpty();
    assertThat(tell(new EstateLooked(PLAN, 7, List.of(), 0), ADA).facts()).isEmpty();
  }

  @Test
  void whatIsAsItWasAgainIsInDateAgain() {
    tell(new EstateLooked(PLAN, 1, List.of(GONE), 0), ADA);

    tell(new EstateLooked(PLAN, 1, List.of(), 0), ADA);

    assertThat(status(FIRST).outdated()).isNull();
  }

  @Test
  void onlyTheWavesThatChangedOrWaitAreToldAgain() {
    release(FIRST);
    PlanState before = state;

    tell(new EstateLooked(PLAN, 1, List.of(GONE), 0), ADA);

    assertThat(decider.statuses(before, state, AT, 1))
        .singleElement()
        .satisfies(told -> assertThat(told.key()).isEqualTo("p/2"));
  }

  @Test
  void whatIsOnItsWayIsNoDrift() {
    release(FIRST);
    var moving = new Drift(Kind.CHANGED, vmOf(FIRST).toString(), "a", "changed");

    assertThat(tell(new EstateLooked(PLAN, 1, List.of(moving), 0), ADA).facts()).isEmpty();
  }

  @Test
  void aJourneyThatCameBackIsAReasonToPlanAgainAndPlanningAgainEndsIt() {
    release(FIRST);

    ended(FIRST, Result.ROLLED_BACK);

    assertThat(status(SECOND).outdated())
        .containsExactly(nameOf(FIRST) + " came back from wave p/1");
    tell(new EstateLooked(PLAN, 1, List.of(GONE), 0), ADA);
    assertThat(status(SECOND).outdated()).hasSize(2);
    tell(new PlanMessage.ReplanPlan(PLAN), ADA);
    made();
    assertThat(state.waves().values()).filteredOn(PlanState.Wave::standing).hasSize(2);
    assertThat(decider.statuses(state, AT, 1))
        .allMatch(told -> ((WaveStatus) told.document()).outdated() == null);
  }

  @Test
  void journeysOfAWaveThatDidNotArriveAreOneDrift() {
    inventory.add(Estates.vm("c", "x", ""));
    tell(new PlanMessage.ProposePlan(PLAN, Estates.request(2)), ADA);
    made();
    List<MigrationSpec> specs = state.waves().get("p/1").specs();
    assertThat(specs).hasSize(2);
    tell(new PlanMessage.ApproveWave(FIRST, 2), CARL);
    tell(new PlanMessage.ReleaseWave(FIRST, 2), CARL);

    ended(FIRST, specs.get(0), Result.ROLLED_BACK);
    ended(FIRST, specs.get(1), Result.ABANDONED);

    assertThat(((PlanState.Proposed) state).drift().drifts())
        .containsExactly(
            new Drift(
                Kind.FAILED,
                "p/1",
                "wave p/1",
                "did not bring all its VMs to the target: 1 came back, 1 were given up"));
  }

  @Test
  void aJourneyThatComesBackWhileAnEditIsCheckedIsKnownOnceThatIsRefused() {
    release(FIRST);
    tell(
        new PlanMessage.EditPlan(
            PLAN, 1, List.of(new PlanMessage.EditedRow(2, "nobody", "n", "x", "", ""))),
        ADA);

    ended(FIRST, Result.ROLLED_BACK);
    assertThat(status(SECOND).outdated()).isNull();
    made();

    assertThat(state).isInstanceOf(PlanState.Proposed.class);
    assertThat(status(SECOND).outdated())
        .containsExactly(nameOf(FIRST) + " came back from wave p/1");
  }

  @Test
  void whatIsCommittedIsNoDrift() {
    release(FIRST);

    ended(FIRST, Result.COMMITTED);

    assertThat(status(SECOND).outdated()).isNull();
  }

  @Test
  void aWaveThatIsLateIsAReasonToPlanTheOthersAgain() {
    assertThat(decider.timers(state)).isEmpty();
    release(FIRST);
    Timer late = decider.timers(state).getFirst();
    assertThat(late.due()).isAfter(AT);

    handle(new Input.Rang<>(late.id(), late.due()), late.due());

    assertThat(status(SECOND).outdated())
        .singleElement()
        .satisfies(why -> assertThat(why).startsWith("wave p/1 has cutovers to come after"));
    assertThat(decider.timers(state)).isEmpty();
    assertThat(handle(new Input.Rang<>(late.id(), late.due()), late.due()).facts()).isEmpty();
  }

  @Test
  void aWaveOfAnOlderVersionIsNotLate() {
    release(FIRST);
    assertThat(decider.timers(state)).hasSize(1);
    tell(new PlanMessage.ReplanPlan(PLAN), ADA);
    made();

    assertThat(state.waves().values()).anyMatch(PlanState.Wave::standing);
    assertThat(decider.timers(state)).isEmpty();
  }

  @Test
  void aWaveWhoseCutoversAreDoneIsNotLate() {
    release(FIRST);

    ended(FIRST, Result.COMMITTED);

    assertThat(decider.timers(state)).isEmpty();
  }

  @Test
  void aPlanMadeAgainSaysInItsWavesWhoCameFromWhere() {
    release(FIRST);
    ended(FIRST, Result.ROLLED_BACK);
    tell(new PlanMessage.ReplanPlan(PLAN), ADA);

    made();

    var moved = new TreeMap<String, WaveStatus.Move>();
    state.waves().values().stream()
        .filter(PlanState.Wave::standing)
        .forEach(wave -> {
          List<WaveStatus.Move> moves = status(wave.id()).moved();
          if (moves != null) {
            moves.forEach(move -> moved.put(move.name(), move));
          }
        });
    assertThat(moved).containsKey("a");
    assertThat(moved.get("a").fromWave()).as("it came back, so it is new").isNull();
    assertThat(moved.get("b").fromWave()).isEqualTo(SECOND);
  }

  @Test
  void withFourEyesNobodyWhoseWishThePlanIsApprovesIt() {
    tell(new PlanMessage.ReplanPlan(PLAN), BOB);
    made();

    assertThat(refused(approve(2, ADA)))
        .contains("ada asked for the plan", "Another person approves it, or proposes it anew");
    assertThat(refused(approve(2, BOB))).contains("bob asked for the plan");
    assertThat(approve(2, CARL).facts()).containsExactly(new PlanFact.WaveApproved(FIRST, 2, CARL));
    assertThat(state.waves().get("p/1").specs().getFirst().policy().authors())
        .containsExactly("ada");
  }

  @Test
  void aPlanThatIsProposedAnewIsTheWishOfWhoProposesIt() {
    PlanRequest request = ((PlanState.Proposed) state).request();

    tell(new PlanMessage.ProposePlan(PLAN, request), BOB);
    made();

    assertThat(refused(approve(2, BOB))).contains("bob asked for the plan");
    assertThat(approve(2, ADA).facts()).hasSize(1);
  }

  private Decision<PlanFact> approve(int version, Actor by) {
    return tell(new PlanMessage.ApproveWave(FIRST, version), by);
  }

  private static String refused(Decision<PlanFact> decision) {
    return ((PlanFact.PlanCommandRefused) decision.facts().getFirst()).but();
  }

  private void release(WaveId wave) {
    tell(new PlanMessage.ApproveWave(wave, 1), CARL);
    tell(new PlanMessage.ReleaseWave(wave, 1), CARL);
  }

  private VmKey vmOf(WaveId wave) {
    return spec(wave).vm();
  }

  private String nameOf(WaveId wave) {
    return spec(wave).source().name();
  }

  private MigrationSpec spec(WaveId wave) {
    return state.waves().get(wave.value()).specs().getFirst();
  }

  private void ended(WaveId wave, Result result) {
    ended(wave, spec(wave), result);
  }

  private void ended(WaveId wave, MigrationSpec spec, Result result) {
    tell(
        new PlanMessage.JourneyEnded(spec.vm(), spec.id(), wave, result, null, AT),
        Actor.service("executor"));
  }

  private WaveStatus status(WaveId wave) {
    return decider.statuses(state, AT, 1).stream()
        .filter(told -> told.key().equals(wave.value()))
        .map(told -> (WaveStatus) told.document())
        .findFirst()
        .orElseThrow();
  }

  private void made() {
    var intent = decider.resume(state).getFirst();
    handle(
        new Input.Seen<>(
            intent.id(),
            WavePlan.made(
                (PlanEffect.EnsureProposed) intent.effect(),
                new InventoryView.Snapshot(inventory, Map.of()),
                () -> false)),
        AT);
  }

  private Decision<PlanFact> tell(PlanMessage message, Actor by) {
    return handle(new Input.Told<>(message, by), AT);
  }

  private Decision<PlanFact> handle(Input<PlanMessage, Proposal> input, Instant at) {
    Decision<PlanFact> decision = decider.decide(state, input, at);
    for (PlanFact fact : decision.facts()) {
      state = decider.evolve(state, fact);
    }
    return decision;
  }
}
