// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.Herd;
import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.check.Checker;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Site;
import io.drover.planner.programme.Programme.Options;
import io.drover.planner.programme.Replanning.Places;
import io.drover.planner.programme.Replanning.Replanned;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** What is planned again moves no more than the change makes it move. */
class ReplanningTest {
  private static final Options QUICK = new Options(1, 500, 50, true, Herd.RATES);
  private static final int HOUR = 3600;
  private static final int DAY = 24 * HOUR;

  /** Nights of an hour from a second on, one cutover of 13 minutes at once: four fit into each. */
  private static Herd nights(int past) {
    int[] seconds =
        IntStream.rangeClosed(1, 3)
            .map(night -> night * DAY - past)
            .filter(from -> from >= 0)
            .flatMap(from -> IntStream.of(from, from + HOUR))
            .toArray();
    return new Herd().calendar("night", seconds).at(site(0)).from(Herd.START.plusSeconds(past));
  }

  private static Site site(int storageGiB) {
    return new Site(
        new Limits(8, 15, 48, 1_000, 1, 0), 20, 0, 0, storageGiB, 0, Map.of(), Map.of());
  }

  private static Herd herd(Herd herd, String... names) {
    for (String name : names) {
      herd.vm(name, "window=night");
    }
    return herd;
  }

  private static final String[] SIX = {"a", "b", "c", "d", "e", "f"};

  @Test
  void aWaveThatSlippedGoesWhereThereIsRoomAndTheOthersStay() {
    Programme old = planned(herd(nights(0), SIX).estate());
    Set<String> slipped = wave(old, 1);
    // The first night passed, and nothing of it was done.
    Estate later = herd(nights(DAY + 2 * HOUR), SIX).estate();

    Replanned again = replanned(old, later);

    assertThat(slipped).hasSize(4);
    assertThat(names(again.moved())).isEqualTo(slipped);
    assertThat(again.gone()).isEmpty();
    assertThat(again.programme().machines()).hasSize(6);
  }

  @Test
  void aMachineThatFailedGoesAnewAndTheOthersStay() {
    Programme old = planned(herd(nights(0), SIX).estate());
    Set<String> first = wave(old, 1);
    String failed = first.iterator().next();
    // The others of its night are over, so they are in scope no more.
    String[] still =
        Arrays.stream(SIX)
            .filter(n -> n.equals(failed) || !first.contains(n))
            .toArray(String[]::new);

    Replanned again = replanned(old, herd(nights(DAY + 2 * HOUR), still).estate());

    assertThat(names(again.moved())).containsExactly(failed);
    assertThat(again.programme().machines()).hasSize(3);
    assertThat(again.gone()).hasSize(3);
  }

  @Test
  void aNewMachineMovesNobody() {
    Programme old = planned(herd(nights(0), SIX).estate());

    Replanned again = replanned(old, herd(herd(nights(0), "new"), SIX).estate());

    assertThat(again.added()).containsExactly("new");
    assertThat(again.moved()).isEmpty();
  }

  @Test
  void aMachineThatHasNoPlaceAnyMoreIsLeftOutAlone() {
    Programme old = planned(herd(nights(0), SIX).at(site(100)).estate());
    var grown = herd(nights(0), "a", "b", "c", "d", "e").at(site(100));
    grown.vm("f", List.of(Herd.disk(1, 60, "f/f.vmdk", false)), "window=night");

    Replanned again = replanned(old, grown.estate());

    assertThat(again.moved()).isEmpty();
    assertThat(again.gone()).containsExactly("f");
    assertThat(again.programme().left()).hasSize(1);
    assertThat(again.programme().left().getFirst().why())
        .contains("space of the target", "50.0 GiB of 100 GiB are left, and it takes 60.0 GiB");
  }

  @Test
  void whereOneCanOnlyGoIfAnotherYieldsThatOneIsNamed() {
    // Four of 13 minutes and one of 13 fill the window; the first grows by seven minutes.
    Herd herd = herd(new Herd().calendar("night", 0, 66 * 60).at(site(0)), "a", "b", "c", "d");
    Programme old = planned(herd.estate());
    String first = wave(old, 1).iterator().next();
    var grown = new Herd().calendar("night", 0, 66 * 60).at(site(0));
    for (String name : List.of("a", "b", "c", "d")) {
      int gib = name.equals(first) ? 19 : 10;
      grown.vm(name, List.of(Herd.disk(1, gib, name + ".vmdk", false)), "window=night");
    }

    Replanned again = replanned(old, grown.estate());

    assertThat(again.programme().left()).isEmpty();
    assertThat(again.moved()).hasSize(1);
    assertThat(names(again.moved())).doesNotContain(first);
  }

  @Test
  void aStageThatTakesLongerPushesTheNext() {
    Herd was = new Herd().vm("p", "environment=pilot").vm("q", "environment=prod");
    Programme old = planned(was.estate());
    Herd is = new Herd();
    is.vm("p", List.of(Herd.disk(1, 15, "p.vmdk", false)), "environment=pilot");
    is.vm("q", "environment=prod");

    Replanned again = replanned(old, is.estate());

    assertThat(names(again.moved())).containsExactly("q");
  }

  /** Kinds of change. */
  private enum Change {
    NONE,
    GOES,
    COMES,
    GROWS
  }

