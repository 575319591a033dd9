// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.check.Checker;
import io.drover.planner.check.EstateChecker;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Site;
import io.drover.planner.explain.WhatIf;
import io.drover.planner.forecast.Rates;
import io.drover.planner.programme.Programme.Options;
import io.drover.planner.report.EditedPlan;
import io.drover.planner.report.HtmlReport;
import io.drover.planner.report.Tables;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.PlanMessage.EditedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlanningTest {
  private static final Options QUICK = new Options(1, 2_000, 50, true, Rates.DEFAULT);
  private final Estate estate = SyntheticEstate.of(150, 3);
  private final Programme programme = Planning.of(estate, QUICK, () -> false);

  @Test
  void aPlanAgainWithoutChangeMovesNothing() {
    var again = Replanning.of(Replanning.Places.of(programme), estate, QUICK);

    assertThat(again.moved()).isEmpty();
    assertThat(again.added()).isEmpty();
    assertThat(again.gone()).isEmpty();
  }

  @Test
  void aMachineThatGoesMovesFewOthers() {
    var fewer = estate.vms().subList(1, estate.vms().size());
    var changed =
        new Estate(
            estate.start(),
            fewer,
            estate.target(),
            estate.workloads(),
            estate.usage(),
            estate.evidence(),
            estate.calendars(),
            estate.site(),
            estate.settings());

    var again = Replanning.of(Replanning.Places.of(programme), changed, QUICK);

    assertThat(again.moved()).isEmpty();
    assertThat(Checker.check(again.programme().problem(), again.programme().solved().schedule()))
        .isEmpty();
  }

  @Test
  void theShareOfAWindowThatIsKeptFreeIsUsedByWhatIsTooLongForTheRestAlone() {
    Estate reserving = SyntheticEstate.of(150, 3, 20);
    Programme reserved = Planning.of(reserving, QUICK, () -> false);

    assertThat(reserved.machines()).hasSameSizeAs(programme.machines());
    assertThat(EstateChecker.check(reserved)).isEmpty();
    int held = 0;
    for (List<Integer> atom : reserved.grouping().atoms()) {
      var calendars =
          atom.stream().map(m -> reserved.machines().get(m).workload().calendar()).distinct();
      Calendar own = reserving.calendars().get(calendars.findFirst().orElseThrow());
      int longest = atom.stream().mapToInt(m -> seconds(reserved, m)).max().orElseThrow();
      for (int m : atom) {
        if (own == null || !own.name().equals(reserved.machines().get(m).workload().calendar())) {
          continue;
        }
        Calendar.Interval window =
            own.open().stream()
                .filter(w -> w.from() <= reserved.cutover(m) && reserved.end(m) <= w.to())
                .findFirst()
                .orElseThrow();
        assertThat(reserved.end(m) - window.from())
            .isLessThanOrEqualTo(Math.max(window.length() * 8 / 10, longest));
        held++;
      }
    }
    assertThat(held).isPositive();
  }

  private static int seconds(Programme programme, int machine) {
    return programme.problem().jobs().get(machine).cutover().seconds();
  }

  @Test
  void withoutPodsNothingIsPlannedAndEverythingSaysWhy() {
    Site site = estate.site();
    Programme none =
        Planning.of(
            estate.at(
                new Site(
                    site.limits(),
                    0,
                    site.linkMiBs(),
                    site.ingestMiBs(),
                    0,
                    0,
                    site.teams(),
                    Map.of())),
            QUICK,
            () -> false);

    assertThat(none.machines()).isEmpty();
    assertThat(Tables.summary(none))
        .startsWith("Nothing was planned: all 150 machines are left out.")
        .contains("conversion pods, but there are 0")
        .doesNotContain("best there is");
    assertThat(HtmlReport.of("Plan", none, null, List.of()))
        .contains("Nothing was planned")
        .doesNotContain("last cutover ends")
        .doesNotContain("<h2>When</h2>");
    assertThat(none.left()).hasSize(150);
    assertThat(none.left()).anyMatch(l -> l.why().contains("conversion pods, but there are 0"));
  }

  @Test
  void whatDoesNotFitIntoTheTargetIsLeftOut() {
    Site site = estate.site();

    Programme little =
        Planning.of(
            estate.at(
                new Site(
                    site.limits(), site.conversionPods(), 0, 0, 4_000, 0, site.teams(), Map.of())),
            QUICK,
            () -> false);

    assertThat(little.machines().size() + little.left().size()).isEqualTo(150);
    assertThat(little.machines()).isNotEmpty();
    assertThat(little.left()).anyMatch(l -> l.why().contains("space of the target"));
    assertThat(Checker.check(little.problem(), little.solved().schedule())).isEmpty();
  }

  @Test
  void everyMachineKnowsWhyItIsWhereItIs() {
    for (int j = 0; j < programme.machines().size(); j++) {
      assertThat(Tables.why(programme, j)).hasSizeGreaterThan(1);
    }
  }

  @Test
  void moreSlotsNeverNeedALongerBound() {
    // Not those of a host: its disks share its bandwidth, so each copy would take longer.
    Estate wider = WhatIf.limits(estate, 500, null, 500, 100_000);

    Programme then = Planning.of(wider, QUICK, () -> false);

    assertThat(wider.site().limits())
        .isEqualTo(new Limits(estate.site().limits().disksPerHost(), 15, 500, 1_000_000, 500, 0));
    assertThat(then.solved().bound().seconds()).isLessThanOrEqualTo(programme.solved().makespan());
  }

  /** The rows of the table of machines, as a spreadsheet gives them back. */
  private List<EditedRow> rows() {
    var rows = new ArrayList<EditedRow>();
    for (var row : Tables.of(programme, null).get(1).rows()) {
      rows.add(
          new EditedRow(
              rows.size() + 2,
              row.get(0).toString(),
              row.get(1).toString(),
              row.get(3).toString(),
              row.get(4).toString(),
              row.get(5).toString()));
    }
    return rows;
  }

  private static EditedRow cutover(int number, EditedRow row, String cutover) {
    return new EditedRow(number, row.id(), row.name(), row.wave(), row.copy(), cutover);
  }

  @Test
  void anEditedPlanIsTakenOrRefusedRowByRow() {
    List<EditedRow> rows = rows();
    assertThat(EditedPlan.read(rows, programme).errors()).isEmpty();

    rows.set(0, cutover(2, rows.getFirst(), "tomorrow"));
    rows.set(1, cutover(3, rows.get(2), rows.get(2).cutover()));
    var read = EditedPlan.read(rows, programme);

    assertThat(read.schedule()).isNull();
    assertThat(read.errors())
        .anyMatch(e -> e.startsWith("Row 2, Cutover: 'tomorrow'"))
        .anyMatch(e -> e.contains("is in row 3 already"))
        .anyMatch(e -> e.contains("is in no row"));
  }

  @Test
  void aTimeThatASpreadsheetTookForItsOwnIsUtcAsTheColumnSays() {
    List<EditedRow> rows = rows();
    rows.replaceAll(
        row -> cutover(row.row(), row, row.cutover().replace('T', ' ').replace("Z", "")));

    EditedPlan.Read read = EditedPlan.read(rows, programme);

    assertThat(read.errors()).isEmpty();
    assertThat(read.changed()).isZero();
  }

  @Test
  void anEditThatBreaksARuleNamesRowAndRule() {
    List<EditedRow> rows = rows();
    // Monday noon local is in no weeknight window.
    rows.set(0, cutover(2, rows.getFirst(), "2026-09-07T10:00:00Z"));

    var read = EditedPlan.read(rows, programme);

    assertThat(read.errors()).isNotEmpty().allMatch(e -> e.startsWith("Row "));
  }

  @Test
  void thePageSaysTextAsText() {
    String page =
        HtmlReport.of(
            "<script>alert(1)</script>", programme, Futures.of(programme, 20), List.of("a<b"));

    assertThat(page).doesNotContain("<script").contains("&lt;script&gt;").contains("a&lt;b");
  }

  @Test
  void theForecastIsNotEarlierThanThePlanAllows() {
    var forecast = Futures.of(programme, 60);

    for (Programme.Wave wave : programme.waves()) {
      int[] end = forecast.end()[wave.number() - 1];
      assertThat(end[0]).isLessThanOrEqualTo(end[1]);
      assertThat(end[0]).isGreaterThan(wave.from());
      assertThat(forecast.missed()[wave.number() - 1]).isBetween(0.0, 1.0);
    }
  }
}
