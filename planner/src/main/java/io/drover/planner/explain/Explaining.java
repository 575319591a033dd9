// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.explain;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Resource;
import io.drover.planner.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Says of a job why it is where it is: what stands against its beginning any earlier. */
public final class Explaining {
  private Explaining() {}

  /**
   * What binds the cutover of a job, the strongest first; never empty.
   *
   * @param names what another job is called
   */
  public static List<String> of(
      Problem problem, Schedule schedule, int j, IntFunction<String> names) {
    Job job = problem.jobs().get(j);
    Unit unit = problem.units().get(job.unit());
    int start = schedule.cutover()[j];
    var why = new ArrayList<String>();
    Calendar calendar = problem.calendars().get(job.cutover().calendar());
    for (Calendar.Interval open : calendar.open()) {
      if (open.from() == start) {
        why.add("it begins as its window of '" + calendar.name() + "' opens");
      }
    }
    for (int before : unit.after()) {
      for (int i : problem.units().get(before).jobs()) {
        if (ends(problem, schedule, i) == start) {
          why.add("it comes after " + names.apply(i) + ", which ends then");
        }
      }
    }
    Activity copy = job.ahead();
    if (copy != null && schedule.ahead()[j] + copy.seconds() == start) {
      why.add("its copy ends then" + copyWhy(problem, schedule, j));
    }
    int last = lastBefore(problem, schedule, unit.stage());
    if (last >= 0 && waits(problem, schedule, j, ends(problem, schedule, last))) {
      why.add(
          "it waits for "
              + names.apply(last)
              + (ends(problem, schedule, last) == start
                  ? ", which ends then: "
                  : ", which ends when its earlier windows are over: ")
              + problem.order(
                  problem.units().get(problem.jobs().get(last).unit()).stage(), unit.stage()));
    }
    full(problem, schedule, j, job.cutover(), start)
        .forEach(name -> why.add(name + " is in full use just before"));
    if (why.isEmpty()) {
      why.add(
          unit.jobs().length > 1
              ? "it fits beside the other "
                  + (unit.jobs().length - 1)
                  + " of "
                  + unit.name()
                  + " in this window, and moving it alone would gain nothing"
              : "the earlier windows of '"
                  + calendar.name()
                  + "' are full for it, or it was moved where it is least in the way");
    }
    return why;
  }

  private static String copyWhy(Problem problem, Schedule schedule, int j) {
    Activity copy = problem.jobs().get(j).ahead();
    if (copy == null || schedule.ahead()[j] == 0) {
      return "";
    }
    List<String> full = full(problem, schedule, j, copy, schedule.ahead()[j]);
    return full.isEmpty() ? "" : ", and that waited for " + String.join(", ", full);
  }

  private static int ends(Problem problem, Schedule schedule, int j) {
    return schedule.cutover()[j] + problem.jobs().get(j).cutover().seconds();
  }

  /** Whether a job could begin earlier, windows and its copy aside, if it did not wait for that. */
  private static boolean waits(Problem problem, Schedule schedule, int j, int until) {
    Activity cutover = problem.jobs().get(j).cutover();
    Activity copy = problem.jobs().get(j).ahead();
    int copied = copy == null ? 0 : schedule.ahead()[j] + copy.seconds();
    Calendar calendar = problem.calendars().get(cutover.calendar());
    int end = schedule.cutover()[j] + cutover.seconds();
    return until == schedule.cutover()[j]
        || calendar.earliestEnd(until, cutover.seconds()) == end
            && calendar.earliestEnd(copied, cutover.seconds()) < end;
  }

  /** What ends last of all stages before; -1 if there is nothing. */
  private static int lastBefore(Problem problem, Schedule schedule, int stage) {
    int last = -1;
    for (int j = 0; j < problem.jobs().size(); j++) {
      if (problem.units().get(problem.jobs().get(j).unit()).stage() < stage
          && (last < 0 || ends(problem, schedule, j) > ends(problem, schedule, last))) {
        last = j;
      }
    }
    return last;
  }

  /** Resources that have too little left for the activity one second earlier. */
  private static List<String> full(
      Problem problem, Schedule schedule, int j, Activity activity, int start) {
    var full = new ArrayList<String>();
    for (int i = 0; i < activity.resource().length; i++) {
      int r = activity.resource()[i];
      Resource resource = problem.resources().get(r);
      int at = start + activity.offset()[i] - 1;
      if (at >= 0 && !resource.consumed()) {
        long used = used(problem, schedule, r, at, j);
        if (used + activity.amount()[i] > resource.capacity()) {
          full.add(resource.name());
        }
      }
    }
    return full;
  }

  private static long used(Problem problem, Schedule schedule, int r, int at, int without) {
    long used = 0;
    for (Resource.Block block : problem.resources().get(r).blocks()) {
      used += block.from() <= at && at < block.to() ? block.amount() : 0;
    }
    for (int j = 0; j < problem.jobs().size(); j++) {
      if (j != without) {
        Job job = problem.jobs().get(j);
        used += use(job.cutover(), schedule.cutover()[j], r, at);
        Activity copy = job.ahead();
        used += copy == null ? 0 : use(copy, schedule.ahead()[j], r, at);
      }
    }
    return used;
  }

  private static int use(Activity activity, int start, int r, int at) {
    for (int i = 0; i < activity.resource().length; i++) {
      int from = start + activity.offset()[i];
      if (activity.resource()[i] == r && from <= at && at < from + activity.length()[i]) {
        return activity.amount()[i];
      }
    }
    return 0;
  }
}
