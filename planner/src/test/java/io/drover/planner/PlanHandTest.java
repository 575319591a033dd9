// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.planner.PlanEffect.Come;
import io.drover.planner.PlanEffect.EnsureProposed;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanId;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;
import io.drover.schemas.Token;
import io.drover.schemas.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Proposals that do not fit a record. */
class PlanHandTest {
  private static final int RECORD = 8 << 20;

  /** What somebody wrote into the notes of every VM: so it takes few of them to fill a record. */
  private static final String NOTES = "n".repeat(16_000);

  private static final PlanId PLAN = new PlanId("p");

  private static List<Inventory> estate(int vms) {
    var all = new ArrayList<Inventory>();
    for (int i = 0; i < vms; i++) {
      all.add(Estates.vm("vm" + i, Map.of("app", "app" + i / 10, "notes", NOTES)));
    }
    return all;
  }

  private static InventoryView.Snapshot seen(List<Inventory> estate) {
    var versions = new TreeMap<String, Long>();
    estate.forEach(entity -> versions.put(entity.key().toString(), 1L));
    return new InventoryView.Snapshot(estate, versions);
  }

  private static EnsureProposed ask(int waveSize, Come come) {
    return new EnsureProposed(
        PLAN, 1, Estates.request(waveSize), Set.of(), 1, null, null, List.of(), come, null);
  }

  private static Outcome<Proposal> ensure(PlanHand hand, EnsureProposed ask) throws Exception {
    return hand.ensure(
        new Order<>(
            new EffectId("e"), PLAN.value(), new Token(1), ask, StopSignal.NEVER, Progress.NONE));
  }

  private static Proposal done(Outcome<Proposal> outcome) {
    return ((Outcome.Done<Proposal>) outcome).evidence();
  }

  @Test
  void aLargeProposalComesInPiecesThatFitARecordEach() throws Exception {
    List<Inventory> estate = estate(600);
    var hand = new PlanHand(() -> seen(estate));
    var pieces = new ArrayList<Proposal>();

    Come come = null;
    do {
      pieces.add(done(ensure(hand, ask(50, come))));
      come = new Come(pieces.getLast().piece().draft(), pieces.size());
    } while (!pieces.getLast().piece().last());

    assertThat(pieces).hasSizeGreaterThan(1).allMatch(p -> Json.write(p).length < RECORD);
    Proposal whole = WavePlan.propose(ask(50, null), seen(estate), () -> false);
    assertThat(Proposal.joined(pieces).equals(whole)).isTrue();
  }

  @Test
  void aHandThatKnowsNothingOfADraftGoesOnWithItIfItMakesTheSame() throws Exception {
    List<Inventory> estate = estate(600);
    Proposal first = done(ensure(new PlanHand(() -> seen(estate)), ask(50, null)));

    Proposal second =
        done(ensure(new PlanHand(() -> seen(estate)), ask(50, new Come(first.piece().draft(), 1))));

    assertThat(second.piece().draft()).isEqualTo(first.piece().draft());
    assertThat(second.piece().number()).isEqualTo(2);
  }

  @Test
  void aHandThatMakesAnotherDraftBeginsAnew() throws Exception {
    Proposal first = done(ensure(new PlanHand(() -> seen(estate(600))), ask(50, null)));

    Proposal other =
        done(
            ensure(
                new PlanHand(() -> seen(estate(590))),
                ask(50, new Come(first.piece().draft(), 1))));

    assertThat(other.piece().draft()).isNotEqualTo(first.piece().draft());
    assertThat(other.piece().number()).isEqualTo(1);
  }

  @Test
  void aWaveThatFitsNoRecordIsRefusedWithTheWayOut() throws Exception {
    List<Inventory> estate = estate(700);

    Outcome<Proposal> outcome = ensure(new PlanHand(() -> seen(estate)), ask(700, null));

    Problem problem = ((Outcome.Failed<Proposal>) outcome).problem();
    assertThat(problem.what()).contains("p/1 of 700 VMs", "at most 7");
    assertThat(problem.remedy()).contains("--wave-size");
  }

  @Test
  void aSmallProposalIsOnePiece() throws Exception {
    assertThat(done(ensure(new PlanHand(() -> seen(estate(20))), ask(50, null))).piece()).isNull();
  }

  @Test
  void whereAllWentAlreadyAPlanWithoutWavesIsTheAnswerAndNotAFailure() throws Exception {
    List<Inventory> estate = estate(1);
    var all = Set.of(((Inventory.Vm) estate.getFirst()).vm());

    Proposal none =
        done(
            ensure(
                new PlanHand(() -> seen(estate)),
                Estates.wanted(PLAN, 2, Estates.request(9), all, 2)));

    assertThat(none.waves()).isEmpty();
    assertThat(none.notes()).contains("0 VMs in scope, 0 planned, 0 left out");
  }
}
