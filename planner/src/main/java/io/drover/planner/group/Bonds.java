// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Evidence.Kind;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Says why machines move as one: what ties which of them, and the circles that they are in. */
public final class Bonds {
  private final List<String> names;

  /** Per machine, the first one that it cannot be apart from, circles aside. */
  private final int[] set;

  private final List<List<Tie>> ties = new ArrayList<>();
  private final Map<Integer, List<Tie>> after = new HashMap<>();

  /**
   * What ties two machines.
   *
   * @param source where it comes from, for people
   */
  public record Tie(int a, int b, String source) {}

  private Bonds(List<String> names) {
    this.names = names;
    this.set = new int[names.size()];
  }

  /** Of the machines of one atom. */
  public static Bonds of(Estate estate, List<Inventory.Vm> atom) {
    var bonds = new Bonds(atom.stream().map(Inventory.Vm::name).toList());
    var index = new HashMap<VmKey, Integer>();
    for (int i = 0; i < atom.size(); i++) {
      index.put(atom.get(i).vm(), i);
      bonds.ties.add(new ArrayList<>());
    }
    var dependencies = new ArrayList<Tie>();
    for (Evidence e : Gathering.of(estate, atom).evidence()) {
      Integer a = index.get(e.from());
      Integer b = index.get(e.to());
      if (a != null && b != null && e.kind() == Kind.TOGETHER) {
        bonds.tie(new Tie(a, b, e.source()));
      } else if (a != null && b != null && e.kind() == Kind.AFTER) {
        dependencies.add(new Tie(a, b, e.source()));
      }
    }
    bonds.sets();
    for (Tie tie : dependencies) {
      if (bonds.set[tie.a()] != bonds.set[tie.b()]) {
        bonds.after.computeIfAbsent(bonds.set[tie.a()], s -> new ArrayList<>()).add(tie);
      }
    }
    for (Tie tie : dependencies) {
      List<Tie> circle = bonds.circle(tie);
      if (!circle.isEmpty()) {
        bonds.tie(new Tie(tie.a(), tie.b(), bonds.words(circle)));
      }
    }
    return bonds;
  }

  private void tie(Tie tie) {
    ties.get(tie.a()).add(tie);
    ties.get(tie.b()).add(new Tie(tie.b(), tie.a(), tie.source()));
  }

  private void sets() {
    java.util.Arrays.fill(set, -1);
    for (int i = 0; i < set.length; i++) {
      var open = new ArrayDeque<>(set[i] < 0 ? List.of(i) : List.<Integer>of());
      while (!open.isEmpty()) {
        int machine = open.pop();
        if (set[machine] < 0) {
          set[machine] = i;
          ties.get(machine).forEach(tie -> open.push(tie.b()));
        }
      }
    }
  }

  /**
   * The fewest ties that lead from any of some machines to any of others, each beginning where the
   * one before ends; empty if none do.
   */
  public List<Tie> between(Collection<Integer> from, Set<Integer> to) {
    List<Tie> path = path(from, to, ties::get, machine -> machine);
    return path == null ? List.of() : path;
  }

  /** The shortest circle of dependencies that a machine is in, in words; empty if in none. */
  public String circle(int machine) {
    List<Tie> shortest = List.of();
    for (Tie tie : after.getOrDefault(set[machine], List.of())) {
      List<Tie> circle = circle(tie);
      if (!circle.isEmpty() && (shortest.isEmpty() || circle.size() < shortest.size())) {
        shortest = circle;
      }
    }
    return shortest.isEmpty() ? "" : words(shortest);
  }

  /** The shortest circle with that dependency; empty if it is in none. */
  private List<Tie> circle(Tie first) {
    int home = set[first.a()];
    if (home == set[first.b()]) {
      return List.of();
    }
    List<Tie> back =
        path(
            List.of(set[first.b()]),
            Set.of(home),
            s -> after.getOrDefault(s, List.of()),
            machine -> set[machine]);
    if (back == null) {
      return List.of();
    }
    var circle = new ArrayList<Tie>();
    circle.add(first);
    circle.addAll(back);
    return circle;
  }

  private String words(List<Tie> circle) {
    // Whoever is asked, the same circle is told in the same words.
    int first = 0;
    for (int i = 1; i < circle.size(); i++) {
      first = circle.get(i).a() < circle.get(first).a() ? i : first;
    }
    var turned = new ArrayList<>(circle);
    Collections.rotate(turned, -first);
    var in = new LinkedHashSet<String>();
    var steps = new ArrayList<String>();
    for (Tie tie : turned) {
      in.add(names.get(tie.a()));
      in.add(names.get(tie.b()));
      if (steps.size() < 8) {
        steps.add(
            names.get(tie.a())
                + (steps.isEmpty() ? " comes after " : " after ")
                + names.get(tie.b())
                + " ("
                + tie.source()
                + ")");
      }
    }
    return list(in) + " depend on each other in a circle: " + String.join(", ", steps);
  }

  /** Some names for people. */
  public static String list(Collection<String> names) {
    List<String> some = names.stream().limit(8).toList();
    if (names.size() > some.size()) {
      return String.join(", ", some) + " and " + (names.size() - some.size()) + " more";
    }
    return some.size() < 2
        ? String.join("", some)
        : String.join(", ", some.subList(0, some.size() - 1)) + " and " + some.getLast();
  }

  private static @Nullable List<Tie> path(
      Collection<Integer> from,
      Set<Integer> to,
      IntFunction<List<Tie>> ties,
      IntUnaryOperator node) {
    var cameBy = new HashMap<Integer, Tie>();
    var seen = new HashSet<>(from);
    var open = new ArrayDeque<>(from);
    while (!open.isEmpty()) {
      int at = open.poll();
      if (to.contains(at)) {
        var path = new ArrayList<Tie>();
        for (Tie tie = cameBy.get(at); tie != null; tie = cameBy.get(node.applyAsInt(tie.a()))) {
          path.addFirst(tie);
        }
        return path;
      }
      for (Tie tie : ties.apply(at)) {
        int next = node.applyAsInt(tie.b());
        if (seen.add(next)) {
          cameBy.put(next, tie);
          open.add(next);
        }
      }
    }
    return null;
  }
}
