// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Evidence.Kind;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds the machines that share disks, directly or through others. A shared disk is not copied, and
 * of machines that share one none can go without the others: they are one atom, and refused as one.
 */
public final class SharedDisks {
  private SharedDisks() {}

  /**
   * Why machines cannot go, one reason for all of an atom; a machine whose disk is shared with
   * nobody among those given is not in it.
   */
  public static Map<VmKey, String> refused(List<Inventory.Vm> vms) {
    var sharers = new TreeMap<String, List<Inventory.Vm>>();
    var shared = new TreeSet<String>();
    for (Inventory.Vm vm : vms) {
      for (Inventory.Disk disk : vm.disks()) {
        if (!disk.datastore().isBlank() && disk.path().contains(".vmdk")) {
          String path = vm.vm().vcenter() + " " + disk.path();
          sharers.computeIfAbsent(path, p -> new ArrayList<>()).add(vm);
          if (disk.shared()) {
            shared.add(path);
          }
        }
      }
    }
    var evidence = new ArrayList<Evidence>();
    var members = new TreeMap<String, Inventory.Vm>();
    for (String path : shared) {
      List<Inventory.Vm> together = sharers.getOrDefault(path, List.of());
      String disk = path.substring(path.indexOf(' ') + 1);
      for (int i = 1; i < together.size(); i++) {
        Inventory.Vm a = together.get(i - 1);
        Inventory.Vm b = together.get(i);
        evidence.add(new Evidence(a.vm(), b.vm(), Kind.TOGETHER, 1, disk));
        members.put(a.vm().toString(), a);
        members.put(b.vm().toString(), b);
      }
    }
    var all = List.copyOf(members.values());
    var names = all.stream().map(Inventory.Vm::name).toList();
    Grouping atoms =
        Grouping.of(all.stream().map(Inventory.Vm::vm).toList(), names, evidence, 1, 1);
    var refused = new HashMap<VmKey, String>();
    for (int a = 0; a < atoms.atoms().size(); a++) {
      List<Integer> atom = atoms.atoms().get(a);
      String why =
          atom.stream().map(names::get).sorted().collect(Collectors.joining(", "))
              + " share "
              + atoms.bonds().get(a)
              + ": none of them can go without the others, and a shared disk is not copied. Migrate"
              + " the cluster by its own means, or give each machine disks of its own.";
      atom.forEach(m -> refused.put(all.get(m).vm(), why));
    }
    return refused;
  }
}
