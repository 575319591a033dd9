// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Says whether a stage can be over by a second, as far as work and windows tell: if it is, each
 * cutover lies in a window that ends by then, each copy ends before its cutover begins, and all
 * that comes before, other stages with it, ended earlier still. So everything has a second by which
 * it is due, and of what is due by a second there may be no more work than a resource can have done
 * by then. What must wait for its Saturday is seen here, where the work of all together is not
 * enough to say so.
 */
final class DueWork {
  private final Problem problem;
  private final int stage;
  private final int release;

  /** Per stage, its units, what must come before before what comes after it. */
  private final List<List<Integer>> units = new ArrayList<>();

  /** Per unit, the second by which all of it is due. */
  private final int[] unitDue;

  private final int[] copyDue;
  private final int[] cutoverDue;
  private final List<Queue> queues = new ArrayList<>();

  /** What stood against the last second that was too early; empty if windows alone did. */
  private String binds = "";

  /**
   * What takes of one resource in the open time of some calendars, from a second on.
   *
   * @param from second before which none of it begins
   * @param job per take, the job, or its complement where it is of the copy
   * @param tail per take, the seconds of its activity after it
   * @param work per take, amount times seconds
   * @param order room to sort the takes by when they are due
   */
  @SuppressWarnings("ArrayRecordComponent") // read in the innermost loops
  private record Queue(
      Resource resource,
      Calendar open,
      int from,
      int[] job,
      int[] tail,
      long[] work,
      long[] order) {}

  /** A take, until there is a queue of them. */
  private record Take(int job, int tail, long work, int calendar) {}

  /**
   * Everything up to a stage.
   *
   * @param release second before which no cutover of the stage begins
   * @param known second before which it is known not to be over: what is far less busy than that
   *     says is not looked at
   */
  DueWork(Problem problem, int stage, int release, int known) {
    this.problem = problem;
    this.stage = stage;
    this.release = release;
    this.unitDue = new int[problem.units().size()];
    this.copyDue = new int[problem.jobs().size()];
    this.cutoverDue = new int[copyDue.length];
    for (int s = 0; s <= stage; s++) {
      var ordered = new ArrayList<>(Arrays.stream(Solver.unitsOf(problem, s)).boxed().toList());
      Orders.predecessorsFirst(problem, ordered);
      units.add(ordered);
    }
    var takes = new ArrayList<List<Take>>();
    problem.resources().forEach(r -> takes.add(new ArrayList<>()));
    for (int j = 0; j < copyDue.length; j++) {
      Job job = problem.jobs().get(j);
      if (problem.units().get(job.unit()).stage() <= stage) {
        takes(job.cutover(), j, takes);
        Activity copy = job.ahead();
        if (copy != null) {
          takes(copy, ~j, takes);
        }
      }
    }
    for (int r = 0; r < takes.size(); r++) {
      Resource resource = problem.resources().get(r);
      if (!resource.consumed() && resource.capacity() > 0) {
        queue(resource, 0, takes.get(r), known);
        var cutovers = new TreeMap<Integer, List<Take>>();
        for (Take take : takes.get(r)) {
          if (take.job() >= 0 && stageOf(take.job()) == stage) {
            cutovers.computeIfAbsent(take.calendar(), c -> new ArrayList<>()).add(take);
          }
        }
        cutovers.values().forEach(list -> queue(resource, release, list, known));
      }
    }
  }

  private int stageOf(int job) {
    return problem.units().get(problem.jobs().get(job).unit()).stage();
  }

  private static void takes(Activity activity, int job, List<List<Take>> to) {
    for (int i = 0; i < activity.resource().length; i++) {
      if (activity.amount()[i] > 0) {
        to.get(activity.resource()[i])
            .add(
                new Take(
                    job,
                    activity.seconds() - activity.offset()[i] - activity.length()[i],
                    (long) activity.amount()[i] * activity.length()[i],
                    activity.calendar()));
      }
    }
  }

  private void queue(Resource resource, int from, List<Take> takes, int known) {
    if (takes.isEmpty()) {
      return;
    }
    Calendar open =
        problem
            .calendars()
            .get(takes.getFirst().calendar())
            .union(
                takes.stream()
                    .map(Take::calendar)
                    .distinct()
                    .map(c -> problem.calendars().get(c))
                    .toList());
    long work = takes.stream().mapToLong(Take::work).sum();
    if (2 * work >= resource.capacity() * seconds(open, from, known)) {
      queues.add(
          new Queue(
              resource,
              open,
              from,
              takes.stream().mapToInt(Take::job).toArray(),
              takes.stream().mapToInt(Take::tail).toArray(),
              takes.stream().mapToLong(Take::work).toArray(),
              new long[takes.size()]));
    }
  }

