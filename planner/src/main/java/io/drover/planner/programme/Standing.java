// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Bound;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.Inventory;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The programme behind a plan that stands: machines are where it has them, none is moved. */
public final class Standing {
  private Standing() {}

  /**
   * The programme of an estate in which every machine has a place; what the estate as it is now
   * keeps from going is left out, and says why.
   *
   * @param outlook what was found when the plan was made
   */
  public static Programme of(
      Estate estate,
      Programme.Options options,
      Map<VmKey, Place> places,
      Proposal.Outlook outlook) {
    return Planning.of(
        estate,
        options,
        all(estate),
        (machines, problem) ->
            new Solver.Result(
                schedule(machines, problem, places::get),
                (int) outlook.makespanSeconds(),
                new Bound((int) outlook.boundSeconds(), outlook.boundBy(), ""),
                outlook.steps(),
                outlook.cut()));
  }

  /**
   * The same, judged anew.
   *
   * @param places of machines; what has none is at the begin of the plan
   */
  public static Programme of(
      Estate estate, Programme.Options options, Function<VmKey, @Nullable Place> places) {
    return Planning.of(
        estate,
        options,
        all(estate),
        (machines, problem) ->
            Solver.judged(problem, schedule(machines, problem, places), 0, false));
  }

  private static Set<VmKey> all(Estate estate) {
    return estate.vms().stream().map(Inventory.Vm::vm).collect(Collectors.toSet());
  }

  private static Schedule schedule(
      List<Machine> machines, Problem problem, Function<VmKey, @Nullable Place> places) {
    Schedule schedule = Schedule.empty(machines.size());
    for (int j = 0; j < machines.size(); j++) {
      Place known = places.apply(machines.get(j).vm().vm());
      Place place = known == null ? new Place(0, 0) : known;
      schedule.cutover()[j] = (int) place.cutover();
      schedule.ahead()[j] = problem.jobs().get(j).ahead() == null ? -1 : (int) place.copy();
    }
    return schedule;
  }
}
