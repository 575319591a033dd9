// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.Herd;
import io.drover.planner.check.Checker;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Stage;
import io.drover.planner.estate.Understanding;
import io.drover.planner.estate.Workload;
import io.drover.planner.programme.Programme.Left;
import io.drover.planner.programme.Programme.Options;
import io.drover.planner.report.HtmlReport;
import io.drover.planner.report.Tables;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sayings.Statement;
import io.drover.schemas.Sayings.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot go is left out with why, and nothing of what can go is lost beside it. */
class LeftOutTest {
  private static final Options QUICK = new Options(1, 500, 50, true, Herd.RATES);
  private static final int HOUR = 3600;

  @Test
  void whatIsWrongWithSomeHindersNoOther() {
    String long64 = "x".repeat(10_000);
    var disks =
        IntStream.rangeClosed(1, 64).mapToObj(i -> Herd.disk(i, 1, "m/" + i + ".vmdk", false));
    Estate estate =
        new Herd()
            .calendar("short", 0, 300)
            .calendar("never")
            .calendar("sat", 5 * HOUR, 9 * HOUR)
            .calendar("sun", 29 * HOUR, 33 * HOUR)
            .vm("good")
            .vm(long64)
            .vm("many-disks", disks.toList())
            .vm("empty-disk", List.of(Herd.disk(1, 0, "e/e.vmdk", false)))
            .vm("no-disk", List.of())
            .vm("hasty")
            .said(workload("hasty", "", Duration.ofMinutes(1)))
            .vm("patient")
            .said(workload("patient", "", Duration.ofHours(1)))
            .vm("short-window", "window=short")
            .vm("no-window", "window=never")
            .vm("torn-1", "app=torn", "window=sat")
            .vm("torn-2", "app=torn", "window=sun")
            .vm("torn-3", "app=torn")
            .vm("unknown-window", "window=shrot")
            .vm("after-itself", "dependsOn=after-itself")
            .vm("circle-1", "dependsOn=circle-2")
            .vm("circle-2", "dependsOn=circle-1")
            .vm("after-empty", "dependsOn=empty-disk")
            .estate();

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(planned(programme))
        .containsExactlyInAnyOrder(
            "good",
            long64,
            "many-disks",
            "patient",
            "after-itself",
            "circle-1",
            "circle-2",
            "after-empty");
    Map<String, String> left = left(programme);
    assertThat(left).hasSize(9);
    assertThat(left.get("empty-disk")).contains("has a capacity of 0 bytes");
    assertThat(left.get("no-disk")).contains("has no disks");
    assertThat(left.get("hasty"))
        .isEqualTo("Its outage is forecast at 13 min (cold), but its budget is 1 min.");
    assertThat(Tables.of(programme, null).get(2).rows())
        .filteredOn(row -> row.get(1).equals("hasty"))
        .singleElement()
        .satisfies(row ->
            assertThat(row.getLast().toString())
                .isEqualTo(
                    "Give it a downtime of 13 minutes or more, or move it warm: that is"
                        + " forecast at 8 min (still too long), or shorten what takes"
                        + " longest: of its outage, the shutdown takes 1 min, the copy 6 min,"
                        + " the guest conversion 3 min, the start 3 min."));
    assertThat(HtmlReport.of("Plan", programme, null, List.of()))
        .contains("Give it a downtime of 13 minutes or more");
    assertThat(left.get("short-window"))
        .contains("forecast at 13 min, but the longest window of calendar 'short' is 5 min");
    assertThat(left.get("unknown-window"))
        .startsWith("There is no calendar 'shrot', in whose windows alone it may cut over")
        .endsWith("Did you mean 'short'?");
    assertThat(left.get("no-window")).contains("The calendar 'never' is never open");
    assertThat(left.get("torn-1"))
        .isEqualTo(
            "torn-1 may cut over only in calendar 'sat' (attribute window), torn-2 only in 'sun'"
                + " (attribute window), and they move together (application torn): no time is in"
                + " both. With them stays torn-3, which moves together with them (application"
                + " torn). Give them one calendar, or windows that are in each of these, or take"
                + " back what ties them together.")
        .isEqualTo(left.get("torn-2"))
        .isEqualTo(left.get("torn-3"));
    assertThat(programme.notes())
        .anyMatch(n -> n.contains("depend on each other in a circle"))
        .anyMatch(
            n -> n.contains("after-empty depends on 'empty-disk', of which nothing is planned"));
    assertThat(Checker.check(programme.problem(), programme.solved().schedule())).isEmpty();
    assertThat(Tables.of(programme, null).get(1).rows()).hasSize(8);
    assertThat(HtmlReport.of("Plan", programme, null, List.of())).contains("no-window");
  }

