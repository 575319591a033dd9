// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Evidence.Kind;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Machines in atoms (what cannot be apart), the order between atoms, the affinity between them, and
 * communities of atoms that had better move together.
 *
 * @param atoms members of each atom as indices of the machines given, ascending
 * @param bonds why each atom is one, empty for a machine alone
 * @param after per atom, the atoms that must go first
 * @param edges affinity between atoms
 * @param community per atom, the number of its community
 * @param circles what depends on each other in a circle and became one atom
 * @param notes contradictions and what was done about them
 */
public record Grouping(
    List<List<Integer>> atoms,
    List<String> bonds,
    List<TreeSet<Integer>> after,
    List<Edge> edges,
    List<Integer> community,
    List<String> circles,
    List<String> notes) {

  /** Affinity between two atoms. */
  public record Edge(int a, int b, double weight) {}

  /**
   * Groups machines.
   *
   * @param vms the machines; evidence about others is passed over
   * @param names of the machines, for notes
   * @param largest machines in a community at most (an atom larger than this stays whole)
   */
  public static Grouping of(
      List<VmKey> vms, List<String> names, List<Evidence> evidence, int largest, long seed) {
    var index = new HashMap<VmKey, Integer>();
    for (int i = 0; i < vms.size(); i++) {
      index.put(vms.get(i), i);
    }
    var sets = new Sets(vms.size());
    var reasons = new HashMap<Integer, String>();
    for (Evidence e : evidence) {
      Integer a = index.get(e.from());
      Integer b = index.get(e.to());
      if (e.kind() == Kind.TOGETHER && a != null && b != null && !a.equals(b)) {
        sets.join(a, b);
      }
    }
    var circles = new ArrayList<String>();
    circles(sets, index, evidence, names, circles);

    var members = new TreeMap<Integer, List<Integer>>();
    for (int i = 0; i < vms.size(); i++) {
      members.computeIfAbsent(sets.of(i), s -> new ArrayList<>()).add(i);
    }
    int[] atomOf = new int[vms.size()];
    var atoms = new ArrayList<List<Integer>>();
    for (List<Integer> atom : members.values()) {
      atom.forEach(i -> atomOf[i] = atoms.size());
      atoms.add(List.copyOf(atom));
    }
    var after = new ArrayList<TreeSet<Integer>>();
    atoms.forEach(atom -> after.add(new TreeSet<>()));
    var weights = new LinkedHashMap<Long, Double>();
    var notes = new ArrayList<String>();
    var within = new ArrayList<Evidence>();
    for (Evidence e : evidence) {
      Integer from = index.get(e.from());
      Integer to = index.get(e.to());
      if (from == null || to == null) {
        continue;
      }
      int a = atomOf[from];
      int b = atomOf[to];
      switch (e.kind()) {
        case TOGETHER -> {
          String was = reasons.getOrDefault(a, "");
          if (was.isEmpty()) {
            reasons.put(a, e.source());
          } else if (!was.contains(e.source()) && was.length() < 200) {
            reasons.put(a, was + ", " + e.source());
          }
        }
        case AFTER -> {
          if (a != b) {
            after.get(a).add(b);
          } else if (!from.equals(to)) {
            within.add(e);
          }
        }
        case APART -> {
          if (a == b) {
            notes.add(
                names.get(from)
                    + " and "
                    + names.get(to)
                    + " are to be apart ("
                    + e.source()
                    + "), but they belong together ("
                    + reasons.getOrDefault(a, "")
                    + "): they stay together");
          }
        }
        case AFFINITY -> {
          if (a != b) {
            weights.merge(key(a, b), e.weight(), Double::sum);
          }
        }
      }
    }
    // Of what is in a circle that was told already.
    within.removeIf(
        e -> reasons.getOrDefault(atomOf[index.getOrDefault(e.from(), 0)], "").isEmpty());
    if (!within.isEmpty()) {
      Evidence first = within.getFirst();
      notes.add(
          names.get(index.getOrDefault(first.from(), 0))
              + " comes after "
              + names.get(index.getOrDefault(first.to(), 0))
              + " ("
              + first.source()
              + "), but they move together"
              + (within.size() > 1
                  ? ", and "
                      + (within.size() - 1)
                      + (within.size() == 2 ? " more pair" : " more pairs")
                      + " like it"
                  : "")
              + ": they cut over in one window, in no order");
    }
    var edges = new ArrayList<Edge>();
    weights.forEach((key, w) -> edges.add(new Edge((int) (key >>> 32), key.intValue(), w)));
    int[] sizes = atoms.stream().mapToInt(List::size).toArray();
    int[] community = new Communities(sizes, edges, largest, seed).find();
    var bonds = new ArrayList<String>();
    for (int a = 0; a < atoms.size(); a++) {
      bonds.add(
          atoms.get(a).size() == 1 ? "" : reasons.getOrDefault(a, "a circle of dependencies"));
    }
    var communities = new ArrayList<Integer>();
    for (int c : community) {
      communities.add(c);
    }
    return new Grouping(atoms, bonds, after, edges, communities, circles, notes);
  }

  private static long key(int a, int b) {
    return ((long) Math.min(a, b) << 32) | Math.max(a, b);
  }

  /** Joins what depends on each other in a circle. */
  private static void circles(
      Sets sets,
      Map<VmKey, Integer> index,
      List<Evidence> evidence,
      List<String> names,
      List<String> told) {
    var edges = new TreeMap<Integer, TreeSet<Integer>>();
    for (Evidence e : evidence) {
      Integer from = index.get(e.from());
      Integer to = index.get(e.to());
      if (e.kind() == Kind.AFTER && from != null && to != null && sets.of(from) != sets.of(to)) {
        edges.computeIfAbsent(sets.of(from), s -> new TreeSet<>()).add(sets.of(to));
      }
    }
    for (List<Integer> circle : Circles.of(edges)) {
      told.add(
          "These depend on each other in a circle and move as one: "
              + String.join(", ", circle.stream().limit(8).map(names::get).toList())
              + (circle.size() > 8 ? " and " + (circle.size() - 8) + " more" : ""));
      circle.forEach(member -> sets.join(circle.getFirst(), member));
    }
  }

  /** Weight of the edges between atoms whose {@code place} differs. */
  public double cut(int[] place) {
    return edges.stream().filter(e -> place[e.a()] != place[e.b()]).mapToDouble(Edge::weight).sum();
  }

  /** Union-find; the name of a set is its lowest member. */
  private static final class Sets {
    private final int[] parent;

    Sets(int size) {
      parent = new int[size];
      for (int i = 0; i < size; i++) {
        parent[i] = i;
      }
    }

    int of(int i) {
      int root = i;
      while (parent[root] != root) {
        root = parent[root];
      }
      while (parent[i] != root) {
        int next = parent[i];
        parent[i] = root;
        i = next;
      }
      return root;
    }

    void join(int a, int b) {
      int x = of(a);
      int y = of(b);
      parent[Math.max(x, y)] = Math.min(x, y);
    }
  }
}
