// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.drover.planner.schedule.Bound;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scheduler against an independent checker, exhaustive search and a second solver. */
class ScheduleTest {
  private static final Solver.Settings QUICK = new Solver.Settings(1, 4_000, 4);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void itIsAsGoodAsExhaustiveSearch(long seed) {
    Problem problem = Instances.random(seed, 5, 6, seed % 2 == 0);

    var solved = Solver.solve(problem, QUICK, () -> false);

    assertThat(Checker.check(problem, solved.schedule())).isEmpty();
    assertThat(solved.makespan()).isEqualTo(Exhaustive.best(problem, solved.makespan() + 1));
  }

  @ParameterizedTest
  @CsvSource({"6, 1", "6, 2", "6, 12", "7, 1", "7, 6", "7, 9", "7, 12", "8, 1", "8, 2", "8, 3"})
  void itIsAsGoodAsExhaustiveSearchOnMoreAtoms(int atoms, long seed) {
    Problem problem = Instances.atoms(seed, atoms, 6, seed % 2 == 0);

    var solved = Solver.solve(problem, Solver.Settings.of(1, problem), () -> false);

    assertThat(Checker.check(problem, solved.schedule())).isEmpty();
    // Exhaustive search finds nothing that ends before it.
    assertThat(Exhaustive.best(problem, solved.makespan() - 1)).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void whatOthersWaitForGoesIntoTheHoursBothHave() {
    // Given a Saturday's unit that comes after a Sunday's: they share the hours 50 to 60 only.
    Calendar saturday =
        Calendar.of(
            "saturday", List.of(new Calendar.Interval(0, 60), new Calendar.Interval(700, 760)));
    Calendar sunday =
        Calendar.of(
            "sunday", List.of(new Calendar.Interval(50, 100), new Calendar.Interval(750, 800)));
    var jobs = new java.util.ArrayList<Job>();
    var units = new java.util.ArrayList<Unit>();
    for (int i = 0; i < 6; i++) {
      units.add(unit(i, i));
      jobs.add(new Job("sunday " + i, i, null, activity(i == 0 ? 5 : 8, 1)));
    }
    units.add(new Unit("after", new int[] {6}, 0, new int[] {0}, 0, Calendar.END, false));
    jobs.add(new Job("after", 6, null, activity(5, 0)));
    Problem problem =
        new Problem(List.of(Resource.slots("slots", 1)), List.of(saturday, sunday), units, jobs);

    var solved = Solver.solve(problem, new Solver.Settings(1, 1, 1), () -> false);

    assertThat(Checker.check(problem, solved.schedule())).isEmpty();
    assertThat(solved.makespan()).isEqualTo(100);
    assertThat(solved.bound().seconds()).isLessThanOrEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void itIsAsGoodAsASecondSolver(long seed) {
    assumeThat(CpSat.available()).isTrue();
    Problem problem = Instances.random(seed, 12, 20, seed % 2 == 0);
    var solved = Solver.solve(problem, new Solver.Settings(1, 40_000, 4), () -> false);

    var second = CpSat.solve(problem, solved.makespan(), 20);

    assumeThat(second.optimal()).isTrue();
    assertThat(solved.makespan()).isLessThanOrEqualTo((int) Math.ceil(second.makespan() * 1.05));
    assertThat(solved.bound().seconds()).isLessThanOrEqualTo(second.makespan());
  }

  @Test
  void whatWasCutFromAFullScheduleFitsAlmostAsWell() {
    var known = Instances.cut(4, 200, 4, 8, 0);

    var solved = Solver.solve(known.problem(), QUICK, () -> false);

    assertThat(Checker.check(known.problem(), solved.schedule())).isEmpty();
    assertThat(solved.bound().seconds()).isEqualTo(known.optimum());
    assertThat(solved.makespan()).isLessThan(known.optimum() * 110 / 100);
  }

  @Test
  void twelveWindowsArePackedWithOneToSpare() {
    var known = Instances.cut(7919 + 1000, 1000, 8, 8, 12);

    var solved = Solver.solve(known.problem(), new Solver.Settings(1, 200_000, 2), () -> false);

    assertThat(Checker.check(known.problem(), solved.schedule())).isEmpty();
    assertThat(solved.makespan()).isLessThanOrEqualTo(known.optimum() + 86_400);
  }

  @Test
  void threeWindowsAreFilledToTheBrim() {
    var known = Instances.cut(2 * 7919 + 60, 60, 2, 4, 3);

    var solved = Solver.solve(known.problem(), Solver.Settings.of(1, known.problem()), () -> false);

    assertThat(Checker.check(known.problem(), solved.schedule())).isEmpty();
    assertThat(solved.makespan()).isEqualTo(known.optimum());
  }

  @Test
  void theCheckerFindsWhatIsWrong() {
    Problem problem =
        problem(
            Calendar.of(
                "w", List.of(new Calendar.Interval(0, 100), new Calendar.Interval(200, 300))),
            1,
            60,
            60);

    var wrong = Checker.check(problem, new Schedule(new int[] {-1, -1}, new int[] {50, 210}));

    assertThat(wrong)
        .anyMatch(w -> w.contains("outside its calendar"))
        .anyMatch(w -> w.contains("split over windows"));
    assertThat(Checker.check(problem, new Schedule(new int[] {-1, -1}, new int[] {0, 30})))
        .anyMatch(w -> w.contains("2 of 1 slots"));
  }

  @Test
  void twoThatCannotRunSideBySideBoundThePlan() {
    Problem problem =
        new Problem(
            List.of(Resource.slots("slots", 8)),
            List.of(Calendar.ALWAYS),
            List.of(unit(0, 0), unit(1, 1)),
            List.of(job(0, 100, 5), job(1, 100, 5)));

    Bound bound = Bound.of(problem);

    // By work alone it would be 125.
    assertThat(bound.seconds()).isEqualTo(200);
    assertThat(bound.because()).contains("slots");
  }

  @Test
  void whatWaitsForALateWindowIsTheReasonAndNotWhatComesAfterIt() {
    Calendar late = Calendar.of("dst", List.of(new Calendar.Interval(10_000, 20_000)));
    var after = new ArrayList<Unit>();
    after.add(unit(0, 0));
    var jobs = new ArrayList<Job>();
    jobs.add(new Job("talkz", 0, null, Activity.whole(100, new int[] {0}, new int[] {1}, 1)));
    for (int i = 1; i <= 3; i++) {
      after.add(new Unit("crm", new int[] {i}, 1, new int[0], 0, Calendar.END, false));
      jobs.add(job(i, 200, 1));
    }

    Bound bound =
        Bound.of(
            new Problem(
                List.of(Resource.slots("people of team dba", 1)),
                List.of(Calendar.ALWAYS, late),
                after,
                jobs));

    assertThat(bound.seconds()).isEqualTo(10_700);
    assertThat(bound.because())
        .isEqualTo("talkz may cut over only in a window of 'dst', and more must come after that");
  }

  @Test
  void ofSeveralThatWaitForALateWindowTheWindowIsTheReason() {
    Calendar late = Calendar.of("dst", List.of(new Calendar.Interval(10_000, 20_000)));
    Problem problem =
        new Problem(
            List.of(Resource.slots("people of team dba", 1)),
            List.of(late),
            List.of(unit(0, 0), unit(1, 1)),
            List.of(job(0, 100, 1), job(1, 100, 1)));

    assertThat(Bound.of(problem).because())
        .isEqualTo(
            "no window of 'dst' opens earlier; from then on what cutovers need of people of team"
                + " dba");
  }

  @Test
  void workIsCountedInOpenTimeOnly() {
    Problem problem =
        problem(
            Calendar.of(
                "w", List.of(new Calendar.Interval(0, 100), new Calendar.Interval(500, 600))),
            1,
            60,
            50);
    Problem apart =
        new Problem(
            problem.resources(),
            problem.calendars(),
            List.of(unit(0, 0), unit(1, 1)),
            List.of(
                new Job("a", 0, null, problem.jobs().get(0).cutover()),
                new Job("b", 1, null, problem.jobs().get(1).cutover())));

    assertThat(Bound.of(apart).seconds()).as("one of them goes in the second").isEqualTo(550);
    assertThat(Solver.solve(apart, QUICK, () -> false).makespan()).isEqualTo(550);
  }

  @Test
  void aSeedGivesOnePlan() {
    Problem problem = Instances.random(99, 40, 60, true);

    var once = Solver.solve(problem, QUICK, () -> false);

    var again = Solver.solve(problem, QUICK, () -> false);
    assertThat(again.schedule().cutover()).isEqualTo(once.schedule().cutover());
    assertThat(again.schedule().ahead()).isEqualTo(once.schedule().ahead());
    assertThat(again.steps()).isEqualTo(once.steps());
  }

  @Test
  void theSafetyNetSaysThatItCut() {
    Problem problem = Instances.random(99, 40, 60, true);

    var solved = Solver.solve(problem, QUICK, () -> true);

    assertThat(solved.cut()).isTrue();
    assertThat(Checker.check(problem, solved.schedule())).isEmpty();
  }

  private static Problem problem(Calendar calendar, int slots, int first, int second) {
    return new Problem(
        List.of(Resource.slots("slots", slots)),
        List.of(calendar),
        List.of(new Unit("both", new int[] {0, 1}, 0, new int[0], 0, Calendar.END, false)),
        List.of(job(0, first, 1), new Job("job 1", 0, null, job(0, second, 1).cutover())));
  }

  private static Activity activity(int seconds, int calendar) {
    return Activity.whole(seconds, new int[] {0}, new int[] {1}, calendar);
  }

  private static Unit unit(int index, int job) {
    return new Unit("unit " + index, new int[] {job}, 0, new int[0], 0, Calendar.END, false);
  }

  private static Job job(int unit, int seconds, int amount) {
    return new Job(
        "job " + unit, unit, null, Activity.whole(seconds, new int[] {0}, new int[] {amount}, 0));
  }
}
