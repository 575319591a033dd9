// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * No schedule can end before this.
 *
 * @param seconds the bound on the end of the last cutover
 * @param because what it comes from, in words
 * @param resource name of the resource that binds, empty if none does
 */
public record Bound(int seconds, String because, String resource) {
  /** The share of {@code makespan} that is not explained by the bound, 0 = proven optimal. */
  public double gap(int makespan) {
    return makespan <= 0 ? 0 : Math.max(0, (double) (makespan - seconds) / makespan);
  }

  /**
   * The highest of the following, stage after stage. Each holds of every schedule:
   *
   * <ul>
   *   <li>Chains: a cutover begins neither before its copy could have ended, if that alone had all
   *       resources, nor before the units it comes after have ended, each by the same argument; it
   *       lies in one open interval of its calendar. So it cannot end before the earliest such
   *       interval lets it.
   *   <li>Work: what a set of activities takes of a resource until a second is at most the capacity
   *       times the seconds until then in which one of their calendars is open, for each takes only
   *       in its own open time. So the last of them ends its taking not before their whole work
   *       fits; then follows what is left of it, or its cutover, at least the shortest there is.
   *   <li>Work as a dual feasible function sees it: if amounts that fit side by side are replaced
   *       by {@code capacity} where more than {@code capacity - k} and by 0 where less than {@code
   *       k}, with k at most half the capacity, they still fit (Fekete and Schepers, 2001); so the
   *       argument above holds of the replaced amounts as well.
   *   <li>Work that is due: see {@link DueWork}.
   *   <li>Stages: no cutover of a stage begins before all of the stages before it have ended, so
   *       their bound is a begin for its cutovers; and their activities are over when it ends.
   * </ul>
   *
   * That it is never above the optimum is also tested, against exhaustive search.
   */
  public static Bound of(Problem problem) {
    return new Maker(problem).make();
  }

  /**
   * The same of one stage when the stages before it end at {@code release}: seconds before which
   * its last cutover cannot have ended.
   */
  static int of(Problem problem, int stage, int release) {
    var maker = new Maker(problem);
    maker.stage(stage, release);
    return Math.max(release, maker.best.seconds());
  }

  private static final String AND_MORE = ", and more must come after that";

  /** Makes the bound. */
  private static final class Maker {
    private final Problem problem;
    private final int[] unitEnd;
    private Bound best = new Bound(0, "there is nothing to do", "");

    /** What most of the bound comes from, and how much of it that is. */
    private Part most = new Part("", "", 0);

    /** The same of the stages before. */
    private Part before = most;

    /** Per unit that waits for a window most of its time, or comes after such a one, that wait. */
    private final String[] waits;

    /** Seconds of a bound, and what they come from. */
    private record Part(String because, String resource, int seconds) {}

    Maker(Problem problem) {
      this.problem = problem;
      this.unitEnd = new int[problem.units().size()];
      this.waits = new String[unitEnd.length];
    }

    Bound make() {
      for (int stage = 0; stage < problem.stages(); stage++) {
        before = most;
        stage(stage, best.seconds());
      }
      return best;
    }

    void stage(int stage, int release) {
      chains(stage, release);
      work(stage, release);
      Bound known = best.seconds() < release ? new Bound(release, "", "") : best;
      Bound due = new DueWork(problem, stage, release, known.seconds()).first(known);
      offer(release, due.seconds(), due.because(), due.resource());
    }

    /**
     * What is added to the stages before is no more the reason than they are: that of the most
     * seconds is named.
     */
    private void offer(int from, int seconds, String because, String resource) {
      if (seconds <= best.seconds()) {
        return;
      }
      if (from > 0 && before.seconds() > seconds - from) {
        most = before;
        best = new Bound(seconds, most.because() + AND_MORE, most.resource());
      } else {
        most = new Part(because, resource, seconds - from);
        best = new Bound(seconds, because, resource);
      }
    }

    /** Chains of units, each at its earliest as if it were alone. */
    private void chains(int stage, int release) {
      int[] state = new int[unitEnd.length];
      for (int u = 0; u < unitEnd.length; u++) {
        if (problem.units().get(u).stage() == stage) {
          walk(u, stage, release, state);
        }
      }
    }

