// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be scheduled, in integers. Everything refers to everything by index.
 *
 * <p>A unit is what cuts over in one window: every cutover of it lies in the same open interval of
 * its calendar, unless it may be split. A stage is a barrier: no cutover of a stage begins before
 * every cutover of the stages before it has ended. Copies ahead of the cutover know no barrier.
 *
 * @param steps what people call the stages; empty where they have no names
 */
public record Problem(
    List<Resource> resources,
    List<Calendar> calendars,
    List<Unit> units,
    List<Job> jobs,
    List<Step> steps) {
  /** Of stages that have no names. */
  public Problem(
      List<Resource> resources, List<Calendar> calendars, List<Unit> units, List<Job> jobs) {
    this(resources, calendars, units, jobs, List.of());
  }

  public Problem {
    steps = List.copyOf(steps);
    resources = List.copyOf(resources);
    calendars = List.copyOf(calendars);
    units = List.copyOf(units);
    jobs = List.copyOf(jobs);
  }

  /**
   * What people call a stage: what they call one is several where they rank what is in it.
   *
   * @param rank how much what is in it is missed
   */
  public record Step(String name, String rank) {}

  /** Why a stage goes before a later one, in words. */
  public String order(int earlier, int later) {
    if (steps.size() <= Math.max(earlier, later)) {
      return "the stages before end first";
    }
    Step first = steps.get(earlier);
    Step then = steps.get(later);
    return first.name().equals(then.name())
        ? "within "
            + first.name()
            + " the less critical goes first ("
            + first.rank()
            + " before "
            + then.rank()
            + ")"
        : first.name() + " goes before " + then.name();
  }

  /** Per unit, the units that must come after it. */
  int[][] followers() {
    int[] count = new int[units.size()];
    for (Unit unit : units) {
      for (int first : unit.after()) {
        count[first]++;
      }
    }
    int[][] followers = new int[count.length][];
    for (int u = 0; u < count.length; u++) {
      followers[u] = new int[count[u]];
    }
    for (int u = 0; u < count.length; u++) {
      for (int first : units.get(u).after()) {
        followers[first][--count[first]] = u;
      }
    }
    return followers;
  }

  /**
   * Something that takes time and resources and is never interrupted.
   *
   * @param seconds its duration, at least 1
   * @param resource indices of the resources it takes
   * @param amount how much of each
   * @param offset seconds after its start from which on it takes each
   * @param length for how many seconds it takes each
   * @param calendar index of the calendar it lies in
   */
  @SuppressWarnings("ArrayRecordComponent") // read in the innermost loops, never changed
  public record Activity(
      int seconds, int[] resource, int[] amount, int[] offset, int[] length, int calendar) {
    public Activity {
      if (seconds < 1
          || resource.length != amount.length
          || resource.length != offset.length
          || resource.length != length.length) {
        throw new IllegalArgumentException(
            "An activity takes at least a second, and one amount, offset and length per resource");
      }
      for (int i = 0; i < offset.length; i++) {
        if (offset[i] < 0 || length[i] < 1 || offset[i] + length[i] > seconds) {
          throw new IllegalArgumentException("What an activity takes, it takes while it lasts");
        }
      }
    }

    /** An activity that takes all of its resources all of the time. */
    public static Activity whole(int seconds, int[] resource, int[] amount, int calendar) {
      int[] length = new int[resource.length];
      java.util.Arrays.fill(length, seconds);
      return new Activity(seconds, resource, amount, new int[resource.length], length, calendar);
    }

    /** How much of a resource it takes, 0 if none. */
    public int amountOf(int index) {
      for (int i = 0; i < resource.length; i++) {
        if (resource[i] == index) {
          return amount[i];
        }
      }
      return 0;
    }
  }

  /** A VM: a copy ahead of the cutover if it moves warm, and the cutover. */
  public record Job(String name, int unit, @Nullable Activity ahead, Activity cutover) {}

  /**
   * What goes together.
   *
   * @param jobs its jobs
   * @param stage 0 goes first
   * @param after units whose cutovers must have ended before one of this begins
   * @param release no cutover before this second
   * @param deadline every cutover has ended by this second
   * @param splittable whether its jobs may cut over in different windows
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Unit(
      String name,
      int[] jobs,
      int stage,
      int[] after,
      int release,
      int deadline,
      boolean splittable) {}

  /** How many stages there are. */
  public int stages() {
    return units.stream().mapToInt(Unit::stage).max().orElse(-1) + 1;
  }
}
