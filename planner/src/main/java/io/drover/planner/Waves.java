// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.WaveId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Puts VMs into waves: what depends on each other in a circle stays together, what others depend on
 * goes first, an application is split over waves only where it is larger than a wave.
 */
final class Waves {
  private Waves() {}

  /** Waves of at most {@code request.waveSize} VMs, in the order they are to go. */
  static List<Proposal.Wave> of(PlanEffect.EnsureProposed ask, List<Proposal.Planned> planned) {
    int size = Math.max(1, ask.request().waveSize());
    PlanSettings settings = ask.request().settings();
    var pinned = new TreeMap<Integer, List<Proposal.Planned>>();
    var free = new ArrayList<Proposal.Planned>();
    for (Proposal.Planned vm : planned) {
      PlanSettings.VmOverride override = settings.overrides().get(vm.spec().source().name());
      if (override != null && override.wave() != null) {
        pinned.computeIfAbsent(override.wave(), n -> new ArrayList<>()).add(vm);
      } else {
        free.add(vm);
      }
    }
    var waves = new ArrayList<List<Proposal.Planned>>();
    int last = pinned.isEmpty() ? 0 : pinned.lastKey();
    for (int n = 1; n <= last; n++) {
      waves.add(new ArrayList<>(pinned.getOrDefault(n, List.of())));
    }
    for (List<Proposal.Planned> group : groupsInOrder(settings, free)) {
      place(group, waves, size, last);
    }
    var result = new ArrayList<Proposal.Wave>();
    int number = ask.firstWave();
    for (List<Proposal.Planned> wave : waves) {
      if (wave.isEmpty()) {
        continue;
      }
      WaveId id = WaveId.of(ask.plan(), number++);
      var applications = new TreeSet<String>();
      wave.forEach(vm -> applications.add(vm.application()));
      String name = String.join(", ", applications);
      wave.sort(WavePlan.BY_NAME);
      result.add(
          new Proposal.Wave(
              id,
              name.length() > 80 ? applications.size() + " applications" : name,
              wave.stream()
                  .map(vm -> WavePlan.inWave(vm, id, "application " + vm.application()))
                  .toList()));
    }
    return result;
  }

  /**
   * A group goes whole into the last wave if it fits, else into new ones; order of groups is kept.
   */
  private static void place(
      List<Proposal.Planned> group, List<List<Proposal.Planned>> waves, int size, int pinnedWaves) {
    boolean fits = waves.size() > pinnedWaves && waves.getLast().size() + group.size() <= size;
    if (!fits) {
      waves.add(new ArrayList<>());
    }
    for (Proposal.Planned vm : group) {
      if (waves.getLast().size() >= size) {
        waves.add(new ArrayList<>());
      }
      waves.getLast().add(vm);
    }
  }

  /** Applications as groups (circles merged), those that others depend on first. */
  private static List<List<Proposal.Planned>> groupsInOrder(
      PlanSettings settings, List<Proposal.Planned> vms) {
    var members = new TreeMap<String, List<Proposal.Planned>>();
    var applicationOf = new HashMap<String, String>();
    for (Proposal.Planned vm : vms) {
      members.computeIfAbsent(vm.application(), a -> new ArrayList<>()).add(vm);
      applicationOf.put(vm.spec().source().name(), vm.application());
    }
    var dependsOn = new TreeMap<String, TreeSet<String>>();
    for (String application : members.keySet()) {
      dependsOn.put(application, new TreeSet<>());
    }
    for (Proposal.Planned vm : vms) {
      String names =
          vm.spec().source().attributes().getOrDefault(settings.dependencyAttribute(), "");
      Arrays.stream(names.split(","))
          .map(String::trim)
          .map(name -> applicationOf.getOrDefault(name, members.containsKey(name) ? name : ""))
          .filter(application -> !application.isEmpty() && !application.equals(vm.application()))
          .forEach(application -> dependencies(dependsOn, vm.application()).add(application));
    }
    var groups = new ArrayList<List<Proposal.Planned>>();
    for (List<String> circle : new Circles(dependsOn).inOrder()) {
      var group = new ArrayList<Proposal.Planned>();
      for (String application : circle) {
        group.addAll(members.getOrDefault(application, List.of()));
      }
      group.sort(WavePlan.BY_NAME);
      groups.add(group);
    }
    return groups;
  }

  private static TreeSet<String> dependencies(Map<String, TreeSet<String>> of, String application) {
    return of.computeIfAbsent(application, a -> new TreeSet<>());
  }

  /** Strongly connected components (Tarjan), dependencies before dependents. */
  private static final class Circles {
    private final Map<String, TreeSet<String>> edges;
    private final Map<String, Integer> index = new HashMap<>();
    private final ArrayDeque<String> stack = new ArrayDeque<>();
    private final List<List<String>> found = new ArrayList<>();

    Circles(Map<String, TreeSet<String>> edges) {
      this.edges = new LinkedHashMap<>(edges);
    }

    List<List<String>> inOrder() {
      for (String node : edges.keySet()) {
        if (!index.containsKey(node)) {
          visit(node);
        }
      }
      return found;
    }

    private int visit(String node) {
      int mine = index.size();
      index.put(node, mine);
      int lowest = mine;
      stack.push(node);
      for (String next : edges.getOrDefault(node, new TreeSet<>())) {
        Integer seen = index.get(next);
        if (seen == null) {
          lowest = Math.min(lowest, visit(next));
        } else if (stack.contains(next)) {
          lowest = Math.min(lowest, seen);
        }
      }
      if (lowest == mine) {
        var circle = new ArrayList<String>();
        String member;
        do {
          member = stack.pop();
          circle.add(member);
        } while (!member.equals(node));
        circle.sort(null);
        found.add(circle);
      }
      return lowest;
    }
  }
}
