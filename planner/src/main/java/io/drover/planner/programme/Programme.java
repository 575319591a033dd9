// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.assess.Assessment.Judged;
import io.drover.planner.assess.Mapping;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Stage;
import io.drover.planner.estate.Workload;
import io.drover.planner.forecast.Durations.Estimate;
import io.drover.planner.forecast.Rates;
import io.drover.planner.group.Grouping;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.Concern;
import io.drover.schemas.Inventory;
import io.drover.schemas.Way;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A plan: who moves when, who does not and why, how good it is. Every machine of the estate is
 * either in {@code machines} and in one wave, or in {@code left}.
 *
 * @param machines the scheduled ones; the index of a machine is the index of its job
 * @param grouping of the machines; the index of an atom is the index of its unit
 * @param bonds why a unit is one, per unit
 * @param notes what people should know of the plan as a whole
 */
public record Programme(
    Estate estate,
    Options options,
    List<Machine> machines,
    List<Left> left,
    Grouping grouping,
    Problem problem,
    Solver.Result solved,
    List<Wave> waves,
    List<String> notes) {
  public Programme {
    machines = List.copyOf(machines);
    left = List.copyOf(left);
    waves = List.copyOf(waves);
    notes = List.copyOf(notes);
  }

  /**
   * What a plan may do.
   *
   * @param seed makes the luck of grouping and search
   * @param steps search steps, 0 = by the size of the estate
   * @param waveSize machines a wave at most where windows do not cut it
   * @param chooseWay whether the suggested way is taken instead of the settings' one
   */
  public record Options(long seed, long steps, int waveSize, boolean chooseWay, Rates rates) {
    public static final Options DEFAULT = new Options(1, 0, 150, true, Rates.DEFAULT);
  }

  /** A machine that has its place. */
  public record Machine(
      Inventory.Vm vm,
      Workload workload,
      Mapping mapping,
      Judged judged,
      Way way,
      Estimate estimate) {}

  /**
   * A machine that has none.
   *
   * @param remedy what to do where {@code why} and the blockers do not say it
   */
  public record Left(Inventory.Vm vm, Workload workload, Judged judged, String why, String remedy) {
    Left(Inventory.Vm vm, Workload workload, Judged judged, String why) {
      this(vm, workload, judged, why, "");
    }

    /** Why, and what to do where the blockers do not say it. */
    public String told() {
      return remedy.isEmpty() ? why : why + " " + remedy;
    }

    /** What to do about the blockers, or about what keeps it out beside them. */
    public String toDo() {
      return Stream.concat(judged.blockers().stream().map(Concern::remedy), Stream.of(remedy))
          .filter(text -> !text.isEmpty())
          .distinct()
          .collect(Collectors.joining(" "));
    }
  }

  /**
   * Machines that cut over in one window, or one after the other where there are no windows.
   *
   * @param from second at which its first cutover begins
   * @param to second at which its last one has ended
   * @param copiesFrom second at which its first copy begins
   * @param machines indices
   * @param cutWeight affinity to machines of other waves, and 1 for each other wave that holds a
   *     part of what must be together
   */
  public record Wave(
      int number,
      String name,
      Stage stage,
      int from,
      int to,
      int copiesFrom,
      List<Integer> machines,
      double cutWeight) {
    public Wave {
      machines = List.copyOf(machines);
    }
  }

  /** Where a wave is among the waves: those of a plan of which some went are numbered on. */
  public int index(Wave wave) {
    return wave.number() - waves.getFirst().number();
  }

  /** Whether seconds count from whenever the plan is released, because it knows no windows. */
  public boolean undated() {
    return estate.start().equals(Instant.EPOCH);
  }

  /** Second at which a machine's cutover begins. */
  public int cutover(int machine) {
    return solved.schedule().cutover()[machine];
  }

  /** Second at which its copy begins: ahead of the cutover, or with it. */
  public int copy(int machine) {
    int ahead = solved.schedule().ahead()[machine];
    return ahead >= 0 ? ahead : cutover(machine);
  }

  /** Second at which its cutover has ended. */
  public int end(int machine) {
    return cutover(machine) + problem.jobs().get(machine).cutover().seconds();
  }
}
