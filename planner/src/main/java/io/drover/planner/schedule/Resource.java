// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
  private static final Pattern UNIT = Pattern.compile(", ([MG])iB(?: times 1024)?$");
  private static final String[] SIZES = {"MiB", "GiB", "TiB", "PiB", "EiB"};

  public Resource {
    blocks = List.copyOf(blocks);
    if (capacity < 0) {
      throw new IllegalArgumentException("Resource " + name + " has a negative capacity");
    }
  }

  /** Capacity that is not there from {@code from} to {@code to} seconds. */
  public record Block(int from, int to, int amount) {}

  /** What people call it, without the unit that its amounts are in: those are told with theirs. */
  public String bare() {
    return bare(name);
  }

  /** So much of it for people, for example {@code 1.50 GiB}. */
  public String words(long amount) {
    return words(name, amount);
  }

  /** A name without its unit. */
  public static String bare(String name) {
    return UNIT.matcher(name).replaceFirst("");
  }

  /** So much of what has that name. */
  public static String words(String name, long amount) {
    Matcher unit = UNIT.matcher(name);
    if (!unit.find()) {
      return Long.toString(amount);
    }
    if (amount == 0) {
      return "0 B";
    }
    int size = (unit.group(1).equals("G") ? 1 : 0) + (unit.group().endsWith("1024") ? 1 : 0);
    double value = amount;
    for (; value >= 1024 && size < SIZES.length - 1; size++) {
      value /= 1024;
    }
    String pattern = value >= 100 ? "%.0f %s" : value >= 10 ? "%.1f %s" : "%.2f %s";
    return String.format(Locale.ROOT, pattern, value, SIZES[size]);
  }

  /** A resource that gives back, always the same. */
  public static Resource slots(String name, int capacity) {
    return new Resource(name, capacity, false, List.of());
  }
}
