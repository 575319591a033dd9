// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.explain;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Resource;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import java.util.ArrayList;
import java.util.List;

/** Says why something has no place, with the smallest set of demands that exclude each other. */
public final class Why {
  private Why() {}

  /** A span of seconds for people, for example {@code 3 d 4 h} or {@code 12 min}. */
  public static String span(int seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return (seconds + 30) / 60 + " min";
    }
    if (seconds < 86_400) {
      int minutes = (seconds + 30) / 60;
      return minutes / 60 + " h" + (minutes % 60 == 0 ? "" : " " + minutes % 60 + " min");
    }
    int hours = (seconds + 1800) / 3600;
    return hours / 24 + " d" + (hours % 24 == 0 ? "" : " " + hours % 24 + " h");
  }

  /** So many of something for people, for example {@code 1 wave} or {@code 2 waves}. */
  public static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /** Why a unit could not go even alone, told to one of its jobs. */
  public static String impossible(Problem problem, int unit, int job) {
    Unit u = problem.units().get(unit);
    for (int j : u.jobs()) {
      String alone = single(problem, problem.jobs().get(j));
      if (!alone.isEmpty()) {
        String name = problem.jobs().get(j).name();
        return j == job
            ? alone
            : "It must move together with "
                + name
                + " ("
                + u.name()
                + "), and of that one: "
                + alone;
      }
    }
    for (int r = 0; r < problem.resources().size(); r++) {
      Resource resource = problem.resources().get(r);
      long taken = 0;
      for (int j : u.jobs()) {
        taken += uses(problem.jobs().get(j), r);
      }
      if (resource.consumed() && taken > resource.capacity()) {
        return "Together, the "
            + u.jobs().length
            + " machines of "
            + u.name()
            + " take "
            + resource.words(taken)
            + " of "
            + resource.bare()
            + ", but there are "
            + resource.words(resource.capacity())
            + ". Add some, or leave some of them out.";
      }
    }
    List<String> smallest = conflict(problem, unit);
    return "Together, the "
        + u.jobs().length
        + " machines of "
        + u.name()
        + " fit into no window: "
        + String.join("; ", smallest)
        + ". Allow the application to be split, lengthen a window, or raise a limit.";
  }

  /** What a job of a unit takes more of than there is, by name. */
  public static List<String> lacking(Problem problem, int unit) {
    var lacking = new ArrayList<String>();
    for (int r = 0; r < problem.resources().size(); r++) {
      Resource resource = problem.resources().get(r);
      for (int j : problem.units().get(unit).jobs()) {
        if (uses(problem.jobs().get(j), r) > resource.capacity()) {
          lacking.add(resource.name());
        }
      }
    }
    return lacking;
  }

  /** Why a job found no place among the others of a schedule. */
  public static String homeless(Problem problem, Schedule schedule, int job) {
    Job j = problem.jobs().get(job);
    Unit unit = problem.units().get(j.unit());
    for (int r = 0; r < problem.resources().size(); r++) {
      Resource resource = problem.resources().get(r);
      if (!resource.consumed()) {
        continue;
      }
      long needed = 0;
      for (int i : unit.jobs()) {
        needed += schedule.cutover()[i] < 0 ? uses(problem.jobs().get(i), r) : 0;
      }
      long used = 0;
      for (int i = 0; i < problem.jobs().size(); i++) {
        used += schedule.cutover()[i] >= 0 ? uses(problem.jobs().get(i), r) : 0;
      }
      if (needed > 0 && used + needed > resource.capacity()) {
        return "The "
            + resource.bare()
            + " is used up by what goes before: "
            + resource.words(resource.capacity() - used)
            + " of "
            + resource.words(resource.capacity())
            + " are left, and "
            + (unit.jobs().length == 1 ? "it takes " : unit.name() + " takes ")
            + resource.words(needed)
            + ". Add some, or leave something out.";
      }
    }
    if (unit.after().length > 0) {
      return "It comes after "
          + problem.units().get(unit.after()[0]).name()
          + ", and no window of its calendar is left after that.";
    }
    return "Every window of calendar "
        + problem.calendars().get(j.cutover().calendar()).name()
        + " is full before its turn. Add windows, or raise the limits that bind.";
  }

  private static int uses(Job job, int resource) {
    Activity copy = job.ahead();
    return job.cutover().amountOf(resource) + (copy == null ? 0 : copy.amountOf(resource));
  }

  private static String single(Problem problem, Job job) {
    Activity copy = job.ahead();
    for (Activity activity :
        copy == null ? new Activity[] {job.cutover()} : new Activity[] {job.cutover(), copy}) {
      for (int i = 0; i < activity.resource().length; i++) {
        Resource resource = problem.resources().get(activity.resource()[i]);
        if (activity.amount()[i] > resource.capacity()) {
          return "It takes "
              + resource.words(activity.amount()[i])
              + " of "
              + resource.bare()
              + ", but there are "
              + resource.words(resource.capacity())
              + ".";
        }
      }
      Calendar calendar = problem.calendars().get(activity.calendar());
      if (calendar.open().isEmpty()) {
        return "The calendar '"
            + calendar.name()
            + "' is never open: give it a window that lies ahead, or name another.";
      }
      if (calendar.longest() < activity.seconds()) {
        return (activity == job.cutover() ? "Its outage" : "Its copy")
            + " is forecast at "
            + span(activity.seconds())
            + ", but the longest window of calendar '"
            + calendar.name()
            + "' is "
            + span(calendar.longest())
            + ". Lengthen the window, move it warm, or speed up its copy.";
      }
    }
    return "";
  }

  /**
   * The smallest set of demands that exclude each other: drops one after the other and keeps those
   * without which the unit would fit (a deletion filter).
   */
  public static List<String> conflict(Problem problem, int unit) {
    var kinds = new ArrayList<Relaxation>();
    kinds.add(new Relaxation("they must cut over in one window", -1, true));
    Unit u = problem.units().get(unit);
    var resources = new java.util.TreeSet<Integer>();
    for (int j : u.jobs()) {
      Activity copy = problem.jobs().get(j).ahead();
      for (int r : problem.jobs().get(j).cutover().resource()) {
        resources.add(r);
      }
      for (int r : copy == null ? new int[0] : copy.resource()) {
        resources.add(r);
      }
    }
    for (int r : resources) {
      Resource resource = problem.resources().get(r);
      kinds.add(
          new Relaxation(
              "there are " + resource.words(resource.capacity()) + " of " + resource.bare(),
              r,
              false));
    }
    var needed = new ArrayList<>(kinds);
    for (Relaxation candidate : kinds) {
      needed.remove(candidate);
      if (fits(problem, unit, needed)) {
        needed.add(candidate);
      }
    }
    var words = new ArrayList<String>();
    needed.stream().map(Relaxation::words).forEach(words::add);
    words.add(
        "the longest window of '"
            + problem.calendars().get(problem.jobs().get(u.jobs()[0]).cutover().calendar()).name()
            + "' is "
            + span(
                problem
                    .calendars()
                    .get(problem.jobs().get(u.jobs()[0]).cutover().calendar())
                    .longest()));
    return words;
  }

  private record Relaxation(String words, int resource, boolean together) {}

  /** Whether the unit fits if only the demands given hold. */
  private static boolean fits(Problem problem, int unit, List<Relaxation> held) {
    var resources = new ArrayList<>(problem.resources());
    for (int r = 0; r < resources.size(); r++) {
      int index = r;
      if (held.stream().noneMatch(k -> k.resource() == index)) {
        Resource was = resources.get(r);
        resources.set(
            r, new Resource(was.name(), Integer.MAX_VALUE / 2, was.consumed(), List.of()));
      }
    }
    var units = new ArrayList<>(problem.units());
    Unit was = units.get(unit);
    boolean together = held.stream().anyMatch(Relaxation::together);
    units.set(
        unit,
        new Unit(
            was.name(),
            was.jobs(),
            was.stage(),
            was.after(),
            was.release(),
            was.deadline(),
            was.splittable() || !together));
    return Solver.fitsAlone(
        new Problem(resources, problem.calendars(), units, problem.jobs(), problem.steps()), unit);
  }
}
