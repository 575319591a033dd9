// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.TargetRoom;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Options;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** What holds of every plan: constraints, bound, conservation, determinism. */
class ScheduleProperties {
  @Property(tries = 120)
  void noConstraintIsEverViolatedAndNothingBeatsTheBound(
      @ForAll @LongRange(max = 1_000_000) long seed,
      @ForAll @IntRange(min = 1, max = 60) int jobs) {
    Problem problem = Instances.random(seed, jobs, 30, seed % 3 != 0);

    var solved = Solver.solve(problem, new Solver.Settings(seed, 6_000, 2), () -> false);

    assertThat(Checker.check(problem, solved.schedule())).isEmpty();
    assertThat(solved.schedule().unscheduled()).isZero();
    assertThat(Checker.bound(problem, solved)).isEmpty();
  }

  @Property(tries = 60)
  void theBoundIsNeverAboveTheOptimum(
      @ForAll @LongRange(max = 1_000_000) long seed,
      @ForAll @IntRange(min = 1, max = 5) int atoms) {
    Problem problem = Instances.atoms(seed, atoms, 6, seed % 3 != 0);

    var solved = Solver.solve(problem, new Solver.Settings(seed, 4_000, 5), () -> false);

    int optimum = Math.min(solved.makespan(), Exhaustive.best(problem, solved.makespan()));
    assertThat(Checker.check(problem, solved.schedule())).isEmpty();
    assertThat(solved.bound().seconds()).isLessThanOrEqualTo(optimum);
  }

  @Property(tries = 15)
  void everyMachineIsPlannedOrLeftAndEveryLimitIsKept(
      @ForAll @LongRange(max = 1_000_000) long seed,
      @ForAll @IntRange(min = 1, max = 150) int size) {
    Estate plain = SyntheticEstate.of(size, seed);
    Estate estate = seed % 2 == 0 ? plain : plain.at(plain.site().with(tooLittle(plain)));
    var options = new Options(seed, 500, 50, true, Options.DEFAULT.rates());

    Programme programme = Planning.of(estate, options, () -> false);

    var seen = new ArrayList<VmKey>();
    programme.machines().forEach(m -> seen.add(m.vm().vm()));
    programme.left().forEach(l -> seen.add(l.vm().vm()));
    assertThat(seen)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(estate.vms().stream().map(Inventory.Vm::vm).toList());
    assertThat(programme.left()).allMatch(l -> !l.why().isBlank());
    assertThat(programme.waves().stream().mapToInt(w -> w.machines().size()).sum())
        .isEqualTo(programme.machines().size());
    assertThat(Checker.check(programme.problem(), programme.solved().schedule())).isEmpty();
    assertThat(Checker.bound(programme.problem(), programme.solved())).isEmpty();
    assertThat(EstateChecker.check(programme)).isEmpty();
  }

  /** A Ceph and a quota that take about two thirds of the disks. */
  private static TargetRoom tooLittle(Estate estate) {
    long claims = estate.vms().stream().mapToLong(vm -> vm.disks().size()).sum();
    long mib = estate.vms().stream().mapToLong(Inventory.Vm::capacityBytes).sum() >> 20;
    return new TargetRoom(
        estate.site().memoryGiB(),
        List.of(
            new Pool("ceph", "", Map.of("rbd", 3.0, "", 3.0), Pool.Taken.HELD, mib),
            new Pool("claims", "", Map.of(), Pool.Taken.CLAIMS, claims * 2 / 3)),
        List.of());
  }

  @Property(tries = 5)
  void theSameSeedGivesTheSameProgramme(@ForAll @LongRange(max = 1_000_000) long seed) {
    Estate estate = SyntheticEstate.of(80, seed);
    var options = new Options(seed, 500, 50, true, Options.DEFAULT.rates());

    Programme once = Planning.of(estate, options, () -> false);

    Programme again = Planning.of(estate, options, () -> false);
    assertThat(again.waves()).isEqualTo(once.waves());
    assertThat(again.solved().schedule().cutover()).isEqualTo(once.solved().schedule().cutover());
  }
}
