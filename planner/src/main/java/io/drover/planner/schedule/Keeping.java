// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds places for a changed problem without moving what may stay: everything that still fits where
 * it was wanted is put there first, in all stages; what does not goes to its earliest place among
 * that, and pushes away only what a rule makes it push (a later stage, what comes after it).
 */
final class Keeping {
  private final Problem problem;
  private final Schedule wanted;
  private final Board board;
  private final int[][] followers;

  /** Units of each stage, those that are wanted early first. */
  private final List<List<Integer>> stages = new ArrayList<>();

  Keeping(Problem problem, Schedule wanted) {
    this.problem = problem;
    this.wanted = wanted;
    this.board = new Board(problem);
    this.followers = problem.followers();
    for (int stage = 0; stage < problem.stages(); stage++) {
      stages.add(new ArrayList<>());
    }
    for (int u = 0; u < problem.units().size(); u++) {
      if (problem.units().get(u).jobs().length > 0) {
        stages.get(problem.units().get(u).stage()).add(u);
      }
    }
    stages.forEach(units ->
        units.sort(Comparator.<Integer>comparingInt(this::wantedAt).thenComparing(u -> u)));
  }

  /**
   * The schedule.
   *
   * @param first units that are placed before all others, which then go where there is room
   */
  Schedule run(Set<Integer> first) {
    int release = 0;
    for (List<Integer> units : stages) {
      open(units, release);
      units.stream().filter(first::contains).forEach(board::place);
      for (int u : units) {
        int end = board.placed(u) ? board.end(u) : wantedEnd(u);
        release = Math.max(release, first.contains(u) ? board.placed(u) ? end : 0 : end);
      }
    }
    release = 0;
    for (List<Integer> units : stages) {
      open(units, release);
      stay(units);
      release = Math.max(release, end(units));
    }
    release = 0;
    for (int stage = 0; stage < stages.size(); stage++) {
      List<Integer> units = stages.get(stage);
      open(units, release);
      stay(units);
      move(units, begin(stages.subList(stage + 1, stages.size())));
      release = Math.max(release, end(units));
    }
    return board.schedule();
  }

  /** Opens a stage; what of it lies before that does not stay, nor what comes after it. */
  private void open(List<Integer> units, int release) {
    if (units.isEmpty()) {
      return;
    }
    board.open(problem.units().get(units.getFirst()).stage(), release);
    for (int u : units) {
      if (board.placed(u) && begin(u) < release) {
        takeOff(u);
      }
    }
  }

  /** Puts where it was wanted what fits there, until nothing more does. */
  private void stay(Collection<Integer> units) {
    boolean some = true;
    while (some) {
      some = false;
      for (int u : units) {
        some |= !board.placed(u) && wantedAt(u) < Integer.MAX_VALUE && board.placeAt(u, memory(u));
      }
    }
  }

  /** Places what has no place, until nothing more finds one. */
  private void move(List<Integer> units, int barrier) {
    boolean some = true;
    while (some) {
      some = false;
      for (int u : units) {
        if (!board.placed(u) && board.ready(u) && move(u, barrier)) {
          some = true;
          var later = new ArrayList<Integer>();
          for (int next : followers[u]) {
            later.add(next);
          }
          stay(later);
        }
      }
    }
  }

  /**
   * At its earliest, before the later stages begin if it can be; whatever comes after it yields.
   */
  private boolean move(int unit, int barrier) {
    if (placed(unit, barrier)) {
      return true;
    }
    List<Integer> later = List.copyOf(later(unit));
    if (later.isEmpty()) {
      return false;
    }
    var memories = later.stream().map(board::memory).toList();
    later.forEach(board::remove);
    if (placed(unit, barrier)) {
      return true;
    }
    for (int i = 0; i < memories.size(); i++) {
      board.restore(later.get(i), memories.get(i));
    }
    return false;
  }

  private boolean placed(int unit, int barrier) {
    board.horizon(barrier);
    boolean between = board.place(unit);
    board.horizon(Calendar.END);
    return between || board.place(unit);
  }

  private void takeOff(int unit) {
    Set<Integer> later = later(unit);
    board.remove(unit);
    later.forEach(board::remove);
  }

  /** What is placed and comes after a unit, directly or not; a chain may be long. */
  private Set<Integer> later(int unit) {
    var later = new LinkedHashSet<Integer>();
    var stack = new ArrayDeque<Integer>(List.of(unit));
    while (!stack.isEmpty()) {
      for (int next : followers[stack.pop()]) {
        if (board.placed(next) && later.add(next)) {
          stack.push(next);
        }
      }
    }
    return later;
  }

  private int[] memory(int unit) {
    int[] jobs = problem.units().get(unit).jobs();
    int[] memory = new int[2 * jobs.length];
    for (int i = 0; i < jobs.length; i++) {
      memory[i] = wanted.ahead()[jobs[i]];
      memory[jobs.length + i] = wanted.cutover()[jobs[i]];
    }
    return memory;
  }

  /** Second at which a unit was wanted to begin; the last of all if any of it had no place. */
  private int wantedAt(int unit) {
    int at = Integer.MAX_VALUE;
    for (int j : problem.units().get(unit).jobs()) {
      if (wanted.cutover()[j] < 0) {
        return Integer.MAX_VALUE;
      }
      at = Math.min(at, wanted.cutover()[j]);
    }
    return at;
  }

  private int wantedEnd(int unit) {
    int end = 0;
    for (int j : problem.units().get(unit).jobs()) {
      int at = wanted.cutover()[j];
      end = Math.max(end, at < 0 ? 0 : at + problem.jobs().get(j).cutover().seconds());
    }
    return end;
  }

  private int begin(int unit) {
    Unit of = problem.units().get(unit);
    int begin = Integer.MAX_VALUE;
    for (int j : of.jobs()) {
      begin = Math.min(begin, board.endOfJob(j) - problem.jobs().get(j).cutover().seconds());
    }
    return begin;
  }

  /** Second at which the first of what is placed of some stages begins. */
  private int begin(List<List<Integer>> of) {
    return of.stream()
        .flatMap(List::stream)
        .filter(board::placed)
        .mapToInt(this::begin)
        .min()
        .orElse(Calendar.END);
  }

  private int end(List<Integer> units) {
    return units.stream().filter(board::placed).mapToInt(board::end).max().orElse(0);
  }
}
