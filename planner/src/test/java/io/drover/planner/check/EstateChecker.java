// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import io.drover.planner.estate.Site;
import io.drover.planner.estate.Stage;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.Inventory;
import io.drover.schemas.Way;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges a programme against the estate itself, not against the problem that the planner made of
 * it: slots of hosts, vCenters and datastores, people, windows, applications, stages, dependencies.
 */
public final class EstateChecker {
  private final Programme programme;
  private final List<String> wrong = new ArrayList<>();

  private EstateChecker(Programme programme) {
    this.programme = programme;
  }

  /** What is wrong, in words. */
  public static List<String> check(Programme programme) {
    var checker = new EstateChecker(programme);
    checker.slots();
    checker.windows();
    checker.order();
    checker.waves();
    return checker.wrong;
  }

  private void slots() {
    Site site = programme.estate().site();
    var events = new TreeMap<String, TreeMap<Integer, Integer>>();
    var limits = new HashMap<String, Integer>();
    for (int i = 0; i < programme.machines().size(); i++) {
      Machine m = programme.machines().get(i);
      Inventory.Vm vm = m.vm();
      int cut = programme.cutover(i);
      int from = cut + m.estimate().shutdownSeconds();
      int to = from + m.estimate().transferSeconds();
      var loads = new HashMap<String, Integer>();
      int disks = Math.min(vm.disks().size(), site.limits().disksPerHost());
      load(loads, limits, "host " + vm.placement().hostName(), site.limits().disksPerHost(), disks);
      load(loads, limits, "vCenter " + vm.vm().vcenter(), site.limits().disksPerVCenter(), disks);
      for (Inventory.Disk disk : vm.disks()) {
        load(loads, limits, "datastore " + disk.datastore(), site.limits().disksPerDatastore(), 1);
      }
      loads.forEach((name, n) -> use(events, name, from, to, Math.min(n, limits.get(name))));
      if (m.way() == Way.WARM) {
        int begin = programme.copy(i);
        int end = begin + m.estimate().copySeconds();
        loads.forEach((name, n) -> use(events, name, begin, end, Math.min(n, limits.get(name))));
        if (end > cut) {
          wrong.add(vm.name() + " cuts over before it is copied");
        }
      }
      limits.put("people", site.limits().cutovers());
      use(events, "people", cut, programme.end(i), 1);
    }
    events.forEach((name, changes) -> {
      int used = 0;
      for (int change : changes.values()) {
        used += change;
        if (used > limits.get(name)) {
          wrong.add(used + " at once of " + limits.get(name) + " of " + name);
          return;
        }
      }
    });
  }

  private static void load(
      Map<String, Integer> loads, Map<String, Integer> limits, String name, int limit, int n) {
    loads.merge(name, n, Integer::sum);
    limits.put(name, limit);
  }

  private static void use(
      TreeMap<String, TreeMap<Integer, Integer>> events, String name, int from, int to, int n) {
    var changes = events.computeIfAbsent(name, k -> new TreeMap<>());
    changes.merge(from, n, Integer::sum);
    changes.merge(to, -n, Integer::sum);
  }

  private void windows() {
    for (int i = 0; i < programme.machines().size(); i++) {
      Machine m = programme.machines().get(i);
      Calendar calendar =
          programme.estate().calendars().getOrDefault(m.workload().calendar(), Calendar.ALWAYS);
      int from = programme.cutover(i);
      int to = programme.end(i);
      if (calendar.open().stream().noneMatch(w -> w.from() <= from && to <= w.to())) {
        wrong.add(m.vm().name() + " is outside calendar " + m.workload().calendar());
      }
    }
  }

  private void order() {
    var first = new HashMap<String, Integer>();
    var last = new HashMap<String, Integer>();
    int[] stageEnd = new int[3];
    int[] stageBegin = {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE};
    for (int i = 0; i < programme.machines().size(); i++) {
      Machine m = programme.machines().get(i);
      first.merge(m.workload().application(), programme.cutover(i), Math::min);
      last.merge(m.workload().application(), programme.end(i), Math::max);
      int s = m.workload().stage().ordinal();
      stageBegin[s] = Math.min(stageBegin[s], programme.cutover(i));
      stageEnd[s] = Math.max(stageEnd[s], programme.end(i));
    }
    for (int s = 1; s < 3; s++) {
      for (int before = 0; before < s; before++) {
        if (stageBegin[s] < stageEnd[before]) {
          wrong.add("stage " + s + " begins before stage " + before + " has ended");
        }
      }
    }
    String circles = programme.grouping().circles().toString();
    var stageOf = new HashMap<String, Stage>();
    for (Machine m : programme.machines()) {
      stageOf.putIfAbsent(m.workload().application(), m.workload().stage());
    }
    for (Machine m : programme.machines()) {
      String on = m.vm().attributes().getOrDefault("dependsOn", "");
      if (stageOf.get(on) != m.workload().stage()) {
        continue;
      }
      if (first.get(m.workload().application()) < last.get(on)
          && !circles.contains(m.vm().name())) {
        wrong.add(m.workload().application() + " begins before " + on + ", which it depends on");
      }
    }
  }

  private void waves() {
    var waveOf = new HashMap<String, Integer>();
    for (Programme.Wave wave : programme.waves()) {
      for (int i : wave.machines()) {
        Integer was =
            waveOf.put(programme.machines().get(i).workload().application(), wave.number());
        if (was != null && was != wave.number()) {
          wrong.add(programme.machines().get(i).workload().application() + " is split over waves");
        }
      }
    }
  }
}
