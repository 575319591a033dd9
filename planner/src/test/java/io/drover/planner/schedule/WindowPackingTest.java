// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.check.Checker;
import io.drover.planner.check.Instances;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/**
 * Packing of windows: finds what greedy orders do not, breaks nothing, and undoes what it cannot.
 */
class WindowPackingTest {
  private static final int[] EXACT = {44, 38, 36, 30, 26, 26};

  @Property
  void whatIsLeftOverOfEveryWindowIsPutTogether(
      @ForAll @IntRange(min = 100, max = 104) int length) {
    // Given two windows for six that fill a hundred seconds each, and longest first needs a third.
    var it = new Packed(windows(length, EXACT));

    boolean done = it.packing.run(200 + length, 1_000, () -> false);

    assertThat(it.before.makespan(it.problem)).isEqualTo(426);
    assertThat(done).isTrue();
    assertThat(Checker.check(it.problem, it.board.schedule())).isEmpty();
    assertThat(it.board.schedule().makespan(it.problem)).isLessThanOrEqualTo(200 + length);
  }

  @Example
  void whatCannotBeIsUndone() {
    // Given windows of 99.
    var it = new Packed(windows(99, EXACT));

    boolean done = it.packing.run(299, 1_000, () -> false);

    assertThat(done).isFalse();
    it.isAsBefore();
  }

  @Property(tries = 20)
  void fullWindowsAreFilledAgain(@ForAll @LongRange(max = 1_000_000) long seed) {
    // Given pieces that fit in one way only.
    var known = Instances.cut(seed, 24, 2, 4, 3);
    var it = new Packed(known.problem());

    boolean done = it.packing.run(known.optimum(), 60_000, () -> false);

    assertThat(done || it.before.makespan(it.problem) == known.optimum()).isTrue();
    assertThat(Checker.check(it.problem, it.board.schedule())).isEmpty();
    assertThat(it.board.schedule().makespan(it.problem)).isEqualTo(known.optimum());
  }

  @Property(tries = 150)
  void noConstraintIsViolatedAndASeedGivesOneAnswer(
      @ForAll @LongRange(max = 1_000_000) long seed,
      @ForAll @IntRange(min = 2, max = 60) int jobs) {
    var it = new Packed(Instances.random(seed, jobs, 30, true));
    var twin = new Packed(it.problem);
    int end = it.lastWindow();

    boolean done = it.packing.run(end, 5_000, () -> false);

    assertThat(Checker.check(it.problem, it.board.schedule())).isEmpty();
    assertThat(it.board.schedule().unscheduled()).isZero();
    if (done) {
      assertThat(it.board.schedule().makespan(it.problem)).isLessThanOrEqualTo(end);
    } else {
      it.isAsBefore();
    }
    assertThat(twin.packing.run(end, 5_000, () -> false)).isEqualTo(done);
    assertThat(twin.board.schedule().cutover()).isEqualTo(it.board.schedule().cutover());
  }

  @Property(tries = 8)
  void piecesOfFullWindowsNeedFewerWindowsThanByGreedyOrders(
      @ForAll @LongRange(max = 1_000) long seed) {
    var it = new Packed(Instances.cut(seed, 120, 2, 8, 5).problem());

    boolean done = it.packing.run(it.lastWindow(), 60_000, () -> false);

    assertThat(Checker.check(it.problem, it.board.schedule())).isEmpty();
    assertThat(done || it.before.makespan(it.problem) < 6 * 86_400).isTrue();
  }

  /** A greedy schedule of all stages, and the packing of the last one. */
  private static final class Packed {
    final Problem problem;
    final Board board;
    final Schedule before;
    final WindowPacking packing;
    final int[] last;

    Packed(Problem problem) {
      this.problem = problem;
      this.board = new Board(problem);
      var priorities = new Priorities(problem);
      int[] units = {};
      int release = 0;
      for (int stage = 0; stage < problem.stages(); stage++) {
        int of = stage;
        units =
            IntStream.range(0, problem.units().size())
                .filter(u -> problem.units().get(u).stage() == of)
                .toArray();
        board.open(stage, release);
        new Start(problem, board, units, priorities)
            .greedy(priorities.rule(Priorities.Rule.LONGEST, problem));
        release = board.schedule().makespan(problem);
      }
      this.last = units;
      this.before = board.schedule();
      this.packing = new WindowPacking(problem, board, units, priorities, new SplitMix(1));
    }

    int lastWindow() {
      int end = before.makespan(problem);
      return IntStream.of(last)
          .filter(u -> board.end(u) == end)
          .map(board::window)
          .findFirst()
          .orElseThrow();
    }

    void isAsBefore() {
      assertThat(board.schedule().cutover()).isEqualTo(before.cutover());
      assertThat(board.schedule().ahead()).isEqualTo(before.ahead());
      for (int u : last) {
        int[] was = board.memory(u);
        board.remove(u);
        assertThat(board.placeAt(u, was)).isTrue();
      }
    }
  }

  /** One slot, a window every 200 seconds. */
  private static Problem windows(int length, int[] seconds) {
    var open = new ArrayList<Calendar.Interval>();
    for (int w = 0; w < 5; w++) {
      open.add(new Calendar.Interval(200 * w, 200 * w + length));
    }
    var units = new ArrayList<Unit>();
    var jobs = new ArrayList<Job>();
    for (int i = 0; i < seconds.length; i++) {
      units.add(new Unit("unit " + i, new int[] {i}, 0, new int[0], 0, Calendar.END, false));
      var cutover = Activity.whole(seconds[i], new int[] {0}, new int[] {1}, 0);
      jobs.add(new Job("job " + i, i, null, cutover));
    }
    return new Problem(
        List.of(Resource.slots("slot", 1)), List.of(new Calendar("windows", open)), units, jobs);
  }
}