  @Property(tries = 16)
  void aChangeMovesNoMoreThanItMustAndNamesThem(
      @ForAll @LongRange(max = 1_000_000) long seed,
      @ForAll @IntRange(min = 10, max = 70) int size,
      @ForAll Change change,
      @ForAll @IntRange(max = 1_000) int which) {
    Estate estate = SyntheticEstate.of(size, seed);
    Programme old = planned(estate);
    List<Integer> last = lastStage(old);
    int changed = last.get(which % last.size());
    Inventory.Vm vm = old.machines().get(changed).vm();

    Replanned again = replanned(old, changed(estate, vm, change));

    Set<String> may = change == Change.GROWS ? unitAndWhatComesAfter(old, changed) : Set.of();
    assertThat(may).containsAll(names(again.moved()));
    assertThat(names(again.moved())).isEqualTo(moved(old, again.programme()));
    assertThat(again.gone()).hasSize(change == Change.GOES ? 1 : 0);
    assertThat(again.added()).hasSize(change == Change.COMES ? 1 : 0);
    assertThat(again.programme().machines().size() + again.programme().left().size())
        .isEqualTo(size + again.added().size() - again.gone().size());
  }

  private static Estate changed(Estate estate, Inventory.Vm vm, Change change) {
    var vms = new ArrayList<>(estate.vms());
    switch (change) {
      case NONE -> {}
      case GOES -> vms.remove(vm);
      case COMES -> vms.add(like(vm, new VmKey(vm.vm().vcenter(), "new"), "new", 1));
      case GROWS -> vms.replaceAll(v -> v.equals(vm) ? like(vm, vm.vm(), vm.name(), 2) : v);
    }
    return new Estate(
        estate.start(),
        vms,
        estate.target(),
        estate.workloads(),
        estate.usage(),
        estate.evidence(),
        estate.calendars(),
        estate.site(),
        estate.settings());
  }

  private static Inventory.Vm like(Inventory.Vm vm, VmKey key, String name, int times) {
    var attributes = new TreeMap<>(vm.attributes());
    if (!key.equals(vm.vm())) {
      attributes.put("app", name);
      attributes.remove("dependsOn");
    }
    return new Inventory.Vm(
        key,
        vm.placement(),
        name,
        vm.power(),
        vm.template(),
        vm.compute(),
        vm.boot(),
        vm.guest(),
        vm.disks().stream()
            .map(d ->
                new Inventory.Disk(
                    d.deviceKey(),
                    d.label(),
                    d.capacityBytes() * times,
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
                    null))
            .toList(),
        vm.nics(),
        vm.snapshots(),
        vm.changeTracking(),
        vm.changeVersion(),
        vm.encrypted(),
        vm.otherDevices(),
        attributes,
        vm.tags(),
        null);
  }

  private static List<Integer> lastStage(Programme programme) {
    var problem = programme.problem();
    var last = new ArrayList<Integer>();
    for (int j = 0; j < problem.jobs().size(); j++) {
      if (problem.units().get(problem.jobs().get(j).unit()).stage() == problem.stages() - 1) {
        last.add(j);
      }
    }
    return last;
  }

  private static Set<String> unitAndWhatComesAfter(Programme programme, int machine) {
    var problem = programme.problem();
    var units = new TreeSet<>(Set.of(problem.jobs().get(machine).unit()));
    for (int size = 0; size < units.size(); ) {
      size = units.size();
      for (int u = 0; u < problem.units().size(); u++) {
        if (Arrays.stream(problem.units().get(u).after()).anyMatch(units::contains)) {
          units.add(u);
        }
      }
    }
    var names = new HashSet<String>();
    units.forEach(u ->
        Arrays.stream(problem.units().get(u).jobs())
            .forEach(j -> names.add(problem.jobs().get(j).name())));
    return names;
  }

  /** Names of those whose cutover is at another time, looked up one by one. */
  private static Set<String> moved(Programme old, Programme now) {
    var at = new TreeMap<String, Instant>();
    for (int j = 0; j < old.machines().size(); j++) {
      at.put(old.machines().get(j).vm().name(), old.estate().start().plusSeconds(old.cutover(j)));
    }
    var moved = new HashSet<String>();
    for (int j = 0; j < now.machines().size(); j++) {
      String name = now.machines().get(j).vm().name();
      Instant then = now.estate().start().plusSeconds(now.cutover(j));
      if (at.containsKey(name) && !then.equals(at.get(name))) {
        moved.add(name);
      }
    }
    return moved;
  }

  private static Set<String> names(List<String> moved) {
    return moved.stream().map(m -> m.substring(0, m.indexOf(':'))).collect(Collectors.toSet());
  }

  private static Programme planned(Estate estate) {
    return Planning.of(estate, QUICK, () -> false);
  }

  private static Replanned replanned(Programme old, Estate changed) {
    Replanned again = Replanning.of(Places.of(old), changed, QUICK);
    assertThat(Checker.check(again.programme().problem(), again.programme().solved().schedule()))
        .isEmpty();
    return again;
  }

  /** Names of a wave, in the order of their cutovers. */
  private static Set<String> wave(Programme programme, int number) {
    return programme.waves().get(number - 1).machines().stream()
        .map(m -> programme.machines().get(m).vm().name())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
