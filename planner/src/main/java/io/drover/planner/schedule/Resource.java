// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.List;

/**
 * Something there is only so much of.
 *
 * @param name what people call it, for example {@code disks in flight on esx-07}
 * @param capacity units at its best time
 * @param consumed whether an activity keeps its amount for ever (disk space) instead of giving it
 *     back at its end (a slot)
 * @param blocks when less than the capacity is there
 */
public record Resource(String name, int capacity, boolean consumed, List<Block> blocks) {
  public Resource {
    blocks = List.copyOf(blocks);
    if (capacity < 0) {
      throw new IllegalArgumentException("Resource " + name + " has a negative capacity");
    }
  }

  /** Capacity that is not there from {@code from} to {@code to} seconds. */
  public record Block(int from, int to, int amount) {}

  /** A resource that gives back, always the same. */
  public static Resource slots(String name, int capacity) {
    return new Resource(name, capacity, false, List.of());
  }
}
