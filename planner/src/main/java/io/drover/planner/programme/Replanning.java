// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Plans again after something changed, and moves as few machines as it can. */
public final class Replanning {
  private Replanning() {}

  /**
   * What came out.
   *
   * @param moved machines of both plans whose cutover is at another time, in words
   * @param gone machines of the old one that are in no wave of this one
   */
  public record Replanned(
      Programme programme, List<String> moved, List<String> added, List<String> gone) {}

  /**
   * Where an earlier plan had its machines.
   *
   * @param start second 0 of it
   * @param places seconds of copy and cutover
   */
  public record Places(Instant start, Map<VmKey, Place> places) {
    public Places {
      places = Map.copyOf(places);
    }

    /** Those of a programme. */
    public static Places of(Programme programme) {
      var places = new HashMap<VmKey, Place>();
      for (int i = 0; i < programme.machines().size(); i++) {
        places.put(
            programme.machines().get(i).vm().vm(),
            new Place(programme.copy(i), programme.cutover(i)));
      }
      return new Places(programme.estate().start(), places);
    }
  }

  /** The programme of the changed estate that keeps what it can of where {@code old} has them. */
  public static Replanned of(Places old, Estate changed, Programme.Options options) {
    // A plain programme first: it says who is in it at all.
    Programme fresh =
        Planning.of(
            changed,
            new Programme.Options(
                options.seed(), 1, options.waveSize(), options.chooseWay(), options.rates()),
            () -> false);
    Problem problem = fresh.problem();
    int[] ahead = new int[problem.jobs().size()];
    int[] cutover = new int[problem.jobs().size()];
    Arrays.fill(ahead, -1);
    Arrays.fill(cutover, -1);
    long later = Duration.between(old.start(), changed.start()).toSeconds();
    for (int j = 0; j < cutover.length; j++) {
      Place before = old.places().get(fresh.machines().get(j).vm().vm());
      // What should have happened already did not: it is placed anew.
      if (before != null && before.cutover() >= later) {
        cutover[j] = (int) (before.cutover() - later);
        if (problem.jobs().get(j).ahead() != null) {
          ahead[j] = (int) Math.max(0, before.copy() - later);
        }
      }
    }
    Solver.Result kept = Solver.keeping(problem, new Schedule(ahead, cutover));
    Solver.Result solved = kept.schedule().unscheduled() == 0 ? kept : fresh.solved();
    var programme =
        new Programme(
            changed,
            options,
            fresh.machines(),
            fresh.left(),
            fresh.grouping(),
            problem,
            solved,
            WaveCutting.cut(
                fresh.machines(), fresh.grouping(), problem, solved.schedule(), options.waveSize()),
            fresh.notes());
    return compared(old, programme);
  }

  /** What differs between an earlier plan and a programme. */
  public static Replanned compared(Places old, Programme now) {
    var was = new HashMap<>(old.places());
    var moved = new ArrayList<String>();
    var added = new ArrayList<String>();
    for (int j = 0; j < now.machines().size(); j++) {
      Machine machine = now.machines().get(j);
      Place before = was.remove(machine.vm().vm());
      if (before == null) {
        added.add(machine.vm().name());
        continue;
      }
      Instant from = old.start().plusSeconds(before.cutover());
      Instant to = now.estate().start().plusSeconds(now.cutover(j));
      if (!from.equals(to)) {
        moved.add(machine.vm().name() + ": " + from + " to " + to);
      }
    }
    var names = new HashMap<VmKey, String>();
    now.left().forEach(left -> names.put(left.vm().vm(), left.vm().name()));
    var gone = was.keySet().stream().map(vm -> names.getOrDefault(vm, vm.toString())).sorted();
    return new Replanned(now, moved, added, gone.toList());
  }
}