  /** As an infeasible wish has to be told: which demands exclude each other, and who makes them. */
  @Test
  void demandsOnWindowsThatExcludeEachOtherAreNamedWithWhoMakesThem() {
    Estate plain =
        new Herd()
            .calendar("prod", 0, 40 * HOUR)
            .vm("cyc-a", "dependsOn=cyc-b")
            .vm("cyc-b", "dependsOn=cyc-c", "window=prod")
            .vm("cyc-c", "dependsOn=cyc-a", "window=prod")
            .vm("talkz", "window=prod")
            .vm("other", "window=prod")
            .estate();
    var said =
        new Sayings(
            null,
            List.of(once("prod", 0, 40), once("once1", 0, 2), once("dst", 20, 23)),
            List.of(),
            List.of(
                new Statement(
                    "cyc-a", "", "", "once1", "", "", "talkz", "", "", 0, 0, "said.csv, row 2"),
                new Statement("talkz", "", "", "dst", "", "", "", "", "", 0, 0, "said.csv, row 3")),
            List.of(),
            null);

    Programme programme = Planning.of(Understanding.of(plain, said).estate(), QUICK, () -> false);

    assertThat(planned(programme)).containsExactly("other");
    assertThat(left(programme)).containsOnlyKeys("cyc-a", "cyc-b", "cyc-c", "talkz");
    assertThat(programme.left())
        .extracting(Left::why)
        .containsOnly(
            "talkz may cut over only in calendar 'dst' (said.csv, row 3), cyc-a only in 'once1'"
                + " (said.csv, row 2), and they move together (said.csv, row 2): no time is in"
                + " both. With them stay cyc-b and cyc-c, which move together with them (cyc-a,"
                + " cyc-b and cyc-c depend on each other in a circle: cyc-a comes after cyc-b"
                + " (attribute dependsOn of cyc-a), cyc-b after cyc-c (attribute dependsOn of"
                + " cyc-b), cyc-c after cyc-a (attribute dependsOn of cyc-c)). Give them one"
                + " calendar, or windows that are in each of these, or take back what ties them"
                + " together.");
    assertThat(HtmlReport.of("Plan", programme, null, List.of()))
        .as("the page gives the whole reason")
        .contains("or take back what ties them together.");
  }

  @Test
  void whereEachTwoOfThreeCalendarsMeetAllThreeAreNamedAndNoFourth() {
    Programme programme =
        Planning.of(
            new Herd()
                .calendar("x", 0, HOUR, 2 * HOUR, 3 * HOUR)
                .calendar("y", 0, HOUR, 4 * HOUR, 5 * HOUR)
                .calendar("z", 2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR)
                .calendar("all", 0, 9 * HOUR)
                .vm("a", "app=erp", "window=x")
                .vm("b", "app=erp", "window=all")
                .vm("c", "app=erp", "window=y")
                .vm("d", "app=crm", "window=z")
                .knows("c", "d", Evidence.Kind.TOGETHER, 1, "ticket 4")
                .estate(),
            QUICK,
            () -> false);

    assertThat(left(programme)).hasSize(4);
    assertThat(left(programme).get("b"))
        .startsWith(
            "a may cut over only in calendar 'x' (attribute window), c only in 'y' (attribute"
                + " window), d only in 'z' (attribute window), and they move together (a with c:"
                + " application erp; c with d: ticket 4): no time is in all of them.")
        .doesNotContain("'all'");
  }

