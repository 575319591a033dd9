// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Says, job by job, what is wrong with a schedule that somebody made by hand. */
public final class Rules {
  private final Problem problem;
  private final Schedule schedule;
  private final List<Broken> broken = new ArrayList<>();

  /** A job and what it breaks, in words. */
  public record Broken(int job, String what) {}

  private Rules(Problem problem, Schedule schedule) {
    this.problem = problem;
    this.schedule = schedule;
  }

  /** Everything that is broken; empty if nothing is. */
  public static List<Broken> broken(Problem problem, Schedule schedule) {
    var rules = new Rules(problem, schedule);
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

  private void stages() {
    int[] last = new int[problem.stages()];
    for (int j = 0; j < problem.jobs().size(); j++) {
      int stage = problem.units().get(problem.jobs().get(j).unit()).stage();
      last[stage] = Math.max(last[stage], end(j));
    }
    for (int j = 0; j < problem.jobs().size(); j++) {
      int stage = problem.units().get(problem.jobs().get(j).unit()).stage();
      for (int s = 0; s < stage; s++) {
        if (schedule.cutover()[j] < last[s]) {
          broken.add(new Broken(j, "it begins before the stages before its own have ended"));
          break;
        }
      }
    }
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
