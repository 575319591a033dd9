// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.Herd;
import io.drover.planner.check.Checker;
import io.drover.planner.check.EstateChecker;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Stage;
import io.drover.planner.estate.Understanding;
import io.drover.planner.programme.Programme.Options;
import io.drover.planner.programme.Programme.Wave;
import io.drover.planner.report.EditedPlan;
import io.drover.planner.report.Tables;
import io.drover.schemas.PlanMessage.EditedRow;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sayings.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people miss least goes first, and what they miss most is in no pilot. */
class CriticalityTest {
  private static final int HOUR = 3600;
  private static final Options QUICK = new Options(1, 500, 50, true, Herd.RATES);

  @ParameterizedTest
  @CsvSource({
    "criticality=5,,0,5",
    "Criticality=High,,0,4",
    "CRITICALITY=mission-critical,,0,5",
    ",Criticality/low,0,2",
    "criticality=medium,Criticality/high,0,3",
    "criticality=low,,5,5",
    ",Application/high,0,3",
    "criticality=gold,,0,3"
  })
  void itIsReadFromAttributesTagsAndStatements(
      String attribute, String tag, int stated, int number) {
    Estate plain =
        new Herd()
            .vm(
                "a",
                List.of(),
                tag == null ? List.of() : List.of(tag),
                "/",
                attribute == null ? new String[0] : new String[] {attribute})
            .estate();
    var statement = new Statement("a", "", "", "", "", "", "", "", "", stated, 0, "row 2");

    Estate estate =
        Understanding.of(
                plain, new Sayings(null, List.of(), List.of(), List.of(statement), List.of(), null))
            .estate();

    assertThat(estate.workload(estate.vms().getFirst()).criticality()).isEqualTo(number);
  }

  @Test
  void aWordThatMeansNothingIsTold() {
    Programme programme = planned(new Herd().vm("a", "criticality=gold"));

    assertThat(programme.notes())
        .anyMatch(n -> n.startsWith("The criticality 'gold' of 1 machine is none that is known"));
  }

  @Test
  void withinAStageTheLessCriticalGoFirst() {
    Programme programme =
        planned(
            new Herd()
                .vm("erp", "criticality=5")
                .vm("wiki", "criticality=low")
                .vm("mail")
                .vm("shop", "criticality=4")
                .vm("test", "environment=test", "criticality=5")
                // Comes after something critical, so it cannot go before that.
                .vm("report", "criticality=low", "dependsOn=erp"));

    Map<String, int[]> at = cutovers(programme);
    assertThat(at.get("wiki")[0]).isGreaterThanOrEqualTo(at.get("test")[1]);
    assertThat(at.get("mail")[0]).isGreaterThanOrEqualTo(at.get("wiki")[1]);
    assertThat(at.get("erp")[0]).isGreaterThanOrEqualTo(at.get("mail")[1]);
    assertThat(at.get("shop")[0]).isGreaterThanOrEqualTo(at.get("mail")[1]);
    assertThat(at.get("report")[0]).isGreaterThanOrEqualTo(at.get("erp")[1]);
  }

  @Test
  void whatIsCriticalIsInNoPilot() {
    Programme programme =
        planned(
            new Herd()
                .vm("wiki", "environment=pilot", "criticality=low")
                .vm("erp", "environment=pilot", "criticality=critical")
                .vm("test", "environment=test"));

    assertThat(programme.waves()).extracting(Wave::stage).containsExactly(Stage.values());
    Map<String, int[]> at = cutovers(programme);
    assertThat(at.get("erp")[0]).isGreaterThanOrEqualTo(at.get("test")[1]);
    assertThat(programme.notes())
        .contains(
            "erp (pilot) goes with production, because erp is critical: a pilot is of what nobody"
                + " misses");
    assertThat(Tables.why(programme, index(programme, "erp")))
        .contains(
            "it is pilot, but what it belongs together with is critical, so it goes with"
                + " production",
            "it is critical, and what is missed most goes last in its stage");
    assertThat(Tables.of(programme, null).get(1).headers()).contains("Criticality");
  }