    /** Depth first without recursion: chains may be as long as the estate. */
    private void walk(int first, int stage, int release, int[] state) {
      var stack = new java.util.ArrayDeque<Integer>();
      stack.push(first);
      while (!stack.isEmpty()) {
        int u = stack.element();
        if (state[u] == 2) {
          stack.pop();
          continue;
        }
        if (state[u] == 0) {
          state[u] = 1;
          for (int before : problem.units().get(u).after()) {
            if (state[before] == 0 && problem.units().get(before).stage() == stage) {
              stack.push(before);
            }
          }
          continue;
        }
        stack.pop();
        state[u] = 2;
        unitEnd[u] = alone(u, release);
        offer(
            release,
            unitEnd[u],
            waits[u].isEmpty()
                ? "the chain that ends with " + problem.units().get(u).name()
                : waits[u],
            "");
      }
    }

    private int alone(int u, int release) {
      Unit unit = problem.units().get(u);
      int from = Math.max(release, unit.release());
      String inherited = "";
      for (int first : unit.after()) {
        if (unitEnd[first] > from) {
          from = unitEnd[first];
          String wait = waits[first] == null ? "" : waits[first];
          inherited = wait.isEmpty() || wait.endsWith(AND_MORE) ? wait : wait + AND_MORE;
        }
      }
      int end = from;
      waits[u] = inherited;
      for (int j : unit.jobs()) {
        Job job = problem.jobs().get(j);
        Activity copy = job.ahead();
        int ready = from;
        if (copy != null) {
          ready = Math.max(ready, earliest(copy, 0));
        }
        int own = earliest(job.cutover(), ready);
        if (own > end) {
          end = own;
          boolean waiting = 2 * (own - job.cutover().seconds() - ready) > own - release;
          waits[u] =
              waiting
                  ? job.name()
                      + " may cut over only in a window of '"
                      + problem.calendars().get(job.cutover().calendar()).name()
                      + "'"
                  : ready > from ? "" : inherited;
        }
      }
      return end;
    }

    private int earliest(Activity activity, int from) {
      return Math.max(
          0, problem.calendars().get(activity.calendar()).earliestEnd(from, activity.seconds()));
    }

    /** One activity as a resource sees it. */
    private record Load(int seconds, int amount, int calendar, int tail, int then) {}

    private void work(int stage, int release) {
      int resources = problem.resources().size();
      var cutovers = new ArrayList<List<Load>>();
      var everything = new ArrayList<List<Load>>();
      for (int r = 0; r < resources; r++) {
        cutovers.add(new ArrayList<>());
        everything.add(new ArrayList<>());
      }
      for (Job job : problem.jobs()) {
        int of = problem.units().get(job.unit()).stage();
        if (of > stage) {
          continue;
        }
        Activity copy = job.ahead();
        if (copy != null) {
          add(everything, copy, job.cutover().seconds(), job.cutover().calendar());
        }
        add(everything, job.cutover(), 0, -1);
        if (of == stage) {
          add(cutovers, job.cutover(), 0, -1);
        }
      }
      for (int r = 0; r < resources; r++) {
        Resource resource = problem.resources().get(r);
        if (!resource.consumed()) {
          bound(resource, cutovers.get(r), release, "cutovers");
          bound(resource, everything.get(r), 0, "copies and cutovers");
        }
      }
    }

    private static void add(List<List<Load>> to, Activity activity, int tail, int then) {
      for (int i = 0; i < activity.resource().length; i++) {
        if (activity.amount()[i] > 0) {
          // What follows within the activity itself follows the last of them as well.
          int rest = activity.seconds() - activity.offset()[i] - activity.length()[i];
          to.get(activity.resource()[i])
              .add(
                  new Load(
                      activity.length()[i],
                      activity.amount()[i],
                      activity.calendar(),
                      then < 0 ? rest : tail,
                      then));
        }
      }
    }

    private static String because(String what, Resource resource) {
      return resource.name().startsWith(what)
          ? "the limit of " + resource.name()
          : "what " + what + " need of " + resource.name();
    }

