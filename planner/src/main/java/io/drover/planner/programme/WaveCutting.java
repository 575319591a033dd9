// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Turn;
import io.drover.planner.group.Grouping;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.programme.Programme.Wave;
import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Calendar.Interval;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Schedule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Cuts a schedule into waves: what cuts over in one night of windows is one; where there are no
 * windows, units are taken in the order of their cutovers until a wave is full. A wave never mixes
 * stages, and splits a unit only where it is larger than a wave.
 */
public final class WaveCutting {
  /** A calendar that is open longer than this at a stretch cuts nothing. */
  private static final int NIGHT = 3 * 86_400;

  private WaveCutting() {}

  private record Slot(int stage, int window) {}

  static List<Wave> cut(
      List<Machine> machines, Grouping grouping, Problem problem, Schedule schedule, int waveSize) {
    Calendar nights = nights(problem);
    var bySlot =
        new TreeMap<Slot, List<List<Integer>>>(
            Comparator.comparingInt(Slot::stage).thenComparingInt(Slot::window));
    for (Problem.Unit unit : problem.units()) {
      if (unit.splittable()) {
        for (int j : unit.jobs()) {
          put(bySlot, unit, List.of(j), problem, schedule, nights);
        }
      } else if (unit.jobs().length > 0) {
        put(
            bySlot,
            unit,
            java.util.Arrays.stream(unit.jobs()).boxed().toList(),
            problem,
            schedule,
            nights);
      }
    }
    var groups = new ArrayList<List<Integer>>();
    bySlot.values().forEach(units -> groups.addAll(chunks(units, schedule, waveSize)));
    return waves(groups, machines, grouping, problem, schedule);
  }

  /** Nights: the windows of all calendars that have any, joined where they overlap. */
  private static Calendar nights(Problem problem) {
    var intervals = new ArrayList<Interval>();
    problem.calendars().stream()
        .flatMap(calendar -> calendar.whole().stream())
        .filter(interval -> interval.length() <= NIGHT)
        .forEach(intervals::add);
    return Calendar.of("nights", intervals);
  }

  private static void put(
      TreeMap<Slot, List<List<Integer>>> bySlot,
      Problem.Unit unit,
      List<Integer> jobs,
      Problem problem,
      Schedule schedule,
      Calendar nights) {
    int start = schedule.cutover()[jobs.getFirst()];
    Calendar calendar =
        problem.calendars().get(problem.jobs().get(jobs.getFirst()).cutover().calendar());
    boolean windowed =
        calendar.whole().stream()
            .anyMatch(i -> i.from() <= start && start < i.to() && i.length() <= NIGHT);
    int window = -1;
    for (int i = 0; windowed && i < nights.open().size(); i++) {
      if (nights.open().get(i).from() <= start) {
        window = i;
      }
    }
    bySlot.computeIfAbsent(new Slot(unit.stage(), window), s -> new ArrayList<>()).add(jobs);
  }

  private static List<List<Integer>> chunks(
      List<List<Integer>> units, Schedule schedule, int waveSize) {
    units.sort(
        Comparator.<List<Integer>>comparingInt(
                jobs -> jobs.stream().mapToInt(j -> schedule.cutover()[j]).min().orElse(0))
            .thenComparing(List::getFirst));
    var chunks = new ArrayList<List<Integer>>();
    for (List<Integer> unit : units) {
      if (chunks.isEmpty() || chunks.getLast().size() + unit.size() > waveSize) {
        chunks.add(new ArrayList<>());
      }
      // What is larger than a wave fills several: they still cut over in one window.
      for (int j : unit) {
        if (chunks.getLast().size() >= waveSize) {
          chunks.add(new ArrayList<>());
        }
        chunks.getLast().add(j);
      }
    }
    return chunks;
  }

  /** The waves that somebody wants: indices of machines, wave by wave. */
  public static List<Wave> waves(
      List<List<Integer>> groups,
      List<Machine> machines,
      Grouping grouping,
      Problem problem,
      Schedule schedule) {
    if (groups.isEmpty()) {
      // Of a plan that stands only the times are looked at.
      return List.of();
    }
    int[] waveOf = new int[machines.size()];
    for (int w = 0; w < groups.size(); w++) {
      for (int j : groups.get(w)) {
        waveOf[j] = w;
      }
    }
    double[] cut = new double[groups.size()];
    for (List<Integer> atom : grouping.atoms()) {
      // What must be together weighs as much as affinity can, for each other wave that it fills.
      List<Integer> filled = atom.stream().map(j -> waveOf[j]).distinct().toList();
      filled.forEach(w -> cut[w] += filled.size() - 1);
    }
    for (Grouping.Edge edge : grouping.edges()) {
      int a = waveOf[grouping.atoms().get(edge.a()).getFirst()];
      int b = waveOf[grouping.atoms().get(edge.b()).getFirst()];
      if (a != b) {
        cut[a] += edge.weight();
        cut[b] += edge.weight();
      }
    }
    var waves = new ArrayList<Wave>();
    for (int w = 0; w < groups.size(); w++) {
      var jobs = new ArrayList<>(groups.get(w));
      int from = Integer.MAX_VALUE;
      int to = 0;
      int copies = Integer.MAX_VALUE;
      var applications = new TreeSet<String>();
      for (int j : jobs) {
        int start = schedule.cutover()[j];
        from = Math.min(from, start);
        to = Math.max(to, start + problem.jobs().get(j).cutover().seconds());
        copies = Math.min(copies, schedule.ahead()[j] >= 0 ? schedule.ahead()[j] : start);
        applications.add(machines.get(j).workload().application());
      }
      jobs.sort(Comparator.<Integer>comparingInt(j -> schedule.cutover()[j]).thenComparing(j -> j));
      String name = String.join(", ", applications);
      List<Integer> atom = grouping.atoms().get(problem.jobs().get(jobs.getFirst()).unit());
      Turn turn = Turn.of(atom.stream().map(j -> machines.get(j).workload()).toList());
      waves.add(
          new Wave(
              w + 1,
              name.length() > 80 ? applications.size() + " applications" : name,
              turn.stage(),
              from,
              to,
              copies,
              jobs,
              cut[w]));
    }
    return waves;
  }
}
