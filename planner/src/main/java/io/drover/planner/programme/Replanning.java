// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
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
   * @param changes the same, for a proposal
   */
  public record Replanned(
      Programme programme,
      List<String> moved,
      List<String> added,
      List<String> gone,
      Proposal.Changes changes) {}

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
    long later = Duration.between(old.start(), changed.start()).toSeconds();
    var programme =
        Planning.of(
            changed,
            options,
            old.places().keySet(),
            (machines, problem) -> {
              Schedule kept = Solver.keeping(problem, wanted(old, later, machines, problem));
              return Solver.judged(problem, kept, 0, false);
            });
    return compared(old, programme);
  }

  /** Where the machines are to stay, -1 for those that have no place to stay in. */
  private static Schedule wanted(Places old, long later, List<Machine> machines, Problem problem) {
    Schedule wanted = Schedule.empty(machines.size());
    for (int j = 0; j < machines.size(); j++) {
      Place before = old.places().get(machines.get(j).vm().vm());
      // What should have happened already did not: it is placed anew.
      if (before != null && before.cutover() >= later) {
        wanted.cutover()[j] = (int) (before.cutover() - later);
        if (problem.jobs().get(j).ahead() != null) {
          wanted.ahead()[j] = (int) Math.max(0, before.copy() - later);
        }
      }
    }
    return wanted;
  }

  /** A plan that knows no windows begins whenever it is released: its times are durations. */
  private static String when(Instant start, Instant at) {
    return start.equals(Instant.EPOCH) ? Duration.between(start, at).toString() : at.toString();
  }

  /** What differs between an earlier plan and a programme. */
  public static Replanned compared(Places old, Programme now) {
    var was = new HashMap<>(old.places());
    var moved = new ArrayList<String>();
    var added = new ArrayList<String>();
    var movedVms = new ArrayList<Proposal.Moved>();
    var addedVms = new ArrayList<Proposal.Named>();
    long later = Duration.between(old.start(), now.estate().start()).toSeconds();
    for (int j = 0; j < now.machines().size(); j++) {
      Machine machine = now.machines().get(j);
      Place before = was.remove(machine.vm().vm());
      if (before == null) {
        added.add(machine.vm().name());
        addedVms.add(new Proposal.Named(machine.vm().vm(), machine.vm().name()));
        continue;
      }
      Instant from = old.start().plusSeconds(before.cutover());
      Instant to = now.estate().start().plusSeconds(now.cutover(j));
      if (!from.equals(to)) {
        moved.add(
            machine.vm().name()
                + ": "
                + when(old.start(), from)
                + " to "
                + when(now.estate().start(), to));
        movedVms.add(
            new Proposal.Moved(
                machine.vm().vm(), machine.vm().name(), before.cutover() - later, now.cutover(j)));
      }
    }
    var names = new HashMap<VmKey, String>();
    now.left().forEach(left -> names.put(left.vm().vm(), left.vm().name()));
    List<Proposal.Named> gone =
        was.keySet().stream()
            .map(vm -> new Proposal.Named(vm, names.getOrDefault(vm, vm.toString())))
            .sorted(Comparator.comparing(Proposal.Named::name))
            .toList();
    return new Replanned(
        now,
        moved,
        added,
        gone.stream().map(Proposal.Named::name).toList(),
        new Proposal.Changes(movedVms, addedVms, gone));
  }
}
