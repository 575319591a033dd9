// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;

/** Keeps orders of units sound: what must come before another comes before it in the list too. */
final class Orders {
  private Orders() {}

  /** Moves to before each unit those of the list that it comes after; else the order is kept. */
  static void predecessorsFirst(Problem problem, List<Integer> order) {
    List<Integer> wanted = List.copyOf(order);
    var waiting = new HashSet<>(wanted);
    var stack = new ArrayDeque<Integer>();
    order.clear();
    for (int first : wanted) {
      if (waiting.remove(first)) {
        stack.push(first);
      }
      // Without recursion: a chain may be as long as the estate.
      while (!stack.isEmpty()) {
        int u = stack.element();
        boolean free = true;
        for (int before : problem.units().get(u).after()) {
          if (waiting.remove(before)) {
            stack.push(before);
            free = false;
          }
        }
        if (free) {
          order.add(stack.pop());
        }
      }
    }
  }
}
