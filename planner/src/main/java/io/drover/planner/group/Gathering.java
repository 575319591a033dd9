// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Evidence.Kind;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads evidence out of the inventory itself: applications, vApps, dependencies, DRS rules, tags,
 * folders, resource pools, networks and names. Each piece says where it comes from.
 */
public final class Gathering {
  /** What more machines than this have in common says nothing about them. */
  private static final int COMMONPLACE = 60;

  private final Estate estate;
  private final List<Evidence> found = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private final List<Inventory.Vm> vms;

  private Gathering(Estate estate, List<Inventory.Vm> vms) {
    this.estate = estate;
    this.vms = vms;
  }

  /** What was found, and what was said but fits nothing. */
  public record Found(List<Evidence> evidence, List<String> notes) {
    public Found {
      evidence = List.copyOf(evidence);
      notes = List.copyOf(notes);
    }
  }

  /**
   * All evidence about the machines given: what people and files said, and what the inventory
   * shows.
   *
   * @param vms those that are planned; one that is not must not be a link between others
   */
  public static Found of(Estate estate, List<Inventory.Vm> vms) {
    var gathering = new Gathering(estate, vms);
    gathering.found.addAll(estate.evidence());
    gathering.together();
    gathering.dependencies();
    gathering.affinity();
    return new Found(gathering.found, gathering.notes);
  }

  private void together() {
    var applications = new TreeMap<String, List<VmKey>>();
    var vApps = new TreeMap<String, List<VmKey>>();
    for (Inventory.Vm vm : vms) {
      var workload = estate.workload(vm);
      if (!workload.splittable()) {
        add(applications, workload.application(), vm);
      }
      String vApp = vm.attributes().getOrDefault("vApp", "").strip();
      if (!vApp.isEmpty()) {
        add(vApps, vApp, vm);
      }
    }
    applications.forEach((name, vms) -> chain(vms, "application " + name));
    vApps.forEach((name, vms) -> chain(vms, "vApp " + name));
  }

  private static void add(Map<String, List<VmKey>> to, String name, Inventory.Vm vm) {
    to.computeIfAbsent(name, n -> new ArrayList<>()).add(vm.vm());
  }

  private void chain(List<VmKey> vms, String source) {
    for (int i = 1; i < vms.size(); i++) {
      found.add(new Evidence(vms.get(i - 1), vms.get(i), Kind.TOGETHER, 1, source));
    }
  }

  private void dependencies() {
    var byName = new HashMap<String, List<VmKey>>();
    var byApplication = new HashMap<String, List<VmKey>>();
    var known = new java.util.HashSet<String>();
    Set<String> moved = estate.movedNames();
    for (Inventory.Vm vm : estate.vms()) {
      known.add(vm.name());
      known.add(estate.workload(vm).application());
    }
    for (Inventory.Vm vm : vms) {
      byName.computeIfAbsent(vm.name(), n -> new ArrayList<>()).add(vm.vm());
      byApplication
          .computeIfAbsent(estate.workload(vm).application(), a -> new ArrayList<>())
          .add(vm.vm());
    }
    for (Inventory.Vm vm : vms) {
      String said = vm.attributes().getOrDefault(estate.settings().dependencyAttribute(), "");
      for (String name : said.split("[,;]", -1)) {
        String on = name.strip();
        if (on.isEmpty()) {
          continue;
        }
        List<VmKey> all = byName.getOrDefault(on, byApplication.getOrDefault(on, List.of()));
        if (all.isEmpty() && !moved.contains(on)) {
          notes.add(
              vm.name()
                  + " depends on '"
                  + on
                  + (known.contains(on)
                      ? "', of which nothing is planned: bring it over first, or mind that it stays"
                      : "', which is no VM and no application in scope"));
        }
        for (VmKey to : all) {
          if (!to.equals(vm.vm())) {
            found.add(
                new Evidence(
                    vm.vm(),
                    to,
                    Kind.AFTER,
                    1,
                    "attribute " + estate.settings().dependencyAttribute() + " of " + vm.name()));
          }
        }
      }
    }
  }

  private void affinity() {
    var groups = new TreeMap<String, List<VmKey>>();
    for (Inventory.Vm vm : vms) {
      vm.tags().forEach(tag -> add(groups, "1.0 tag " + tag, vm));
      String rules = vm.attributes().getOrDefault("Cluster rule name(s)", "");
      for (String rule : rules.split("[,;]", -1)) {
        if (!rule.isBlank() && !rule.toLowerCase(Locale.ROOT).contains("anti")) {
          add(groups, "2.0 DRS rule " + rule.strip(), vm);
        }
      }
      if (!vm.placement().resourcePool().isBlank()) {
        add(groups, "0.5 resource pool " + vm.placement().resourcePool(), vm);
      }
      if (!vm.placement().folder().isBlank()) {
        add(groups, "0.5 folder " + vm.placement().folder(), vm);
      }
      String stem = vm.name().toLowerCase(Locale.ROOT).replaceAll("[-_.]*[0-9]+.*$", "");
      if (stem.length() >= 4) {
        add(groups, "0.7 name like " + stem + "…", vm);
      }
    }
    groups.forEach((name, vms) -> {
      if (vms.size() > 1 && vms.size() <= COMMONPLACE) {
        double weight = Double.parseDouble(name.substring(0, 3));
        near(vms, weight, name.substring(4));
      }
    });
  }

  /** A ring with chords instead of every pair: as good for finding communities, and linear. */
  private void near(List<VmKey> vms, double weight, String source) {
    int n = vms.size();
    if (n == 2) {
      found.add(new Evidence(vms.getFirst(), vms.getLast(), Kind.AFFINITY, weight, source));
      return;
    }
    for (int i = 0; i < n; i++) {
      for (int step : new int[] {1, 3}) {
        int j = (i + step) % n;
        if (i < j || (j < i && n > 2 * step)) {
          found.add(new Evidence(vms.get(i), vms.get(j), Kind.AFFINITY, weight / 2, source));
        }
      }
    }
  }
}
