// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.Herd;
import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.check.Checker;
import io.drover.planner.estate.Understanding.Understood;
import io.drover.planner.forecast.Rates;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Options;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sayings.Capacity;
import io.drover.schemas.Sayings.Statement;
import io.drover.schemas.Sayings.Window;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What people say, and what a plan makes of it. */
class UnderstandingTest {
  private static final Options QUICK = new Options(1, 2_000, 50, true, Rates.DEFAULT);
  private final Estate estate = SyntheticEstate.of(60, 5);

  @Test
  void machinesThatAreToBeApartAreNotCutOverAtOneTime() {
    Set<String> others = Set.copyOf(names().subList(1, 25));
    String one = names().getFirst();

    Programme programme =
        planned(List.of(statement(one, "", "", String.join(",", others), 1)), null);

    var own = cutovers(programme, Set.of(one));
    assertThat(own).hasSize(1);
    for (int[] other : cutovers(programme, others)) {
      boolean overlaps = other[0] < own.getFirst()[1] && own.getFirst()[0] < other[1];
      assertThat(overlaps).isFalse();
    }
  }

  @Test
  void aTeamStandsByNoMoreCutoversThanItCan() {
    Set<String> dbas = Set.copyOf(names().subList(0, 20));
    List<Statement> statements =
        dbas.stream().sorted().map(vm -> statement(vm, "", "dba", "", 1)).toList();

    Programme programme = planned(statements, new Capacity(0, 0, 0, 0, 0, Map.of("dba", 1)));

    var own = cutovers(programme, dbas);
    assertThat(own.size()).isGreaterThan(10);
    for (int i = 1; i < own.size(); i++) {
      assertThat(own.get(i)[0]).isGreaterThanOrEqualTo(own.get(i - 1)[1]);
    }
  }

  @Test
  void rowsThatContradictEachOtherAreNamed() {
    String vm = names().getFirst();
    String application = estate.workload(estate.vms().getFirst()).application();

    Understood understood =
        Understanding.of(
            estate,
            said(
                List.of(
                    statement(vm, "prod", "", "", 1),
                    new Statement("", application, "pilot", "", "", "", "", "", "", 0, 0, "row 2"),
                    statement(vm, "test", "", "", 3),
                    statement(vm, "TEST", "", "", 4)),
                null));

    assertThat(understood.unknown())
        .containsExactly(
            "row 3: the stage of machine '"
                + vm
                + "' is 'test' here, but 'prod' in row 1. The later row is believed: delete one.");
    // What is said of the machine goes over what is said of its application.
    assertThat(understood.estate().workload(estate.vms().getFirst()).stage())
        .isEqualTo(Stage.known("test"));
  }

  @Test
  void whatNothingHasIsToldWithWhatWasProbablyMeant() {
    Estate herd =
        new Herd()
            .vm("erp-db1", "app=erp", "team=dba")
            .vm("erp-web1", "app=erp", "team=webs")
            .estate();
    List<Statement> statements =
        List.of(
            statement("erp-db2", "prod", "", "", 1),
            new Statement("", "epr", "prod", "", "", "", "", "", "", 0, 0, "row 2"),
            new Statement("erp-web1", "", "", "", "", "", "erp_db1", "nowhere", "", 0, 0, "row 3"));
    var capacity = new Capacity(0, 0, 0, 0, 0, Map.of("dbas", 1, "network", 2, "web", 3));

    Understood understood = Understanding.of(herd, said(statements, capacity));

    assertThat(understood.unknown())
        .containsExactlyInAnyOrder(
            "row 1: there is no machine 'erp-db2'. Did you mean 'erp-db1'?",
            "row 2: there is no application 'epr'. Did you mean 'erp'?",
            "row 3: there is no machine or application 'erp_db1'. Did you mean 'erp-db1'?",
            "row 3: there is no machine or application 'nowhere'.",
            "team 'dbas': no machine is of that team, so nothing waits for its people. Did you mean"
                + " 'dba'?",
            "team 'network': no machine is of that team, so nothing waits for its people.",
            "team 'web': no machine is of that team, so nothing waits for its people. Did you mean"
                + " 'webs'?",
            "team 'dba': machines are of it, but nobody said of how many people it is: as many as"
                + " all may. Did you mean 'dbas'?",
            "team 'webs': machines are of it, but nobody said of how many people it is: as many as"
                + " all may. Did you mean 'web'?");
  }

  private List<String> names() {
    return estate.vms().stream().map(vm -> vm.name()).toList();
  }

  private Programme planned(List<Statement> statements, @Nullable Capacity capacity) {
    Understood understood = Understanding.of(estate, said(statements, capacity));
    assertThat(understood.unknown()).isEmpty();
    Programme programme = Planning.of(understood.estate(), QUICK, () -> false);
    assertThat(Checker.check(programme.problem(), programme.solved().schedule())).isEmpty();
    return programme;
  }

  /** When the machines of these names cut over, from and to, in order. */
  private static List<int[]> cutovers(Programme programme, Set<String> names) {
    var cutovers = new ArrayList<int[]>();
    for (int m = 0; m < programme.machines().size(); m++) {
      var machine = programme.machines().get(m);
      if (names.contains(machine.vm().name())) {
        int from = programme.cutover(m);
        cutovers.add(new int[] {from, from + machine.estimate().cutoverSeconds()});
      }
    }
    cutovers.sort(Comparator.comparingInt(cutover -> cutover[0]));
    return cutovers;
  }

  /** With calendars that are open at any time, by the names that the machines have for them. */
  private Sayings said(List<Statement> statements, @Nullable Capacity capacity) {
    List<Window> always =
        estate.calendars().keySet().stream()
            .map(name ->
                new Window(
                    name,
                    ZoneOffset.UTC,
                    EnumSet.allOf(DayOfWeek.class),
                    LocalTime.MIDNIGHT,
                    LocalTime.MIDNIGHT,
                    null,
                    null,
                    false,
                    ""))
            .toList();
    return new Sayings(null, always, List.of(), statements, List.of(), capacity);
  }

  private static Statement statement(String vm, String stage, String team, String apart, int row) {
    return new Statement(vm, "", stage, "", team, "", "", "", apart, 0, 0, "row " + row);
  }
}