  /** What waits is told for whom, and in which wave that is. */
  @Test
  void whatWaitsForTheLessCriticalIsToldForWhichMachine() {
    Programme programme =
        planned(
            new Herd()
                .calendar("late", 50 * HOUR, 60 * HOUR)
                .calendar("daily", 0, HOUR, 24 * HOUR, 25 * HOUR, 72 * HOUR, 73 * HOUR)
                .vm("talkz", "app=talk", "window=late")
                .vm("web")
                .vm("crm", "criticality=5")
                .vm("erp", "criticality=5", "window=daily")
                .vm("pilot", "environment=pilot", "criticality=low"));

    assertThat(Tables.why(programme, index(programme, "crm")))
        .contains(
            "it is in wave " + waveOf(programme, "crm") + " of 5 (production)",
            "it waits for talkz (talk, wave "
                + waveOf(programme, "talkz")
                + "), which ends then: within production the less critical goes first (usual"
                + " before critical)");
    assertThat(Tables.why(programme, index(programme, "erp")))
        .contains(
            "it waits for talkz (talk, wave "
                + waveOf(programme, "talkz")
                + "), which ends when its earlier windows are over: within production the less"
                + " critical goes first (usual before critical)");
    assertThat(Tables.why(programme, index(programme, "web")))
        .anyMatch(why ->
            why.equals(
                "it waits for pilot (wave 1), which ends then: pilot goes before production"));
  }

  @Test
  void whatMovesInACircleIsToldWithWhatMakesTheCircle() {
    Programme programme =
        planned(
            new Herd()
                .vm("a", "dependsOn=b")
                .vm("b", "dependsOn=c")
                .vm("c", "dependsOn=a")
                .vm("beside", "app=c")
                .vm("pair-1", "app=pair", "dependsOn=pair-2")
                .vm("pair-2", "app=pair"));

    String circle =
        "a, b and c depend on each other in a circle: a comes after b (attribute dependsOn of a),"
            + " b after c (attribute dependsOn of b), c after a (attribute dependsOn of c)";
    assertThat(Tables.why(programme, index(programme, "b")))
        .contains("it moves with a, c and beside, for " + circle);
    assertThat(Tables.why(programme, index(programme, "pair-1")))
        .noneMatch(why -> why.contains("circle"));
  }

  /** One row that was moved is one thing that is wrong, however many come after it. */
  @Test
  void whoIsMovedPastTheMoreCriticalIsNamedAndTheRuleWithIt() {
    var herd =
        new Herd()
            .vm("wiki", "criticality=low")
            .vm("test", "environment=test")
            .vm("last", "criticality=5");
    for (int i = 0; i < 9; i++) {
      herd.vm("m" + i);
    }
    Programme programme = planned(herd);
    int wiki = index(programme, "wiki");

    assertThat(EditedPlan.read(moved(programme, wiki, 30 * HOUR), programme).errors())
        .singleElement()
        .asString()
        .startsWith("Row " + (wiki + 2) + ", wiki: it ends only at 2026-09-08T12:12:39Z")
        .contains(", the first of 10 that come after it, begins at ")
        .endsWith(", and within production the less critical goes first (low before usual).");
    int last = index(programme, "last");
    assertThat(EditedPlan.read(moved(programme, last, 0), programme).errors())
        .singleElement()
        .asString()
        .startsWith("Row " + (last + 2) + ", last: it begins at 2026-09-07T06:00:00Z, but m")
        .endsWith(", and within production the less critical goes first (usual before critical).");
    int test = index(programme, "test");
    assertThat(EditedPlan.read(moved(programme, test, 30 * HOUR), programme).errors())
        .singleElement()
        .asString()
        .contains("test: it ends only at 2026-09-08T12:12:39Z", "dev/test goes before production");
  }

  /** The rows of a programme with one machine at another second. */
  private static List<EditedRow> moved(Programme programme, int machine, int second) {
    var rows = new ArrayList<EditedRow>();
    for (var row : Tables.of(programme, null).get(1).rows()) {
      boolean it = rows.size() == machine;
      String cutover = it ? Herd.START.plusSeconds(second).toString() : row.get(5).toString();
      rows.add(
          new EditedRow(
              rows.size() + 2,
              row.get(0).toString(),
              row.get(1).toString(),
              row.get(3).toString(),
              row.get(4).toString(),
              cutover));
    }
    return rows;
  }

  private static int waveOf(Programme programme, String name) {
    int machine = index(programme, name);
    return programme.waves().stream()
        .filter(wave -> wave.machines().contains(machine))
        .findFirst()
        .orElseThrow()
        .number();
  }

  private static Programme planned(Herd herd) {
    Programme programme = Planning.of(herd.estate(), QUICK, () -> false);
    assertThat(Checker.check(programme.problem(), programme.solved().schedule())).isEmpty();
    assertThat(EstateChecker.check(programme)).isEmpty();
    return programme;
  }

  private static int index(Programme programme, String name) {
    for (int j = 0; j < programme.machines().size(); j++) {
      if (programme.machines().get(j).vm().name().equals(name)) {
        return j;
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static Map<String, int[]> cutovers(Programme programme) {
    var cutovers = new HashMap<String, int[]>();
    for (int j = 0; j < programme.machines().size(); j++) {
      cutovers.put(
          programme.machines().get(j).vm().name(),
          new int[] {programme.cutover(j), programme.end(j)});
    }
    return cutovers;
  }
}
