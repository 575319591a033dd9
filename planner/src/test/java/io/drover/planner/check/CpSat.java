// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import com.google.ortools.Loader;
import com.google.ortools.sat.BoolVar;
import com.google.ortools.sat.CpModel;
import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.CpSolverStatus;
import com.google.ortools.sat.CumulativeConstraint;
import com.google.ortools.sat.IntVar;
import com.google.ortools.sat.IntervalVar;
import com.google.ortools.sat.LinearExpr;
import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Resource;
import java.util.ArrayList;
import java.util.List;

/** The second opinion: the same problem as a model of OR-tools' CP-SAT. */
public final class CpSat {
  /**
   * What it found.
   *
   * @param makespan of its best schedule, -1 if it found none
   * @param bound what it proved
   * @param optimal whether they meet
   */
  public record Answer(int makespan, long bound, boolean optimal, double seconds) {}

  private CpSat() {}

  /** Whether its native library is here; it is not on every platform. */
  public static boolean available() {
    try {
      Loader.loadNativeLibraries();
      return true;
    } catch (RuntimeException | LinkageError e) {
      return false;
    }
  }

  /** Solves within {@code seconds}, on one thread, so that it is repeatable. */
  public static Answer solve(Problem problem, int horizon, double seconds) {
    Loader.loadNativeLibraries();
    var model = new CpModel();
    int jobs = problem.jobs().size();
    IntVar[] start = new IntVar[jobs];
    IntVar[] ahead = new IntVar[jobs];
    var uses = new ArrayList<List<Object[]>>();
    problem.resources().forEach(r -> uses.add(new ArrayList<>()));
    IntVar makespan = model.newIntVar(0, horizon, "end");
    for (int j = 0; j < jobs; j++) {
      Job job = problem.jobs().get(j);
      start[j] = activity(model, job.cutover(), horizon, uses, problem);
      model.addGreaterOrEqual(
          makespan, LinearExpr.newBuilder().add(start[j]).add(job.cutover().seconds()));
      Activity copy = job.ahead();
      if (copy != null) {
        ahead[j] = activity(model, copy, horizon, uses, problem);
        windows(
            model,
            List.of(ahead[j]),
            List.of(copy),
            problem.calendars().get(copy.calendar()),
            horizon);
        model.addGreaterOrEqual(
            start[j], LinearExpr.newBuilder().add(ahead[j]).add(copy.seconds()));
      }
    }
    IntVar[] stageEnd = new IntVar[problem.stages()];
    for (int s = 0; s < stageEnd.length; s++) {
      stageEnd[s] = model.newIntVar(0, horizon, "stage" + s);
    }
    for (Unit unit : problem.units()) {
      unit(model, problem, unit, start, stageEnd, horizon);
    }
    for (int r = 0; r < uses.size(); r++) {
      Resource resource = problem.resources().get(r);
      CumulativeConstraint all = model.addCumulative(resource.capacity());
      for (Object[] use : uses.get(r)) {
        all.addDemand((IntervalVar) use[0], (long) (int) use[1]);
      }
    }
    model.minimize(makespan);
    var solver = new CpSolver();
    solver.getParameters().setMaxTimeInSeconds(seconds).setNumWorkers(1).setRandomSeed(1);
    CpSolverStatus status = solver.solve(model);
    boolean found = status == CpSolverStatus.OPTIMAL || status == CpSolverStatus.FEASIBLE;
    return new Answer(
        found ? (int) solver.value(makespan) : -1,
        (long) solver.bestObjectiveBound(),
        status == CpSolverStatus.OPTIMAL,
        solver.wallTime());
  }

  private static void unit(
      CpModel model, Problem problem, Unit unit, IntVar[] start, IntVar[] stageEnd, int horizon) {
    var starts = new ArrayList<IntVar>();
    var activities = new ArrayList<Activity>();
    for (int j : unit.jobs()) {
      Activity cutover = problem.jobs().get(j).cutover();
      starts.add(start[j]);
      activities.add(cutover);
      model.addGreaterOrEqual(start[j], unit.release());
      model.addGreaterOrEqual(
          stageEnd[unit.stage()], LinearExpr.newBuilder().add(start[j]).add(cutover.seconds()));
      for (int s = 0; s < unit.stage(); s++) {
        model.addGreaterOrEqual(start[j], stageEnd[s]);
      }
      for (int before : unit.after()) {
        for (int i : problem.units().get(before).jobs()) {
          model.addGreaterOrEqual(
              start[j],
              LinearExpr.newBuilder().add(start[i]).add(problem.jobs().get(i).cutover().seconds()));
        }
      }
    }
    if (starts.isEmpty()) {
      return;
    }
    Calendar calendar = problem.calendars().get(activities.getFirst().calendar());
    if (unit.splittable()) {
      for (int i = 0; i < starts.size(); i++) {
        windows(model, List.of(starts.get(i)), List.of(activities.get(i)), calendar, horizon);
      }
    } else {
      windows(model, starts, activities, calendar, horizon);
    }
  }

  /** All of them in one open interval. */
  private static void windows(
      CpModel model,
      List<IntVar> starts,
      List<Activity> activities,
      Calendar calendar,
      int horizon) {
    var chosen = new ArrayList<BoolVar>();
    for (Calendar.Interval window : calendar.open()) {
      if (window.from() >= horizon) {
        break;
      }
      BoolVar here = model.newBoolVar("w");
      chosen.add(here);
      for (int i = 0; i < starts.size(); i++) {
        model.addGreaterOrEqual(starts.get(i), window.from()).onlyEnforceIf(here);
        model
            .addLessOrEqual(
                starts.get(i), Math.min(horizon, window.to()) - activities.get(i).seconds())
            .onlyEnforceIf(here);
      }
    }
    model.addExactlyOne(chosen.toArray(BoolVar[]::new));
  }

  private static IntVar activity(
      CpModel model, Activity activity, int horizon, List<List<Object[]>> uses, Problem problem) {
    IntVar start = model.newIntVar(0, Math.max(0, horizon - activity.seconds()), "s");
    for (int i = 0; i < activity.resource().length; i++) {
      int r = activity.resource()[i];
      if (problem.resources().get(r).consumed()) {
        throw new IllegalArgumentException("This model knows no consumed resources");
      }
      IntervalVar interval =
          model.newFixedSizeIntervalVar(
              LinearExpr.newBuilder().add(start).add(activity.offset()[i]).build(),
              activity.length()[i],
              "i");
      uses.get(r).add(new Object[] {interval, activity.amount()[i]});
    }
    return start;
  }
}
