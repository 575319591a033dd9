// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntFunction;

/** Says, job by job, what is wrong with a schedule that somebody made by hand. */
public final class Rules {
  private final Problem problem;
  private final Schedule schedule;
  private final IntFunction<String> time;
  private final List<Broken> broken = new ArrayList<>();

  /** A job and what it breaks, in words. */
  public record Broken(int job, String what) {}

  private Rules(Problem problem, Schedule schedule, IntFunction<String> time) {
    this.problem = problem;
    this.schedule = schedule;
    this.time = time;
  }

  /**
   * Everything that is broken; empty if nothing is.
   *
   * @param time a second of the plan as people write it
   */
  public static List<Broken> broken(Problem problem, Schedule schedule, IntFunction<String> time) {
    var rules = new Rules(problem, schedule, time);
    for (int j = 0; j < problem.jobs().size(); j++) {
      rules.calendar(j);
    }
    for (Unit unit : problem.units()) {
      rules.unit(unit);
    }
    rules.stages();
    rules.resources();
    return rules.broken;
  }

  private void calendar(int j) {
    Job job = problem.jobs().get(j);
    int start = schedule.cutover()[j];
    Calendar calendar = problem.calendars().get(job.cutover().calendar()).asItIs();
    if (calendar.earliestEnd(start, job.cutover().seconds()) != start + job.cutover().seconds()) {
      broken.add(
          new Broken(j, "its cutover is not whole within a window of '" + calendar.name() + "'"));
    }
    Activity copy = job.ahead();
    if (copy != null && schedule.ahead()[j] + copy.seconds() > start) {
      broken.add(new Broken(j, "its copy has not ended when its cutover begins"));
    }
  }

  private int end(int j) {
    return schedule.cutover()[j] + problem.jobs().get(j).cutover().seconds();
  }

  private void unit(Unit unit) {
    int window = -1;
    for (int j : unit.jobs()) {
      int start = schedule.cutover()[j];
      Calendar calendar = problem.calendars().get(problem.jobs().get(j).cutover().calendar());
      int mine = calendar.asItIs().indexAt(start);
      if (window >= 0 && mine != window && !unit.splittable()) {
        broken.add(
            new Broken(
                j,
                "it is in another window than "
                    + problem.jobs().get(unit.jobs()[0]).name()
                    + ", but "
                    + unit.name()
                    + " stays together"));
      }
      window = window < 0 ? mine : window;
      for (int before : unit.after()) {
        for (int i : problem.units().get(before).jobs()) {
          if (end(i) > start) {
            broken.add(
                new Broken(
                    j,
                    "it begins before "
                        + problem.jobs().get(i).name()
                        + " has ended, which it comes after"));
          }
        }
      }
    }
  }

  /**
   * Most often one was moved that now stands in the way of many, or before many: that one is told,
   * not each of the many.
   */
  private void stages() {
    int stages = problem.stages();
    int[] last = new int[stages];
    int[] first = new int[stages];
    java.util.Arrays.fill(last, -1);
    java.util.Arrays.fill(first, -1);
    for (int j = 0; j < problem.jobs().size(); j++) {
      int stage = stageOf(j);
      last[stage] = last[stage] < 0 || end(j) > end(last[stage]) ? j : last[stage];
      first[stage] =
          first[stage] < 0 || schedule.cutover()[j] < schedule.cutover()[first[stage]]
              ? j
              : first[stage];
    }
    // Of all stages before and of all stages after.
    for (int s = 1; s < stages; s++) {
      last[s] =
          last[s] < 0 || last[s - 1] >= 0 && end(last[s - 1]) > end(last[s])
              ? last[s - 1]
              : last[s];
    }
    for (int s = stages - 2; s >= 0; s--) {
      first[s] =
          first[s] < 0
                  || first[s + 1] >= 0
                      && schedule.cutover()[first[s + 1]] < schedule.cutover()[first[s]]
              ? first[s + 1]
              : first[s];
    }
    var early = new TreeSet<Integer>();
    var late = new TreeSet<Integer>();
    for (int j = 0; j < problem.jobs().size(); j++) {
      int stage = stageOf(j);
      if (stage > 0 && last[stage - 1] >= 0 && schedule.cutover()[j] < end(last[stage - 1])) {
        early.add(j);
      }
      if (stage + 1 < stages
          && first[stage + 1] >= 0
          && end(j) > schedule.cutover()[first[stage + 1]]) {
        late.add(j);
      }
    }
    if (late.size() < early.size()) {
      late.forEach(j -> late(j, first[stageOf(j) + 1], early));
    } else {
      early.forEach(j -> early(j, last[stageOf(j) - 1]));
    }
  }

  private void early(int j, int last) {
    broken.add(
        new Broken(
            j,
            "it begins at "
                + time.apply(schedule.cutover()[j])
                + ", but "
                + problem.jobs().get(last).name()
                + " ends only at "
                + time.apply(end(last))
                + ", and "
                + problem.order(stageOf(last), stageOf(j))));
  }

  private void late(int j, int first, TreeSet<Integer> early) {
    long others =
        early.stream()
            .filter(i -> stageOf(i) > stageOf(j) && schedule.cutover()[i] < end(j))
            .count();
    broken.add(
        new Broken(
            j,
            "it ends only at "
                + time.apply(end(j))
                + ", but "
                + problem.jobs().get(first).name()
                + (others > 1 ? ", the first of " + others + " that come after it," : "")
                + " begins at "
                + time.apply(schedule.cutover()[first])
                + ", and "
                + problem.order(stageOf(j), stageOf(first))));
  }

  private int stageOf(int j) {
    return problem.units().get(problem.jobs().get(j).unit()).stage();
  }

  private record Event(int at, int amount, int job) {}

  private void resources() {
    for (int r = 0; r < problem.resources().size(); r++) {
      Resource resource = problem.resources().get(r);
      var events = new ArrayList<Event>();
      for (Resource.Block block : resource.blocks()) {
        events.add(new Event(block.from(), block.amount(), -1));
        events.add(new Event(block.to(), -block.amount(), -1));
      }
      for (int j = 0; j < problem.jobs().size(); j++) {
        Job job = problem.jobs().get(j);
        events(events, resource, r, job.cutover(), schedule.cutover()[j], j);
        Activity copy = job.ahead();
        if (copy != null) {
          events(events, resource, r, copy, schedule.ahead()[j], j);
        }
      }
      events.sort(Comparator.comparingInt(Event::at).thenComparingInt(Event::amount));
      long used = 0;
      for (Event event : events) {
        used += event.amount();
        if (used > resource.capacity() && event.amount() > 0 && event.job() >= 0) {
          broken.add(
              new Broken(
                  event.job(),
                  "with it there are "
                      + used
                      + " of "
                      + resource.name()
                      + " in use, but there are "
                      + resource.capacity()));
          break;
        }
      }
    }
  }

  private static void events(
      List<Event> events, Resource resource, int r, Activity activity, int start, int job) {
    for (int i = 0; i < activity.resource().length; i++) {
      if (activity.resource()[i] == r) {
        int from = start + activity.offset()[i];
        events.add(new Event(from, activity.amount()[i], job));
        if (!resource.consumed()) {
          events.add(new Event(from + activity.length()[i], -activity.amount()[i], job));
        }
      }
    }
  }
}
