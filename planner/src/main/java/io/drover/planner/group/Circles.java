// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds circles of dependencies (Tarjan's strongly connected components, without recursion). */
final class Circles {
  private final Map<Integer, TreeSet<Integer>> edges;
  private final Map<Integer, Integer> index = new HashMap<>();
  private final Map<Integer, Integer> low = new HashMap<>();
  private final ArrayDeque<Integer> open = new ArrayDeque<>();
  private final Set<Integer> isOpen = new HashSet<>();
  private final List<List<Integer>> found = new ArrayList<>();

  private Circles(Map<Integer, TreeSet<Integer>> edges) {
    this.edges = edges;
  }

  /** The circles of more than one member, members ascending. */
  static List<List<Integer>> of(Map<Integer, TreeSet<Integer>> edges) {
    var circles = new Circles(edges);
    for (Integer node : edges.keySet()) {
      if (!circles.index.containsKey(node)) {
        circles.visit(node);
      }
    }
    return circles.found;
  }

  private record Frame(int node, Iterator<Integer> next) {}

  private void visit(int root) {
    var frames = new ArrayDeque<Frame>();
    frames.push(enter(root));
    while (!frames.isEmpty()) {
      Frame frame = frames.element();
      if (frame.next().hasNext()) {
        int next = frame.next().next();
        Integer seen = index.get(next);
        if (seen == null) {
          frames.push(enter(next));
        } else if (isOpen.contains(next)) {
          low.merge(frame.node(), seen, Math::min);
        }
      } else {
        frames.pop();
        close(frame.node());
        if (!frames.isEmpty()) {
          low.merge(frames.element().node(), low.getOrDefault(frame.node(), 0), Math::min);
        }
      }
    }
  }

  private Frame enter(int node) {
    low.put(node, index.size());
    index.put(node, index.size());
    open.push(node);
    isOpen.add(node);
    return new Frame(node, edges.getOrDefault(node, new TreeSet<>()).iterator());
  }

  private void close(int node) {
    if (!low.getOrDefault(node, -1).equals(index.get(node))) {
      return;
    }
    var circle = new ArrayList<Integer>();
    int member;
    do {
      member = open.pop();
      isOpen.remove(member);
      circle.add(member);
    } while (member != node);
    if (circle.size() > 1) {
      circle.sort(null);
      found.add(circle);
    }
  }
}
