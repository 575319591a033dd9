// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static io.drover.planner.Estates.disk;
import static io.drover.planner.Estates.request;
import static io.drover.planner.Estates.vm;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Transfer;
import io.drover.planner.programme.Place;
import io.drover.planner.programme.Programme;
import io.drover.planner.report.HtmlReport;
import io.drover.planner.report.Table;
import io.drover.planner.report.Tables;
import io.drover.schemas.Actor;
import io.drover.schemas.Carry;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Health;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Backing;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.Probe;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.PlanSettings.VmOverride;
import io.drover.schemas.Proposal;
import io.drover.schemas.Sayings;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WavePlanTest {
  private static final Ceilings.Route ROUTE =
      new Ceilings.Route(Estates.VCENTER + "/host-1", Estates.VCENTER + "/ds-1", "rbd");

  @Test
  void whatOthersDependOnGoesFirst() {
    Proposal proposal =
        propose(
            2,
            vm("web1", "shop", "db1"),
            vm("web2", "shop", ""),
            vm("db1", "data", ""),
            vm("db2", "data", ""));

    assertThat(names(proposal)).containsExactly(List.of("db1", "db2"), List.of("web1", "web2"));
  }

  @Test
  void aCircleOfApplicationsStaysTogether() {
    Proposal proposal = propose(3, vm("a", "x", "b"), vm("b", "y", "a"), vm("c", "z", "a"));

    assertThat(names(proposal)).containsExactly(List.of("a", "b", "c"));
  }

  @Test
  void aGroupLargerThanAWaveIsSplit() {
    Proposal proposal = propose(2, vm("a", "x", ""), vm("b", "x", ""), vm("c", "x", ""));

    assertThat(names(proposal)).containsExactly(List.of("a", "b"), List.of("c"));
    assertThat(proposal.notes())
        .contains(
            "a and 2 machines more must be together (application x), but are more than the 2 that a"
                + " wave takes: they fill waves 1, 2, which had better go right after each other.");
    assertThat(proposal.outlook().waves())
        .extracting(Proposal.WaveOutlook::cutWeight)
        .containsExactly(1.0, 1.0);
  }

  @Test
  void aBlockedVmIsLeftWithItsReasonAndNobodyIsLost() {
    Proposal proposal =
        propose(9, vm("ok", "x", ""), vm("rdm", "x", "", disk(2000, Backing.RDM_PHYSICAL)));

    assertThat(names(proposal)).containsExactly(List.of("ok"));
    assertThat(proposal.left())
        .singleElement()
        .satisfies(left -> {
          assertThat(left.name()).isEqualTo("rdm");
          assertThat(left.why()).contains("raw device mapping");
          assertThat(left.concerns().getFirst().remedy()).contains("Storage vMotion");
        });
  }

  @Test
  void namesAreLegalAndUnique() {
    Proposal proposal =
        propose(9, vm("SRV Erp_01", "x", ""), vm("srv.erp-01", "x", ""), vm("***", "x", ""));

    assertThat(proposal.waves().getFirst().vms())
        .extracting(p -> p.spec().target().name())
        .containsExactlyInAnyOrder("srv-erp-01", "srv-erp-01-2", "vm");
  }

  @Test
  void aCutoverGetsTheWindowOfItsCalendarAndTheBudgetThatWasStated() {
    Proposal proposal =
        propose(said(statement("db", "nights", 45)), vm("db", "x", ""), vm("free", "y", ""));

    var policies = new TreeMap<String, MigrationSpec.Policy>();
    proposal
        .waves()
        .forEach(wave ->
            wave.vms().forEach(vm -> policies.put(vm.spec().source().name(), vm.spec().policy())));
    assertThat(policies.get("db").notBefore()).isEqualTo(Instant.parse("2026-09-07T20:00:00Z"));
    assertThat(policies.get("db").notAfter()).isEqualTo(Instant.parse("2026-09-08T02:00:00Z"));
    assertThat(policies.get("db").downtimeBudget()).isEqualTo(Duration.ofMinutes(45));
    assertThat(policies.get("free").notBefore()).isNull();
    assertThat(policies.get("free").downtimeBudget())
        .isEqualTo(Estates.settings().downtimeBudget());
    assertThat(proposal.outlook().start()).isEqualTo(START);
  }

  @Test
  void nothingCutsOverBeforeThePlanBeginsThoughItsWindowIsOpen() {
    var open =
        new Sayings.Window(
            "nights",
            ZoneId.of("UTC"),
            Set.of(),
            null,
            null,
            START.minusSeconds(600),
            START.plusSeconds(36_000),
            false,
            "");
    var said =
        new Sayings(
            START,
            List.of(open),
            List.of(),
            List.of(statement("db", "nights", 0)),
            List.of(),
            null);

    Proposal proposal = propose(said, vm("db", "x", ""));

    MigrationSpec.Policy policy = proposal.waves().getFirst().vms().getFirst().spec().policy();
    assertThat(policy.notBefore()).isEqualTo(START);
    assertThat(policy.notAfter()).isEqualTo(START.plusSeconds(36_000));
  }

  @Test
  void whatIsSaidOfSomethingUnknownIsToldAndTheRestIsPlanned() {
    Proposal proposal = propose(said(statement("ghost", "nights", 45)), vm("a", "x", ""));

    assertThat(names(proposal)).containsExactly(List.of("a"));
    assertThat(proposal.notes()).contains("by ada: there is no machine 'ghost'.");
  }

  @Test
  void planningAgainKeepsThePlacesAndTellsWhatIsNew() {
    Inventory.Vm[] vms = {vm("a", "x", ""), vm("b", "y", ""), vm("c", "z", "")};
    Proposal first = propose(said(statement("b", "nights", 0)), vms[0], vms[1]);
    var places = new TreeMap<String, Place>();
    first
        .waves()
        .forEach(wave ->
            wave.vms()
                .forEach(vm ->
                    places.put(
                        vm.spec().vm().toString(),
                        new Place(vm.timing().copySeconds(), vm.timing().cutoverSeconds()))));

    Proposal again =
        WavePlan.propose(
            new PlanEffect.EnsureProposed(
                new PlanId("p"),
                2,
                asking(said(statement("b", "nights", 0))),
                Set.of(),
                1,
                new PlanEffect.Before(START, places),
                null,
                List.of(),
                null,
                null),
            new InventoryView.Snapshot(List.of(vms), Map.of()),
            () -> false);

    assertThat(again.notes()).contains("planned again: 0 VMs moved, 1 new, 0 gone", "new c");
    assertThat(again.changes().moved()).isEmpty();
    assertThat(again.changes().added()).extracting(Proposal.Named::name).containsExactly("c");
    assertThat(first.changes()).isNull();
  }

  @Test
  void whoMayNotApproveACutoverGoesWithEveryVm() {
    Actor ada = Actor.person("ada");

    Proposal proposal =
        WavePlan.propose(
            new PlanEffect.EnsureProposed(
                new PlanId("p"), 1, request(9), Set.of(), 1, null, ada, List.of("bob"), null, null),
            new InventoryView.Snapshot(List.of(vm("a", "x", "")), Map.of()),
            () -> false);

    var policy = proposal.waves().getFirst().vms().getFirst().spec().policy();
    assertThat(policy.requester()).isEqualTo(ada);
    assertThat(policy.authors()).containsExactly("bob");
  }

  @Test
  void whatCopiesTookIsLearned() {
    var copies = new ArrayList<Transfer.Copy>();
    for (int i = 0; i < 60; i++) {
      Instant from = START.plusSeconds(1000L * i);
      copies.add(
          new Transfer.Copy(
              Estates.VCENTER,
              ROUTE,
              (1L + i % 7) << 30,
              from,
              from.plusSeconds(20 + (1 + i % 7) * 1024 / 40)));
    }

    Proposal proposal =
        WavePlan.propose(
            Estates.wanted(new PlanId("p"), 1, request(9), Set.of(), 1),
            new InventoryView.Snapshot(List.of(vm("a", "x", "")), Map.of(), copies, Map.of()),
            () -> false);

    assertThat(proposal.notes())
        .anyMatch(note -> note.startsWith("learned from 60 copies"))
        .anyMatch(note -> note.startsWith("of the newest copies "));
  }

  @Test
  void aPlanKeepsToTheLimitsInForce() {
    var one = Map.of(Estates.VCENTER, new Limits(1, 16, 48, 32, 10, 0));

    Proposal proposal = proposeWithin(one);

    assertThat(proposal.waves().getFirst().vms().stream().map(vm -> vm.timing().copySeconds()))
        .as("one after the other on their only host")
        .doesNotHaveDuplicates();
  }

  @Test
  void cutoversAtOnceKeepToTheLimitsInForce() {
    var one = Map.of(Estates.VCENTER, new Limits(8, 16, 48, 32, 1, 0));

    Proposal proposal = proposeWithin(one);

    assertThat(proposal.outlook().boundBy()).contains("cutovers of vCenter " + Estates.VCENTER);
  }

  @Test
  void whatVmsUseIsCopiedAndNotWhatTheyCouldUse() {
    Inventory.Disk plain = disk(2000, Backing.FLAT);
    var large = large(plain, null);
    var little = large(plain, 16L << 30);

    Proposal proposal =
        proposeAt(List.of(), vm("large", "x", "", large), vm("little", "y", "", little));

    Map<String, Long> outages = outages(proposal);
    assertThat(outages.get("little")).isLessThan(outages.get("large") / 20);
  }

  private static Inventory.Disk large(Inventory.Disk d, @Nullable Long used) {
    return new Inventory.Disk(
        d.deviceKey(),
        d.label(),
        1L << 40,
        d.datastore(),
        d.path(),
        d.uuid(),
        d.backing(),
        d.controller(),
        d.bus(),
        d.unit(),
        d.independent(),
        d.shared(),
        d.thin(),
        d.changeId(),
        used);
  }

  private static Map<String, Long> outages(Proposal proposal) {
    return proposal.waves().stream()
        .flatMap(wave -> wave.vms().stream())
        .collect(
            Collectors.toMap(
                planned -> planned.spec().source().name(),
                planned -> planned.timing().outageSeconds()));
  }

  @Test
  void whatDoesNotFitTheNodesTogetherIsLeftOutAndSaysHowMuchIsMissing() {
    // Room for two guests of 2 GiB and what is around them, though each of three fits alone.
    var node = new Inventory.Node("c", "n1", true, true, 8000, 9L << 30, List.of(), 400L, 4L << 30);

    Proposal proposal =
        proposeAt(List.of(node), vm("a", "x", ""), vm("b", "y", ""), vm("c", "z", ""));

    assertThat(proposal.waves().stream().mapToInt(wave -> wave.vms().size()).sum()).isEqualTo(2);
    assertThat(proposal.left())
        .singleElement()
        .satisfies(left -> assertThat(left.why()).contains("memory of the target", "used up"));
    assertThat(proposal.notes()).noneMatch(note -> note.startsWith("How full"));
  }

  @Test
  void aQuotaHoldsForAllThatComeIntoItsNamespaceTogether() {
    var quota =
        new Inventory.Quota(
            "c",
            "herd",
            "small",
            Map.of("requests.storage", "5Gi"),
            Map.of("requests.storage", "3Gi"));

    Proposal proposal =
        proposeAt(List.of(quota), vm("a", "x", ""), vm("b", "y", ""), vm("c", "z", ""));

    assertThat(proposal.left())
        .singleElement()
        .satisfies(left ->
            assertThat(left.why()).contains("requests.storage of quota small in namespace herd"));
  }

  @Test
  void aStorageClassTakesNoMoreThanItsDriverPublishes() {
    var rbd =
        new Inventory.StorageClass(
            "c",
            "rbd",
            "ceph",
            true,
            true,
            List.of("ReadWriteMany/Block"),
            "snap",
            2L << 30,
            null,
            null);

    Proposal proposal =
        proposeAt(List.of(rbd), vm("a", "x", ""), vm("b", "y", ""), vm("c", "z", ""));

    assertThat(proposal.left())
        .singleElement()
        .satisfies(left -> assertThat(left.why()).contains("room in storage class rbd"));
  }

  @Test
  void ofANodeThatDoesNotSayHowFullItIsAllIsCountedAndThatIsTold() {
    var node = new Inventory.Node("c", "n1", true, true, 8000, 9L << 30, List.of(), null, null);

    Proposal proposal = proposeAt(List.of(node), vm("a", "x", ""), vm("b", "y", ""));

    assertThat(proposal.left()).isEmpty();
    assertThat(proposal.notes()).anyMatch(note -> note.startsWith("How full 1 of 1 nodes"));
  }

  @Test
  void aStandingPlanIsShownWithWhatWasDecidedAndWithWhatFollowsFromIt() {
    Inventory.Vm[] vms = {
      vm("a", "x", ""), vm("b", "y", ""), vm("rdm", "z", "", disk(2000, Backing.RDM_PHYSICAL))
    };
    PlanMessage.PlanRequest request = asking(said(statement("b", "nights", 0)));
    Proposal proposal = propose(said(statement("b", "nights", 0)), vms);

    LivePlan shown =
        LivePlan.of(request, proposal, new InventoryView.Snapshot(List.of(vms), Map.of()));

    Programme programme = shown.programme();
    assertThat(programme.solved().gap())
        .isCloseTo(proposal.outlook().gap(), org.assertj.core.data.Offset.offset(1e-9));
    for (Programme.Wave wave : programme.waves()) {
      Proposal.WaveOutlook of = proposal.outlook().waves().get(programme.index(wave));
      assertThat(wave.from()).isEqualTo((int) of.fromSeconds());
      assertThat(wave.cutWeight()).isEqualTo(of.cutWeight());
      assertThat(shown.forecast().end()[programme.index(wave)])
          .containsExactly((int) of.p50Seconds(), (int) of.p95Seconds());
    }
    Table machines = Tables.of(programme, shown.forecast(), 3).get(1);
    assertThat(machines.headers())
        .contains("Complexity", "Suggested way", "CPUs", "Why then", "Version");
    assertThat(machines.rows()).hasSize(2);
    assertThat(machines.csv()).contains("2026-09-07T20:00:00Z", "as its window of 'nights' opens");
    assertThat(HtmlReport.of("Plan p", programme, shown.forecast(), List.of()))
        .contains("Mon 7 Sep 2026", "raw device mapping", "<svg");
  }

  @Test
  void whatCameOverAlreadyIsNotLeftOutOfItsPlanForTheRoomThatItTook() {
    Inventory.Vm[] vms = {vm("a", "x", ""), vm("b", "y", "")};
    Proposal proposal = propose(9, vms);
    var full =
        new Inventory.Node("c", "n1", true, true, 8000, 9L << 30, List.of(), 8000L, 9L << 30);

    LivePlan shown =
        LivePlan.of(
            request(9),
            proposal,
            new InventoryView.Snapshot(List.of(vms[0], vms[1], full), Map.of()));

    assertThat(shown.programme().left()).isEmpty();
    assertThat(shown.programme().machines()).hasSize(2);
  }

  @Test
  void aPlanWithoutWindowsIsShownInHoursFromItsRelease() {
    Inventory.Vm[] vms = {vm("a", "x", ""), vm("b", "y", "")};
    Proposal proposal = propose(9, vms);

    LivePlan shown =
        LivePlan.of(request(9), proposal, new InventoryView.Snapshot(List.of(vms), Map.of()));

    assertThat(Tables.of(shown.programme(), shown.forecast(), 1).get(1).csv()).contains(",PT0S,");
    assertThat(HtmlReport.of("Plan p", shown.programme(), shown.forecast(), List.of()))
        .contains("+ 0 s")
        .doesNotContain("1970");
  }

  @Test
  void aQuestionTouchesNothingAndIsAnsweredByTheSamePlanner() {
    Inventory.Vm[] vms = {vm("a", "x", ""), vm("b", "y", "")};
    var seen = new InventoryView.Snapshot(List.of(vms), Map.of());

    var question = LivePlan.Question.of(request(9), Set.of(vms[0].vm()), seen);

    assertThat(question.answer(question.estate(), () -> false).machines())
        .extracting(machine -> machine.vm().name())
        .as("a went already")
        .containsExactly("b");
  }

  private static Proposal proposeAt(List<Inventory> target, Inventory.Vm... vms) {
    var all = new ArrayList<Inventory>(List.of(vms));
    all.addAll(target);
    return WavePlan.propose(
        Estates.wanted(new PlanId("p"), 1, request(9), Set.of(), 1),
        new InventoryView.Snapshot(all, Map.of()),
        () -> false);
  }

  private static Proposal proposeWithin(Map<String, Limits> limits) {
    return WavePlan.propose(
        Estates.wanted(new PlanId("p"), 1, request(9), Set.of(), 1),
        new InventoryView.Snapshot(
            List.of(vm("a", "x", ""), vm("b", "x", ""), vm("c", "x", "")),
            Map.of(),
            List.of(),
            limits),
        () -> false);
  }

  private static final Instant START = Instant.parse("2026-09-07T06:00:00Z");

  private static Sayings.Statement statement(String vm, String calendar, double minutes) {
    return new Sayings.Statement(vm, "", "", calendar, "", "", "", "", "", 0, minutes, "by ada");
  }

  private static Sayings said(Sayings.Statement statement) {
    var nights =
        new Sayings.Window(
            "nights",
            ZoneId.of("Europe/Berlin"),
            EnumSet.allOf(DayOfWeek.class),
            LocalTime.of(22, 0),
            LocalTime.of(4, 0),
            null,
            null,
            false,
            "");
    return new Sayings(START, List.of(nights), List.of(), List.of(statement), List.of(), null);
  }

  private static PlanMessage.PlanRequest asking(Sayings said) {
    PlanMessage.PlanRequest plain = request(9);
    return new PlanMessage.PlanRequest(
        plain.vcenters(), plain.select(), 9, plain.settings(), 1, said);
  }

  private static Proposal propose(Sayings said, Inventory.Vm... vms) {
    return WavePlan.propose(
        Estates.wanted(new PlanId("p"), 1, asking(said), Set.of(), 1),
        new InventoryView.Snapshot(List.of(vms), Map.of()),
        () -> false);
  }

  @Test
  void aChosenNameThatKubernetesCannotCarryIsNotChangedBehindOnesBack() {
    Proposal proposal = propose(override("a", called("Not_A_Name")), vm("a", "x", ""));

    assertThat(proposal.left())
        .singleElement()
        .satisfies(left -> {
          assertThat(left.why()).contains("'Not_A_Name'");
          assertThat(left.concerns().getFirst().remedy()).contains("'not-a-name'");
        });
  }

  @Test
  void whatIsSaidOfOneVmIsDifferentForThatVmAlone() {
    var own =
        new VmOverride(
            null,
            "data",
            "ledger",
            "fast",
            Map.of(),
            false,
            List.of(new Probe("sql", 5432)),
            1,
            Duration.ofMinutes(2),
            Map.of("tier", "gold", "drover.io/plan", "mine"),
            Map.of("owner", "Ada & sons"),
            new Health(null, null, true, null, null, null, null));

    Proposal proposal = propose(override("a", own), vm("a", "x", ""), vm("b", "x", ""));

    MigrationSpec a = spec(proposal, "a");
    assertThat(a.target().namespace()).isEqualTo("data");
    assertThat(a.target().name()).isEqualTo("ledger");
    assertThat(a.target().storage()).containsOnly(Map.entry(2000, "fast"));
    assertThat(a.target().compatibility()).isFalse();
    assertThat(a.policy().probes()).containsExactly(new Probe("sql", 5432));
    assertThat(a.policy().downtimeBudget()).isEqualTo(Duration.ofMinutes(2));
    assertThat(a.target().labels())
        .containsOnly(Map.entry("tier", "gold"), Map.entry("drover.io/plan", "p"));
    assertThat(a.target().annotations()).containsOnly(Map.entry("owner", "Ada & sons"));
    assertThat(a.policy().health()).isEqualTo(own.health());
    assertThat(a.target().carry()).isEqualTo(Carry.DEFAULT);
    MigrationSpec b = spec(proposal, "b");
    assertThat(b.target().labels()).containsOnlyKeys("drover.io/plan");
    assertThat(b.target().annotations()).isEmpty();
    assertThat(b.policy().health()).isNull();
    assertThat(b.target().namespace()).isEqualTo("herd");
    assertThat(b.target().name()).isEqualTo("b");
    assertThat(b.target().storage()).containsOnly(Map.entry(2000, "rbd"));
    assertThat(b.target().compatibility()).isTrue();
    assertThat(b.policy().probes()).isEmpty();
    assertThat(b.policy().downtimeBudget()).isEqualTo(Estates.settings().downtimeBudget());
  }

  private static VmOverride called(String name) {
    return new VmOverride(null, null, name, null, Map.of(), null, List.of(), null, null);
  }

  private static MigrationSpec spec(Proposal proposal, String vm) {
    return proposal.waves().stream()
        .flatMap(wave -> wave.vms().stream())
        .map(Proposal.Planned::spec)
        .filter(spec -> spec.source().name().equals(vm))
        .findFirst()
        .orElseThrow();
  }

  private static PlanRequest override(String vm, VmOverride own) {
    return request(9, Map.of(vm, own));
  }

  private static Proposal propose(int waveSize, Inventory.Vm... vms) {
    return propose(request(waveSize), vms);
  }

  private static Proposal propose(PlanRequest request, Inventory.Vm... vms) {
    return WavePlan.propose(
        Estates.wanted(new PlanId("p"), 1, request, Set.of(), 1),
        new InventoryView.Snapshot(List.of(vms), Map.of()),
        () -> false);
  }

  private static List<List<String>> names(Proposal proposal) {
    return proposal.waves().stream()
        .map(wave -> wave.vms().stream().map(p -> p.spec().source().name()).toList())
        .toList();
  }
}