  /** Open seconds from one to another. */
  private static long seconds(Calendar open, int from, int to) {
    long seconds = 0;
    for (Calendar.Interval window : open.open()) {
      if (window.from() >= to) {
        break;
      }
      seconds += span(window, from, to);
    }
    return seconds;
  }

  /** The first second by which the stage can be over for all that this sees, if that is later. */
  Bound first(Bound known) {
    if (queues.isEmpty() || feasible(known.seconds())) {
      return known;
    }
    int low = known.seconds();
    int high = low;
    do {
      low = high;
      high = (int) Math.min(Calendar.END, 3600L + high + high / 2);
      if (low == high) {
        return known; // It is never over: no plan, so nothing is claimed of it here.
      }
    } while (!feasible(high));
    while (high - low > 1) {
      int middle = low + (high - low) / 2;
      if (feasible(middle)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return new Bound(
        high,
        binds.isEmpty()
            ? "the windows of what comes one after the other"
            : "what must be done with " + binds + " before the windows of what is copied",
        binds);
  }

  private boolean feasible(int end) {
    int until = end;
    for (int s = stage; s >= 0; s--) {
      until = due(s, until);
      if (until < (s == stage ? release : 0)) {
        binds = "";
        return false;
      }
    }
    for (Queue queue : queues) {
      if (!feasible(queue)) {
        binds = queue.resource().name();
        return false;
      }
    }
    return true;
  }

  /**
   * Notes when everything of a stage is due, and says when the stage begins at the latest; -1 if
   * something has no window by then.
   */
  private int due(int s, int end) {
    List<Integer> order = units.get(s);
    order.forEach(u -> unitDue[u] = Math.min(end, problem.units().get(u).deadline()));
    int stageBegins = end;
    for (int i = order.size() - 1; i >= 0; i--) {
      Problem.Unit unit = problem.units().get(order.get(i));
      int due = windowEnd(unit, unitDue[order.get(i)]);
      int begins = due;
      for (int j : unit.jobs()) {
        Job job = problem.jobs().get(j);
        int at = Latest.begin(problem, job.cutover(), due);
        Activity copy = job.ahead();
        int copied = copy == null || at < 0 ? at : Latest.begin(problem, copy, at);
        if (at < 0 || copied < 0) {
          return -1;
        }
        cutoverDue[j] = at + job.cutover().seconds();
        copyDue[j] = copy == null ? 0 : copied + copy.seconds();
        begins = Math.min(begins, at);
      }
      for (int before : unit.after()) {
        unitDue[before] = Math.min(unitDue[before], begins);
      }
      stageBegins = Math.min(stageBegins, begins);
    }
    return stageBegins;
  }

  /** The end of the last window that has room for each job of a unit, at most {@code due}. */
  private int windowEnd(Problem.Unit unit, int due) {
    int end = due;
    for (int j : unit.splittable() ? new int[0] : unit.jobs()) {
      Activity cutover = problem.jobs().get(j).cutover();
      int at = Latest.begin(problem, cutover, due);
      Calendar calendar = problem.calendars().get(cutover.calendar());
      end = at < 0 ? end : Math.min(end, calendar.open().get(calendar.indexAt(at)).to());
    }
    return end;
  }

  private boolean feasible(Queue queue) {
    long[] order = queue.order();
    for (int i = 0; i < order.length; i++) {
      int job = queue.job()[i];
      int due = (job < 0 ? copyDue[~job] : cutoverDue[job]) - queue.tail()[i];
      order[i] = (long) due << 32 | i;
    }
    Arrays.sort(order);
    List<Calendar.Interval> open = queue.open().open();
    long work = 0;
    long room = 0;
    int window = 0;
    for (long next : order) {
      int due = (int) (next >>> 32);
      while (window < open.size() && open.get(window).to() <= due) {
        room += span(open.get(window), queue.from(), due);
        window++;
      }
      work += queue.work()[(int) next];
      long now = window < open.size() ? span(open.get(window), queue.from(), due) : 0;
      if (work > (room + now) * queue.resource().capacity()) {
        return false;
      }
    }
    return true;
  }

  private static long span(Calendar.Interval window, int from, int to) {
    return Math.max(0, Math.min(to, window.to()) - Math.max(from, window.from()));
  }
}
