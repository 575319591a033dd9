// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/** Plans again after something changed, and moves as few machines as it can. */
public final class Replanning {
  private Replanning() {}

  /**
   * What came out.
   *
   * @param moved machines of both programmes whose cutover is at another time, in words
   */
  public record Replanned(
      Programme programme, List<String> moved, List<String> added, List<String> gone) {}

  /** The programme of the changed estate that keeps what it can of {@code old}. */
  public static Replanned of(Programme old, Estate changed) {
    // A plain programme first: it says who is in it at all.
    Programme fresh =
        Planning.of(
            changed,
            new Programme.Options(
                old.options().seed(),
                1,
                old.options().waveSize(),
                old.options().chooseWay(),
                old.options().rates()),
            () -> false);
    var was = new HashMap<VmKey, Integer>();
    for (int i = 0; i < old.machines().size(); i++) {
      was.put(old.machines().get(i).vm().vm(), i);
    }
    Problem problem = fresh.problem();
    int[] ahead = new int[problem.jobs().size()];
    int[] cutover = new int[problem.jobs().size()];
    Arrays.fill(ahead, -1);
    Arrays.fill(cutover, -1);
    for (int j = 0; j < cutover.length; j++) {
      Integer before = was.get(fresh.machines().get(j).vm().vm());
      if (before != null) {
        ahead[j] = old.solved().schedule().ahead()[before];
        cutover[j] = old.cutover(before);
      }
    }
    Solver.Result kept = Solver.keeping(problem, new Schedule(ahead, cutover));
    Solver.Result solved = kept.schedule().unscheduled() == 0 ? kept : fresh.solved();
    var programme =
        new Programme(
            changed,
            old.options(),
            fresh.machines(),
            fresh.left(),
            fresh.grouping(),
            problem,
            solved,
            WaveCutting.cut(
                fresh.machines(),
                fresh.grouping(),
                problem,
                solved.schedule(),
                old.options().waveSize()),
            fresh.notes());
    return compared(old, programme);
  }

  /** What differs between two programmes. */
  public static Replanned compared(Programme old, Programme now) {
    var was = new HashMap<VmKey, Integer>();
    for (int i = 0; i < old.machines().size(); i++) {
      was.put(old.machines().get(i).vm().vm(), i);
    }
    var moved = new ArrayList<String>();
    var added = new ArrayList<String>();
    for (int j = 0; j < now.machines().size(); j++) {
      Machine machine = now.machines().get(j);
      Integer before = was.remove(machine.vm().vm());
      if (before == null) {
        added.add(machine.vm().name());
      } else if (old.cutover(before) != now.cutover(j)) {
        moved.add(
            machine.vm().name()
                + ": "
                + old.estate().start().plusSeconds(old.cutover(before))
                + " to "
                + now.estate().start().plusSeconds(now.cutover(j)));
      }
    }
    var gone = was.values().stream().sorted().map(i -> old.machines().get(i).vm().name()).toList();
    return new Replanned(now, moved, added, gone);
  }
}
