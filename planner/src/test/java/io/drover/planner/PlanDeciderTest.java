// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.CopyProgress;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import io.drover.schemas.Sayings;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlanDeciderTest {
  private static final PlanId PLAN = new PlanId("p");
  private static final WaveId WAVE = new WaveId("p/1");
  private static final Instant AT = Instant.parse("2026-03-01T00:00:00Z");
  private static final Actor ADA = Actor.person("ada");

  private final PlanDecider decider = new PlanDecider();
  private final List<Letter> letters = new ArrayList<>();
  private PlanState state = decider.initial("p");

  @BeforeEach
  void aProposalStands() {
    tell(new PlanMessage.ProposePlan(PLAN, Estates.request(9)));
    var intent = decider.resume(state).getFirst();
    assertThat(((PlanEffect.EnsureProposed) intent.effect()).requester())
        .isEqualTo(Estates.request(9).settings().fourEyes() ? ADA : null);
    Proposal proposal =
        WavePlan.propose(
            Estates.wanted(PLAN, 1, Estates.request(9), Set.of(), 1),
            new InventoryView.Snapshot(
                List.of(Estates.vm("a", "x", ""), Estates.vm("b", "x", "")), Map.of()),
            () -> false);
    handle(new Input.Seen<>(intent.id(), new Outcome.Done<>(proposal)));
  }

  @Test
  void aReleasedWaveGoesToDispatch() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));

    tell(new PlanMessage.ReleaseWave(WAVE, 1));

    assertThat(letters)
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.to()).isEqualTo(Brain.DISPATCH);
          assertThat(letter.key()).isEqualTo(Estates.VCENTER);
          assertThat(((DispatchMessage.DispatchWave) letter.message()).migrations()).hasSize(2);
        });
    assertThat(stage()).isEqualTo(WaveStatus.Stage.RUNNING);
  }

  @Test
  void anUnapprovedWaveIsNotReleased() {
    var decision = tell(new PlanMessage.ReleaseWave(WAVE, 1));

    assertRefused(decision, "not approved");
  }

  @Test
  void anApprovalOfAnotherVersionIsRefused() {
    var decision = tell(new PlanMessage.ApproveWave(WAVE, 7));

    assertRefused(decision, "version 1, not 7");
  }

  @Test
  void aNewProposalVoidsTheApproval() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));

    tell(new PlanMessage.ProposePlan(PLAN, Estates.request(9)));

    assertThat(stage()).isEqualTo(WaveStatus.Stage.SUPERSEDED);
    assertThat(decider.resume(state)).hasSize(1);
  }

  @Test
  void planningAgainAsksToKeepWhatStands() {
    tell(new PlanMessage.ReplanPlan(PLAN));

    assertThat(decider.resume(state))
        .singleElement()
        .extracting(intent -> intent.effect())
        .isInstanceOfSatisfying(
            PlanEffect.EnsureProposed.class,
            ask -> {
              assertThat(ask.version()).isEqualTo(2);
              assertThat(ask.before()).isNotNull();
              assertThat(ask.before().places()).hasSize(2);
            });
  }

  @Test
  void aPlanThatIsNotThereCannotBeMadeAgain() {
    state = decider.initial("p");

    var decision = tell(new PlanMessage.ReplanPlan(PLAN));

    assertRefused(decision, "there is no such plan");
  }

  @Test
  void aPlanWithWindowsBeginsWhenItIsAskedFor() {
    var window =
        new Sayings.Window(
            "nights",
            ZoneId.of("UTC"),
            EnumSet.allOf(DayOfWeek.class),
            LocalTime.of(22, 0),
            LocalTime.of(4, 0),
            null,
            null,
            false,
            "");
    PlanMessage.PlanRequest plain = Estates.request(9);
    var said = new Sayings(null, List.of(window), List.of(), List.of(), List.of(), null);

    var decision =
        tell(
            new PlanMessage.ProposePlan(
                PLAN,
                new PlanMessage.PlanRequest(
                    plain.vcenters(), plain.select(), 9, plain.settings(), 1, said)));

    assertThat(decision.facts())
        .singleElement()
        .isInstanceOfSatisfying(
            PlanFact.PlanAsked.class,
            asked -> assertThat(asked.request().sayings().start()).isEqualTo(AT));
  }

  @Test
  void aPlanBeginsAtAWholeSecondSoThatItsWindowsOpenWhenTheyOpen() {
    PlanMessage.PlanRequest plain = Estates.request(9);
    var named = new Sayings(AT.plusNanos(1), List.of(), List.of(), List.of(), List.of(), null);

    var request =
        new PlanMessage.PlanRequest(
            plain.vcenters(), plain.select(), 9, plain.settings(), 1, named);

    assertThat(request.startingAt(AT.plusSeconds(9)).sayings().start())
        .isEqualTo(AT.plusSeconds(1));
    assertThat(request.from(AT.plusMillis(7_327)).sayings().start()).isEqualTo(AT.plusSeconds(8));
  }

  @Test
  void theWaveEndsWithItsLastJourney() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    tell(new PlanMessage.ReleaseWave(WAVE, 1));
    tell(ended("vm-a"));

    var decision = tell(ended("vm-b"));

    assertThat(decision.facts()).hasSize(2).last().isInstanceOf(PlanFact.WaveEnded.class);
    assertThat(tell(ended("vm-b")).facts()).isEmpty();
  }

  @Test
  void aWaveCommandReachesTheLiveJourneysOnly() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    tell(new PlanMessage.ReleaseWave(WAVE, 1));
    tell(ended("vm-a"));
    letters.clear();

    tell(new PlanMessage.RollBackWave(WAVE, "bad day"));

    assertThat(letters)
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.key()).endsWith("vm-b");
          assertThat(letter.message()).isInstanceOf(MigrationMessage.RollBackMigration.class);
        });
  }

  @Test
  void aWaveSaysWhatItsCopiesMoveAndWhenItIsForecastToEnd() {
    assertThat(wave().copy()).isNull();
    assertThat(wave().etaP50()).isNull();
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    tell(new PlanMessage.ReleaseWave(WAVE, 1));
    long total = wave().copy().total();
    Instant forecast = wave().etaP50();
    assertThat(forecast).isAfter(AT).isBeforeOrEqualTo(wave().etaP95());
    assertThat(total).isPositive();

    tell(copying("vm-a", 100, AT.plusSeconds(60)));
    tell(copying("vm-b", 50, forecast.plusSeconds(60)));

    assertThat(wave().copy()).isEqualTo(new CopyProgress(20, 2_000, 150, forecast.plusSeconds(60)));
    assertThat(wave().etaP50()).isEqualTo(forecast.plusSeconds(60));
  }

  @Test
  void aWaveThatEndedExpectsNoEnd() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    tell(new PlanMessage.ReleaseWave(WAVE, 1));
    tell(ended("vm-a"));

    tell(ended("vm-b"));

    assertThat(wave().etaP50()).isNull();
  }

  private static PlanMessage copying(String vm, long rate, Instant eta) {
    return new PlanMessage.JourneyAdvanced(
        new VmKey(Estates.VCENTER, vm),
        new MigrationId("m-" + vm),
        WAVE,
        Phase.COPYING,
        Checkpoint.PLANNED,
        new CopyProgress(10, 1_000, rate, eta));
  }

  private WaveStatus wave() {
    return (WaveStatus) decider.statuses(state, AT, 1).getFirst().document();
  }

  private PlanFact.PlanDrafted piece(String draft, int number, String vm) {
    WaveId id = WaveId.of(PLAN, number);
    Proposal whole =
        WavePlan.propose(
            Estates.wanted(PLAN, 2, Estates.request(9), Set.of(), number),
            new InventoryView.Snapshot(List.of(Estates.vm(vm, "x", "")), Map.of()),
            () -> false);
    assertThat(whole.waves().getFirst().id()).isEqualTo(id);
    return new PlanFact.PlanDrafted(
        PLAN,
        2,
        new Proposal(
            whole.waves(),
            List.of(),
            Map.of(),
            List.of(),
            null,
            new Proposal.Piece(draft, number, 3),
            null));
  }

  private void comes(PlanFact.PlanDrafted piece) {
    handle(
        new Input.Seen<>(
            decider.resume(state).getFirst().id(), new Outcome.Done<>(piece.proposal())));
  }

  @ParameterizedTest
  @EnumSource(names = {"COMMITTED", "ABANDONED"})
  void whatCameBackIsPlannedOnceMoreAndWhatWasCommittedOrTakenOverIsNot(Result other) {
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    tell(new PlanMessage.ReleaseWave(WAVE, 1));
    List<MigrationSpec> specs = state.waves().get(WAVE.value()).specs();
    ended(specs.getFirst(), Result.ROLLED_BACK);
    ended(specs.getLast(), other);

    tell(new PlanMessage.ReplanPlan(PLAN));

    assertThat(decider.resume(state).getFirst().effect())
        .isInstanceOfSatisfying(
            PlanEffect.EnsureProposed.class,
            ask -> assertThat(ask.taken()).containsExactly(specs.getLast().vm()));
  }

  private void ended(MigrationSpec spec, Result result) {
    tell(new PlanMessage.JourneyEnded(spec.vm(), spec.id(), WAVE, result, "", AT));
  }

  @Test
  void aProposalOfManyPiecesStandsWithItsLast() {
    tell(new PlanMessage.ProposePlan(PLAN, Estates.request(9)));
    comes(piece("d", 1, "a"));
    comes(piece("d", 2, "b"));
    assertThat(tell(new PlanMessage.ApproveWave(WAVE, 2)).facts())
        .singleElement()
        .isInstanceOf(PlanFact.PlanCommandRefused.class);

    comes(piece("d", 3, "c"));

    assertThat(state).isInstanceOf(PlanState.Proposed.class);
    assertThat(state.waves().values().stream().flatMap(wave -> wave.specs().stream()))
        .extracting(spec -> spec.source().name())
        .containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void aFirstPieceOfAnotherDraftBeginsAnew() {
    tell(new PlanMessage.ProposePlan(PLAN, Estates.request(9)));
    comes(piece("old", 1, "a"));
    comes(piece("old", 2, "b"));

    comes(piece("new", 1, "c"));

    assertThat(decider.resume(state).getFirst().effect())
        .isInstanceOfSatisfying(
            PlanEffect.EnsureProposed.class,
            ask -> assertThat(ask.come()).isEqualTo(new PlanEffect.Come("new", 1)));
    assertThat(((PlanState.Proposing) state).draft().waves()).hasSize(1);
  }

  @Test
  void aPlanIsKeptInARecordAWave() {
    tell(new PlanMessage.ProposePlan(PLAN, Estates.request(9)));
    comes(piece("d", 1, "c"));
    var parts = decider.parts();

    var kept = parts.of().apply(state);

    assertThat(kept).hasSize(2);
    assertThat(parts.of().apply(parts.rest().apply(state))).isEmpty();
    assertThat(parts.whole().apply(parts.rest().apply(state), kept)).isEqualTo(state);
  }

  private List<PlanMessage.EditedRow> rows(String waveOfB) {
    return List.of(
        new PlanMessage.EditedRow(2, Estates.VCENTER + "/vm-a", "a", "1", "", "PT0S"),
        new PlanMessage.EditedRow(3, Estates.VCENTER + "/vm-b", "b", waveOfB, "", "PT1H"));
  }

  @Test
  void whileAnEditedPlanIsCheckedNothingOfTheStandingOneIsApproved() {
    tell(new PlanMessage.EditPlan(PLAN, 1, rows("1")));

    var decision = tell(new PlanMessage.ApproveWave(WAVE, 1));

    assertRefused(decision, "an edited plan is being checked");
  }

  @Test
  void anEditThatIsRefusedLeavesWhatStood() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    var stood = state.waves();
    tell(new PlanMessage.EditPlan(PLAN, 1, rows("x")));

    var decision = answer();

    assertThat(decision.facts())
        .singleElement()
        .isInstanceOfSatisfying(
            PlanFact.PlanEditRefused.class,
            refused ->
                assertThat(refused.rows())
                    .containsExactly("Row 3, Wave: 'x' is no number of a wave, from 1 on."));
    assertThat(state.waves()).isEqualTo(stood);
    assertThat(tell(new PlanMessage.ReleaseWave(WAVE, 1)).facts())
        .singleElement()
        .isInstanceOf(PlanFact.WaveReleased.class);
  }

  @Test
  void anEditedPlanIsANewVersionThatIsApprovedAnew() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    tell(new PlanMessage.EditPlan(PLAN, 1, rows("1")));

    answer();

    assertThat(stage()).isEqualTo(WaveStatus.Stage.PROPOSED);
    assertThat(state.waves().get("p/1").version()).isEqualTo(2);
    assertThat(state.waves().get("p/1").places().get(Estates.VCENTER + "/vm-b").cutover())
        .isEqualTo(3600);
  }

  @Test
  void anEditOfAnotherVersionIsRefused() {
    var decision = tell(new PlanMessage.EditPlan(PLAN, 7, rows("1")));

    assertRefused(decision, "version 7 was edited, but version 1");
  }

  @Test
  void aWaveThatWasStartedIsNotEdited() {
    tell(new PlanMessage.ApproveWave(WAVE, 1));
    tell(new PlanMessage.ReleaseWave(WAVE, 1));
    tell(new PlanMessage.EditPlan(PLAN, 1, rows("2")));

    var decision = answer();

    assertThat(decision.facts())
        .singleElement()
        .isInstanceOfSatisfying(
            PlanFact.PlanEditRefused.class,
            refused ->
                assertThat(refused.rows())
                    .contains("Row 3, b: its wave was started: it cannot be moved."));
  }

  private static void assertRefused(Decision<PlanFact> decision, String why) {
    assertThat(decision.facts())
        .singleElement()
        .isInstanceOfSatisfying(
            PlanFact.PlanCommandRefused.class, refused -> assertThat(refused.but()).contains(why));
  }

  /** What the hand brings back for what is wanted now. */
  private Decision<PlanFact> answer() {
    var intent = decider.resume(state).getFirst();
    var ask = (PlanEffect.EnsureProposed) intent.effect();
    return handle(
        new Input.Seen<>(
            intent.id(),
            WavePlan.made(
                ask,
                new InventoryView.Snapshot(
                    List.of(Estates.vm("a", "x", ""), Estates.vm("b", "x", "")), Map.of()),
                () -> false)));
  }

  private static PlanMessage ended(String vm) {
    return new PlanMessage.JourneyEnded(
        new VmKey(Estates.VCENTER, vm),
        new MigrationId("m-" + vm),
        WAVE,
        Result.COMMITTED,
        null,
        AT);
  }

  private WaveStatus.Stage stage() {
    return wave().stage();
  }

  private Decision<PlanFact> tell(PlanMessage message) {
    return handle(new Input.Told<>(message, ADA));
  }

  private Decision<PlanFact> handle(Input<PlanMessage, Proposal> input) {
    Decision<PlanFact> decision = decider.decide(state, input, AT);
    for (PlanFact fact : decision.facts()) {
      state = decider.evolve(state, fact);
    }
    letters.addAll(decision.letters());
    return decision;
  }
}
