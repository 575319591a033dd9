// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.vsphere;

import io.drover.vsphere.ClusterFacts;
import io.drover.vsphere.ClusterFacts.Rule;
import io.drover.vsphere.InventoryView;
import io.drover.vsphere.Moref;
import io.drover.vsphere.VmFacts;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is worth knowing of a VM and has no place of its own in the inventory, as attributes under
 * the names that RVTools exports give it, so that plans read both sources alike. Custom attributes
 * of people stand beside them.
 */
final class Remarks {
  private static final String AUTOMATIC = "True";
  private static final long MIB = 1 << 20;

  /**
   * Free space is told only where it is little, and in steps, else every file written would be a
   * fact. The concern {@code guest-disk-full} has bounds below, all of them steps.
   */
  private static final long LITTLE = 128 * MIB;

  private static final long STEP = 10 * MIB;

  private final InventoryView view;
  private final Map<Moref, TreeSet<String>> together = new HashMap<>();
  private final Map<Moref, TreeSet<String>> bound = new HashMap<>();
  private final Map<Moref, ClusterFacts> clusters = new HashMap<>();

  Remarks(InventoryView view) {
    this.view = view;
    for (ClusterFacts cluster : view.clusters()) {
      clusters.put(cluster.moref(), cluster);
      for (Rule rule : cluster.rules()) {
        if (rule.enabled()) {
          switch (rule.kind()) {
            case TOGETHER -> note(rule, together);
            case HOSTS -> note(rule, bound);
            case APART, OTHER -> {}
          }
        }
      }
    }
  }

  private static void note(Rule rule, Map<Moref, TreeSet<String>> names) {
    rule.vms().forEach(vm -> names.computeIfAbsent(vm, key -> new TreeSet<>()).add(rule.name()));
  }

  /** All attributes of a VM. */
  Map<String, String> of(VmFacts vm) {
    var all = new TreeMap<>(vm.notes().customAttributes());
    if (vm.runtime().consolidationNeeded()) {
      all.put("Consolidation Needed", AUTOMATIC);
    }
    String connection = vm.runtime().connectionState();
    if (!connection.isBlank() && !connection.equals("connected")) {
      all.put("Connection state", connection);
    }
    if (vm.hardware().hotPlug().cpuRemove()) {
      all.put("CPU Hot Remove", AUTOMATIC);
    }
    String tolerance = vm.runtime().faultTolerance();
    if (!tolerance.isBlank() && !tolerance.equals("notConfigured")) {
      all.put("FT State", tolerance);
    }
    setting(vm, "disk.EnableUUID", "EnableUUID", all);
    setting(vm, "sched.cpu.affinity", "CPU Affinity", all);
    setting(vm, "numa.nodeAffinity", "NUMA Affinity", all);
    vm.placement().vApp().map(view::name).ifPresent(name -> all.put("vApp", name));
    var rules = together.get(vm.moref());
    if (rules != null) {
      all.put("Cluster rule name(s)", String.join(", ", rules));
    }
    var hosts = bound.get(vm.moref());
    if (hosts != null) {
      all.put("Host Affinity", String.join(", ", hosts));
    }
    var cluster = vm.placement().cluster().map(clusters::get);
    cluster.filter(ClusterFacts::drs).ifPresent(any -> all.put("DRS", AUTOMATIC));
    cluster.filter(ClusterFacts::dpm).ifPresent(any -> all.put("DPM", AUTOMATIC));
    vm.guest()
        .freeBytes()
        .forEach((path, free) -> {
          if (free < LITTLE) {
            all.put("Free " + path, Long.toString(free / STEP * STEP));
          }
        });
    return all;
  }

  private static void setting(VmFacts vm, String key, String name, Map<String, String> all) {
    vm.notes()
        .extraConfig()
        .forEach((own, value) -> {
          boolean is = own.toLowerCase(Locale.ROOT).equals(key.toLowerCase(Locale.ROOT));
          // Affinity to "all" binds to nothing.
          if (is && !value.isBlank() && !value.equalsIgnoreCase("all")) {
            all.put(name, value);
          }
        });
  }
}
