// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Assessment;
import io.drover.planner.assess.Mapping;
import io.drover.planner.assess.Target;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.forecast.Rates;
import io.drover.planner.programme.Place;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Left;
import io.drover.planner.programme.Programme.Wave;
import io.drover.planner.programme.Standing;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A plan of a running Drover with all that reports show of it: facts hold what was decided, the
 * rest follows from them, the request and the inventory. Times, bounds and forecasts are those of
 * the proposal; complexity, sizes and what binds each VM are worked out anew. Pure.
 *
 * @param forecast null where the proposal has none
 */
public record LivePlan(Programme programme, @Nullable Forecast forecast) {
  /**
   * The plan as it stands.
   *
   * @throws IllegalArgumentException if the proposal is of a version that noted no times
   */
  public static LivePlan of(PlanRequest request, Proposal proposal, InventoryView.Snapshot seen) {
    Proposal.Outlook outlook = proposal.outlook();
    if (outlook == null) {
      throw new IllegalArgumentException(
          "This proposal is of a version of Drover that noted no times: plan again to see more.");
    }
    var vms = new ArrayList<Inventory.Vm>();
    var places = new HashMap<VmKey, Place>();
    var timings = new HashMap<VmKey, Proposal.Timing>();
    for (Proposal.Wave wave : proposal.waves()) {
      for (Proposal.Planned planned : wave.vms()) {
        Proposal.Timing timing = planned.timing();
        if (timing != null) {
          vms.add(planned.spec().source());
          timings.put(planned.spec().vm(), timing);
          places.put(planned.spec().vm(), new Place(timing.copySeconds(), timing.cutoverSeconds()));
        }
      }
    }
    Rates rates = outlook.pace() == null ? Rates.DEFAULT : Rates.of(outlook.pace());
    Estate now = WavePlan.estate(request, vms, Set.of(), seen);
    Estate estate = now.at(now.site().roomy());
    Programme bare = Standing.of(estate, WavePlan.options(request, rates), places, outlook);
    List<Wave> waves = waves(bare, proposal, outlook);
    var left = new ArrayList<>(bare.left());
    left.addAll(left(estate, proposal, seen));
    var programme =
        new Programme(
            estate,
            bare.options(),
            bare.machines(),
            left,
            bare.grouping(),
            bare.problem(),
            bare.solved(),
            waves,
            proposal.notes());
    return new LivePlan(programme, forecast(programme, outlook, timings));
  }

  /** The waves as the proposal has them, without those whose VMs cannot go any more. */
  private static List<Wave> waves(Programme bare, Proposal proposal, Proposal.Outlook outlook) {
    var index = new HashMap<VmKey, Integer>();
    for (int m = 0; m < bare.machines().size(); m++) {
      index.put(bare.machines().get(m).vm().vm(), m);
    }
    var foretold =
        outlook.waves().stream()
            .collect(Collectors.toMap(Proposal.WaveOutlook::wave, wave -> wave, (a, b) -> a));
    var waves = new ArrayList<Wave>();
    for (Proposal.Wave wave : proposal.waves()) {
      List<Integer> machines =
          wave.vms().stream()
              .map(planned -> index.getOrDefault(planned.spec().vm(), -1))
              .filter(m -> m >= 0)
              .toList();
      Proposal.WaveOutlook of = foretold.get(wave.id());
      if (!machines.isEmpty() && of != null) {
        waves.add(
            new Wave(
                wave.id().number(),
                wave.name(),
                machines.stream()
                    .map(m -> bare.machines().get(m).workload().stage())
                    .max(Comparable::compareTo)
                    .orElseThrow(),
                (int) of.fromSeconds(),
                (int) of.toSeconds(),
                machines.stream().mapToInt(bare::copy).min().orElse(0),
                machines,
                of.cutWeight()));
      }
    }
    return waves;
  }

  private static List<Left> left(Estate estate, Proposal proposal, InventoryView.Snapshot seen) {
    var known = new HashMap<EntityKey, Inventory>();
    seen.entities().forEach(entity -> known.put(entity.key(), entity));
    var assessment = new Assessment(Target.of(estate.target()));
    var left = new ArrayList<Left>();
    for (Proposal.Left one : proposal.left()) {
      if (known.get(EntityKey.ofVm(one.vm())) instanceof Inventory.Vm vm) {
        Long used = vm.usedBytes();
        Usage usage = used == null ? Usage.UNKNOWN : new Usage(used, 0, 0, 0);
        var judged =
            assessment.judge(vm, usage, Mapping.of(vm, estate.settings()), estate.settings());
        left.add(new Left(vm, estate.workload(vm), judged, one.why(), ""));
      }
    }
    return left;
  }

  private static @Nullable Forecast forecast(
      Programme programme, Proposal.Outlook outlook, Map<VmKey, Proposal.Timing> timings) {
    if (programme.waves().isEmpty()) {
      return null;
    }
    var foretold =
        outlook.waves().stream()
            .collect(Collectors.toMap(w -> w.wave().number(), w -> w, (a, b) -> a));
    int size = programme.index(programme.waves().getLast()) + 1;
    int[][] end = new int[size][2];
    double[] missed = new double[size];
    for (Wave wave : programme.waves()) {
      Proposal.WaveOutlook of = foretold.get(wave.number());
      if (of != null) {
        end[programme.index(wave)] = new int[] {(int) of.p50Seconds(), (int) of.p95Seconds()};
        missed[programme.index(wave)] = of.missed();
      }
    }
    int[][] outage =
        programme.machines().stream()
            .map(machine -> timings.get(machine.vm().vm()))
            .map(t ->
                t == null
                    ? new int[2]
                    : new int[] {(int) t.outageSeconds(), (int) t.outageP95Seconds()})
            .toArray(int[][]::new);
    return new Forecast(end, missed, outage, WavePlan.SAMPLES);
  }

  /**
   * The estate that a plan would be made of now, and how it would be made: for questions of what
   * would be if.
   *
   * @param taken VMs that went already
   */
  public record Question(Estate estate, Programme.Options options) {
    public static Question of(PlanRequest request, Set<VmKey> taken, InventoryView.Snapshot seen) {
      List<Inventory.Vm> scope =
          Scope.of(request, seen).stream().filter(vm -> !taken.contains(vm.vm())).toList();
      return new Question(
          WavePlan.estate(request, scope, taken, seen),
          WavePlan.options(request, WavePlan.rates(seen, new ArrayList<>())));
    }

    /** The plan of this estate, or of another one, made in the same way. */
    public Programme answer(Estate other, BooleanSupplier stop) {
      return Planning.of(other, options, stop);
    }
  }
}
