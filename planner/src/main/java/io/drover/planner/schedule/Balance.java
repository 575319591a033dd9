// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Mixes what is urgent to the same end: if all long ones go first, they fill what they need most
 * (connections) while what the short ones need (people) stands idle, and afterwards it is the other
 * way round. So each scarce resource has a queue of those that weigh on it most, and all queues are
 * drawn from evenly, so that each is empty at the end and not before.
 */
final class Balance {
  private final Problem problem;
  private final Latest latest;

  /** Work over capacity of each resource, of the group at hand. */
  private final double[] load;

  private Balance(Problem problem, Latest latest) {
    this.problem = problem;
    this.latest = latest;
    this.load = new double[problem.resources().size()];
  }

  /** The same latest begins, given to other units of those that must be over by the same window. */
  static Latest of(Problem problem, int[] units, Latest latest) {
    return new Balance(problem, latest).mix(units);
  }

  private Latest mix(int[] units) {
    var groups = new TreeMap<Integer, List<Integer>>();
    for (int u : units) {
      groups.computeIfAbsent(latest.start[u] + longest(u), end -> new ArrayList<>()).add(u);
    }
    int[] start = latest.start.clone();
    int[] copies = latest.copies.clone();
    for (List<Integer> group : groups.values()) {
      int[] turns = group.stream().mapToInt(u -> latest.start[u]).sorted().toArray();
      List<Integer> mixed = mixed(group);
      for (int i = 0; i < turns.length; i++) {
        int u = mixed.get(i);
        start[u] = turns[i];
        copies[u] = Math.min(copies[u], turns[i]);
      }
    }
    return latest.with(start, copies);
  }

  private int longest(int unit) {
    int longest = 0;
    for (int j : problem.units().get(unit).jobs()) {
      longest = Math.max(longest, problem.jobs().get(j).cutover().seconds());
    }
    return longest;
  }

  private List<Integer> mixed(List<Integer> group) {
    Arrays.fill(load, 0);
    group.forEach(u -> add(u, load));
    double most = Arrays.stream(load).max().orElse(0);
    var queues = new TreeMap<Integer, List<Integer>>();
    for (int u : group) {
      queues.computeIfAbsent(heaviest(u, most), r -> new ArrayList<>()).add(u);
    }
    double[] place = new double[problem.units().size()];
    queues.forEach((r, queue) -> {
      queue.sort(latest.byCutovers());
      double all = queue.stream().mapToDouble(u -> of(u, r)).sum();
      double before = 0;
      for (int u : queue) {
        double work = of(u, r);
        place[u] = all <= 0 ? 0 : (before + work / 2) / all * Math.pow(slack(u), 3);
        before += work;
      }
    });
    var mixed = new ArrayList<>(group);
    mixed.sort(Comparator.<Integer>comparingDouble(u -> place[u]).thenComparing(u -> u));
    return mixed;
  }

  /** What is left of the unit's window beside its longest job, 0 to 1: the long cannot wait. */
  private double slack(int unit) {
    int job = problem.units().get(unit).jobs()[0];
    int window = problem.calendars().get(problem.jobs().get(job).cutover().calendar()).longest();
    return Math.max(0, 1 - (double) longest(unit) / Math.max(1, window));
  }

  /**
   * The resource, of those with at least a quarter of the highest load, of whose load it is most.
   */
  private int heaviest(int unit, double most) {
    double[] own = new double[load.length];
    add(unit, own);
    int heaviest = 0;
    double share = -1;
    for (int r = 0; r < own.length; r++) {
      if (load[r] >= most / 4 && load[r] > 0 && own[r] / load[r] > share) {
        share = own[r] / load[r];
        heaviest = r;
      }
    }
    return heaviest;
  }

  private double of(int unit, int resource) {
    double[] own = new double[load.length];
    add(unit, own);
    return own[resource];
  }

  /** Adds what the cutovers of a unit take. */
  private void add(int unit, double[] to) {
    for (int j : problem.units().get(unit).jobs()) {
      Activity cutover = problem.jobs().get(j).cutover();
      for (int i = 0; i < cutover.resource().length; i++) {
        int r = cutover.resource()[i];
        if (!problem.resources().get(r).consumed()) {
          to[r] +=
              (double) cutover.amount()[i]
                  * cutover.length()[i]
                  / Math.max(1, problem.resources().get(r).capacity());
        }
      }
    }
  }
}
