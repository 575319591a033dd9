// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Checkpoint;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanId;
import io.drover.schemas.Proposal;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a wave may have in flight holds for all its vCenters together. */
class FlightSharesTest {
  /** A spec of some VM; the vCenter is all that counts here. */
  private static final MigrationSpec SPEC =
      WavePlan.propose(
              Estates.wanted(new PlanId("p"), 1, Estates.request(9), Set.of(), 1),
              new InventoryView.Snapshot(List.of(Estates.vm("a", "x", "")), Map.of()),
              () -> false)
          .waves()
          .getFirst()
          .vms()
          .getFirst()
          .spec();

  private static PlanState.Wave wave(int maxInFlight, int... vmsOfEach) {
    var planned = new ArrayList<Proposal.Planned>();
    for (int v = 0; v < vmsOfEach.length; v++) {
      for (int n = 0; n < vmsOfEach[v]; n++) {
        String name = "vm" + v + "-" + n;
        var vm = Estates.vm(new VmKey("vc" + v, name), name, Map.of());
        var spec =
            new MigrationSpec(
                SPEC.id(),
                SPEC.wave(),
                1,
                SPEC.way(),
                SPEC.transfer(),
                SPEC.sink(),
                vm,
                SPEC.target(),
                SPEC.policy());
        planned.add(new Proposal.Planned(spec, "x", List.of(), "", null, null));
      }
    }
    return PlanState.Wave.of(new Proposal.Wave(new WaveId("p/1"), "x", planned), 1, maxInFlight);
  }

  private static PlanState.Wave ended(PlanState.Wave wave, VmKey vm) {
    var journeys = new HashMap<>(wave.journeys());
    journeys.put(
        vm.toString(),
        new PlanState.Journey(vm, Phase.COMMITTED, Checkpoint.COMMITTED, Result.COMMITTED, null));
    return wave.with(journeys);
  }

  @Test
  void vCentersShareEvenlyAndNoneGetsMoreThanItHas() {
    assertThat(FlightShares.of(wave(7, 10, 10))).isEqualTo(Map.of("vc0", 4, "vc1", 3));
    assertThat(FlightShares.of(wave(7, 1, 10))).isEqualTo(Map.of("vc0", 1, "vc1", 6));
    assertThat(FlightShares.of(wave(1, 3, 3))).isEqualTo(Map.of("vc0", 1, "vc1", 0));
    assertThat(FlightShares.of(wave(9, 2, 3))).isEqualTo(Map.of("vc0", 2, "vc1", 3));
    assertThat(FlightShares.of(wave(0, 3))).isEqualTo(Map.of("vc0", 1));
  }

  /** Each vCenter goes by the largest share that it was told, and the limit holds all the same. */
  @Test
  void howeverJourneysEndTheWaveNeverHasMoreInFlightAndEveryJourneyGetsItsTurn() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      int most = 1 + random.nextInt(8);
      int[] vms = random.ints(1 + random.nextInt(4), 1, 7).toArray();
      PlanState.Wave wave = wave(most, vms);
      var told = new TreeMap<>(FlightShares.of(wave));
      var pending = new TreeMap<String, List<VmKey>>();
      wave.specs()
          .forEach(spec ->
              pending.computeIfAbsent(spec.vm().vcenter(), _ -> new ArrayList<>()).add(spec.vm()));
      var flying = new ArrayList<VmKey>();
      do {
        pending.forEach((vcenter, waiting) -> {
          while (!waiting.isEmpty()
              && flying.stream().filter(vm -> vm.vcenter().equals(vcenter)).count()
                  < told.getOrDefault(vcenter, 0)) {
            flying.add(waiting.removeFirst());
          }
        });
        assertThat(flying).as("seed %d", seed).isNotEmpty().hasSizeLessThanOrEqualTo(most);
        PlanState.Wave next = ended(wave, flying.remove(random.nextInt(flying.size())));
        FlightShares.grown(wave, next)
            .forEach((vcenter, share) -> told.merge(vcenter, share, Math::max));
        wave = next;
      } while (!wave.live().isEmpty());
    }
  }
}