  @Test
  void aTimeInBothThatIsTooShortIsToldWithWhoNeedsMore() {
    Programme programme =
        Planning.of(
            new Herd()
                .calendar("early", 0, HOUR)
                .calendar("late", HOUR - 300, 3 * HOUR)
                .vm("a", "app=erp", "window=early")
                .vm("b", "app=erp", "window=late")
                .estate(),
            QUICK,
            () -> false);

    assertThat(left(programme).get("a"))
        .contains(
            "they move together (application erp): the longest time that is in both is 5 min, but"
                + " the outage of a is forecast at 13 min.");
  }

  @ParameterizedTest
  @CsvSource({
    "0,15,48,100,10,20,'disks in flight on host h-a, but there are 0'",
    "8,0,48,100,10,20,'snapshots on datastore ds, but there are 0'",
    "8,15,0,100,10,20,'NFC connections of vCenter vc, but there are 0'",
    "8,15,48,0,10,20,'disks into storage class rbd, but there are 0'",
    "8,15,48,100,0,20,'cutovers at once, but there are 0'",
    "8,15,48,100,10,0,'conversion pods, but there are 0'"
  })
  void withoutAnyOfSomethingNothingGoesAndItIsNamed(
      int perHost, int perDatastore, int nfc, int perClass, int cutovers, int pods, String why) {
    Estate estate =
        new Herd()
            .vm("a")
            .vm("b")
            .at(
                new Site(
                    new Limits(perHost, perDatastore, nfc, perClass, cutovers, 0),
                    pods,
                    0,
                    0,
                    0,
                    0,
                    Map.of(),
                    Map.of()))
            .estate();

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(programme.machines()).isEmpty();
    assertThat(left(programme)).containsOnlyKeys("a", "b");
    assertThat(left(programme).get("a")).contains(why);
  }

  @Test
  void aTeamOfNobodyKeepsOnlyItsOwnMachines() {
    Estate estate =
        new Herd().vm("a", "team=dba").vm("b").at(site(10, 0, Map.of("dba", 0))).estate();

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(planned(programme)).containsExactly("b");
    assertThat(left(programme).get("a")).contains("people of team dba, but there are 0");
  }

  @Test
  void whatFindsEveryWindowFullIsLeftOutAndTheRestStays() {
    var herd = new Herd().calendar("once", 0, HOUR).at(site(1, 0, Map.of()));
    for (int i = 0; i < 7; i++) {
      herd.vm("m" + i, "window=once");
    }

    Programme programme = Planning.of(herd.estate(), QUICK, () -> false);

    // Each takes 13 minutes, one at a time.
    assertThat(programme.machines()).hasSize(4);
    assertThat(programme.left())
        .hasSize(3)
        .allMatch(l -> l.why().startsWith("Every window of calendar once is full before its turn"));
    assertThat(Checker.check(programme.problem(), programme.solved().schedule())).isEmpty();
  }

  @Test
  void aFullTargetIsNamedAndWhatComesAfterGoesWithoutIt() {
    Estate estate =
        new Herd()
            .vm("small")
            .vm("large", List.of(Herd.disk(1, 500, "l/l.vmdk", false)))
            .vm("other-large", List.of(Herd.disk(1, 500, "o/o.vmdk", false)))
            .vm("follower", "dependsOn=large")
            .vm("other-follower", "dependsOn=other-large")
            .at(site(10, 600, Map.of()))
            .estate();

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(planned(programme)).contains("small", "follower", "other-follower").hasSize(4);
    assertThat(programme.left()).hasSize(1);
    assertThat(programme.left().getFirst().why())
        .matches(
            "The space of the target is used up by what goes before: [0-9.]+ GiB of 600 GiB are"
                + " left, and it takes 500 GiB\\..*");
    assertThat(Checker.check(programme.problem(), programme.solved().schedule())).isEmpty();
  }

  @Test
  void anApplicationThatIsLargerThanTheTargetIsToldOfWhat() {
    Estate estate =
        new Herd()
            .vm("one", List.of(Herd.disk(1, 400, "o/o.vmdk", false)), "app=erp")
            .vm("two", List.of(Herd.disk(1, 300, "t/t.vmdk", false)), "app=erp")
            .at(site(10, 600, Map.of()))
            .estate();

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(left(programme)).containsOnlyKeys("one", "two");
    assertThat(programme.left())
        .extracting(Left::why)
        .containsOnly(
            "Together, the 2 machines of erp take 700 GiB of space of the target, but there are"
                + " 600 GiB. Add some, or leave some of them out.");
  }