    private void bound(Resource resource, List<Load> loads, int from, String what) {
      if (loads.isEmpty()) {
        return;
      }
      var byCalendar = new TreeMap<Integer, List<Load>>();
      loads.forEach(l -> byCalendar.computeIfAbsent(l.calendar(), c -> new ArrayList<>()).add(l));
      int[] tails = new int[problem.calendars().size() + 1];
      for (TreeSet<Integer> set : sets(byCalendar)) {
        var chosen = new ArrayList<Load>();
        set.forEach(c -> chosen.addAll(byCalendar.getOrDefault(c, List.of())));
        Calendar open = union(set);
        for (int threshold : thresholds(resource.capacity(), chosen)) {
          long work = 0;
          Arrays.fill(tails, Integer.MAX_VALUE);
          for (Load load : chosen) {
            int amount = feasible(resource, load.amount(), threshold);
            if (amount > 0) {
              work += (long) amount * load.seconds();
              tails[load.then() + 1] = Math.min(tails[load.then() + 1], load.tail());
            }
          }
          if (work > 0) {
            int end = OpenTime.end(resource, open, from, work, threshold == 0);
            String because = because(what, resource);
            offer(
                from,
                after(end, tails),
                set.size() == 1 ? opening(open, from, end, because) : because,
                resource.name());
          }
        }
      }
    }

    /** The reason, led by the wait for the first window where that is most of it. */
    private static String opening(Calendar open, int from, int end, String because) {
      int first = open.indexAt(from);
      int opens = first < open.open().size() ? open.open().get(first).from() : from;
      return opens - from > end - opens && end > opens
          ? "no window of '" + open.name() + "' opens earlier; from then on " + because
          : because;
    }

    /**
     * What still follows the last of them at least: its cutover, in a window of its calendar. Tails
     * are per calendar of what follows, the first for what lies within the activity itself.
     */
    private int after(int end, int[] tails) {
      int earliest = Integer.MAX_VALUE;
      for (int i = 0; i < tails.length; i++) {
        if (tails[i] < Integer.MAX_VALUE) {
          int then =
              i == 0 ? end + tails[i] : problem.calendars().get(i - 1).earliestEnd(end, tails[i]);
          earliest = Math.min(earliest, Math.max(then, end));
        }
      }
      return earliest;
    }

    /**
     * The classical dual feasible function: what leaves less than the threshold takes everything,
     * what is smaller than the threshold counts nothing. 0 is the identity. Only for resources that
     * are always the same.
     */
    private static int feasible(Resource resource, int amount, int threshold) {
      if (threshold == 0) {
        return amount;
      }
      return amount > resource.capacity() - threshold
          ? resource.capacity()
          : amount < threshold ? 0 : amount;
    }

    private static int[] thresholds(int capacity, List<Load> loads) {
      var set = new TreeSet<Integer>();
      set.add(0);
      for (Load load : loads) {
        if (load.amount() > 1 && load.amount() <= capacity / 2) {
          set.add(load.amount());
        } else if (load.amount() > capacity / 2 && capacity - load.amount() + 1 <= capacity / 2) {
          set.add(Math.max(1, capacity - load.amount() + 1));
        }
      }
      set.add(capacity / 2 + 1 > capacity ? 0 : Math.max(0, capacity / 2));
      int[] all = set.stream().mapToInt(Integer::intValue).toArray();
      if (all.length <= 24) {
        return all;
      }
      int[] some = new int[24];
      for (int i = 0; i < some.length; i++) {
        some[i] = all[(int) ((long) i * (all.length - 1) / (some.length - 1))];
      }
      return some;
    }

    /** Sets of calendars worth a look: each, all, and every combination while they are few. */
    private static List<TreeSet<Integer>> sets(Map<Integer, List<Load>> byCalendar) {
      List<Integer> ids = List.copyOf(byCalendar.keySet());
      var sets = new ArrayList<TreeSet<Integer>>();
      if (ids.size() <= 4) {
        for (int mask = 1; mask < 1 << ids.size(); mask++) {
          var set = new TreeSet<Integer>();
          for (int i = 0; i < ids.size(); i++) {
            if ((mask & (1 << i)) != 0) {
              set.add(ids.get(i));
            }
          }
          sets.add(set);
        }
      } else {
        ids.forEach(id -> sets.add(new TreeSet<>(List.of(id))));
        sets.add(new TreeSet<>(ids));
      }
      return sets;
    }

    private final Map<TreeSet<Integer>, Calendar> unions = new java.util.HashMap<>();

    private Calendar union(TreeSet<Integer> set) {
      return unions.computeIfAbsent(
          set,
          ids ->
              problem
                  .calendars()
                  .get(ids.first())
                  .union(ids.stream().map(problem.calendars()::get).toList()));
    }
  }

  @Override
  public String toString() {
    return seconds + " s (" + because + ")";
  }
}
