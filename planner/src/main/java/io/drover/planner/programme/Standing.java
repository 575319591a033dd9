// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.schedule.Bound;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import java.util.Map;

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
        (machines, problem) -> {
          Schedule schedule = Schedule.empty(machines.size());
          for (int j = 0; j < machines.size(); j++) {
            Place place = places.getOrDefault(machines.get(j).vm().vm(), new Place(0, 0));
            schedule.cutover()[j] = (int) place.cutover();
            schedule.ahead()[j] = problem.jobs().get(j).ahead() == null ? -1 : (int) place.copy();
          }
          return new Solver.Result(
              schedule,
              (int) outlook.makespanSeconds(),
              new Bound((int) outlook.boundSeconds(), outlook.boundBy(), ""),
              outlook.steps(),
              outlook.cut());
        });
  }
}