  @Test
  void theSmallestSetOfDemandsThatExcludeEachOtherIsSaid() {
    Programme programme = Planning.of(erp(1, HOUR / 2, false).estate(), QUICK, () -> false);

    assertThat(left(programme)).containsOnlyKeys("erp1", "erp2", "erp3");
    assertThat(programme.left())
        .extracting(Left::why)
        .containsOnly(
            "Together, the 3 machines of erp fit into no window: they must cut over in one window;"
                + " there are 1 of cutovers at once; the longest window of 'night' is 30 min. Allow"
                + " the application to be split, lengthen a window, or raise a limit.");
  }

  /** Without any one of the demands that are named, all of it goes. */
  @ParameterizedTest
  @CsvSource({"2,1800,false", "1,2400,false", "1,1800,true"})
  void eachOfTheDemandsIsNeeded(int cutovers, int window, boolean splittable) {
    Programme programme =
        Planning.of(erp(cutovers, window, splittable).estate(), QUICK, () -> false);

    assertThat(planned(programme)).containsExactlyInAnyOrder("erp1", "erp2", "erp3");
  }

  private static Herd erp(int cutovers, int window, boolean splittable) {
    var herd =
        new Herd()
            .calendar("night", 0, window, 24 * HOUR, 24 * HOUR + window)
            .at(site(cutovers, 0, Map.of()));
    for (int i = 1; i <= 3; i++) {
      herd.vm("erp" + i)
          .said(new Workload("erp", Stage.PRODUCTION, "night", "", 3, null, splittable));
    }
    return herd;
  }

  @Test
  void machinesThatShareDisksAreRefusedTogetherWithOneReason() {
    Inventory.Disk quorum = Herd.disk(2, 1, "q/q.vmdk", true);
    Estate estate =
        new Herd()
            .vm("node1", List.of(Herd.disk(1, 10, "n1/a.vmdk", false), quorum))
            .vm("node2", List.of(quorum, Herd.disk(3, 5, "d/d.vmdk", true)))
            // Says nothing of sharing, but has the same file.
            .vm("node3", List.of(Herd.disk(1, 5, "d/d.vmdk", false)))
            .vm("alone", List.of(Herd.disk(1, 5, "s/s.vmdk", true)))
            .vm("other")
            .estate();

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(planned(programme)).containsExactly("other");
    Map<String, String> left = left(programme);
    assertThat(left).containsOnlyKeys("node1", "node2", "node3", "alone");
    assertThat(left.get("node1"))
        .isEqualTo(
            "node1, node2, node3 share [ds] d/d.vmdk, [ds] q/q.vmdk: none of them can go without"
                + " the others, and a shared disk is not copied. Migrate the cluster by its own"
                + " means, or give each machine disks of its own.")
        .isEqualTo(left.get("node2"))
        .isEqualTo(left.get("node3"));
    assertThat(left.get("alone")).contains("is shared by several VMs");
  }

  private static Workload workload(String application, String calendar, Duration budget) {
    return new Workload(application, Stage.PRODUCTION, calendar, "", 3, budget, false);
  }

  private static Window once(String calendar, int from, int to) {
    return new Window(
        calendar,
        null,
        null,
        null,
        null,
        Herd.START.plus(Duration.ofHours(from)),
        Herd.START.plus(Duration.ofHours(to)),
        false,
        "");
  }

  private static Site site(int cutovers, int storageGiB, Map<String, Integer> teams) {
    return new Site(
        new Limits(8, 15, 48, 1_000, cutovers, 0), 20, 0, 0, storageGiB, 0, teams, Map.of());
  }

  private static List<String> planned(Programme programme) {
    var names = new ArrayList<String>();
    programme
        .waves()
        .forEach(wave ->
            wave.machines().forEach(m -> names.add(programme.machines().get(m).vm().name())));
    return names;
  }

  private static Map<String, String> left(Programme programme) {
    var left = new TreeMap<String, String>();
    for (Left l : programme.left()) {
      assertThat(left.put(l.vm().name(), l.why())).isNull();
    }
    return left;
  }
}
