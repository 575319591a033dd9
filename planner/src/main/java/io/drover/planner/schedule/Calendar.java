// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * When something may happen: open intervals in seconds from the start of the plan, sorted,
 * disjoint. An activity lies whole within one of them.
 *
 * @param name for people
 * @param open when something may be planned
 * @param whole the same as they are: what is late may use all of them
 */
public record Calendar(String name, List<Interval> open, List<Interval> whole) {
  /** Far beyond every plan, in seconds; sums of two of it still fit an int. */
  public static final int END = Integer.MAX_VALUE / 4;

  private static final int DAY = 86_400;
  private static final String AND = " and ";

  /** Any time. */
  public static final Calendar ALWAYS = new Calendar("any time", List.of(new Interval(0, END)));

  /** A stretch of time, {@code from} inclusive, {@code to} exclusive, in seconds. */
  public record Interval(int from, int to) {
    public Interval {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException(
            "An interval must end after it begins: " + from + ".." + to);
      }
    }

    /** Seconds. */
    public int length() {
      return to - from;
    }
  }

  /** Nothing is kept free. */
  public Calendar(String name, List<Interval> open) {
    this(name, open, open);
  }

  public Calendar {
    open = List.copyOf(open);
    whole = List.copyOf(whole);
    for (int i = 1; i < open.size(); i++) {
      if (open.get(i).from() <= open.get(i - 1).to()) {
        throw new IllegalArgumentException(
            "The intervals of calendar " + name + " must be sorted and apart");
      }
    }
  }

  /** A calendar of intervals in any order, which may touch or overlap. */
  public static Calendar of(String name, List<Interval> intervals) {
    var sorted = new ArrayList<>(intervals);
    sorted.sort(Comparator.comparingInt(Interval::from).thenComparingInt(Interval::to));
    var merged = new ArrayList<Interval>();
    for (Interval next : sorted) {
      if (!merged.isEmpty() && next.from() <= merged.getLast().to()) {
        Interval last = merged.removeLast();
        merged.add(new Interval(last.from(), Math.max(last.to(), next.to())));
      } else {
        merged.add(next);
      }
    }
    return new Calendar(name, merged);
  }

  /** What is open in this or in any of the others. */
  public Calendar union(List<Calendar> others) {
    var all = new ArrayList<>(open);
    others.forEach(other -> all.addAll(other.open));
    return of(name, all);
  }

  /** This without the given intervals. */
  public Calendar without(List<Interval> closed) {
    List<Interval> left = open;
    for (Interval hole : closed) {
      var next = new ArrayList<Interval>();
      for (Interval part : left) {
        if (hole.to() <= part.from() || hole.from() >= part.to()) {
          next.add(part);
        } else {
          if (hole.from() > part.from()) {
            next.add(new Interval(part.from(), hole.from()));
          }
          if (hole.to() < part.to()) {
            next.add(new Interval(hole.to(), part.to()));
          }
        }
      }
      left = next;
    }
    return new Calendar(name, left);
  }

  /**
   * This with a share of each interval kept free at its end, for what takes longer than forecast:
   * of one that is longer than a day, that share of a day. One that never closes stays as it is.
   *
   * @param percent of each interval, 0 to 99
   * @param least seconds that stay of an interval that has them: nothing becomes too long for it
   */
  public Calendar keepingFree(int percent, int least) {
    if (percent == 0) {
      return this;
    }
    var kept = new ArrayList<Interval>();
    for (Interval i : open) {
      long free = Math.min(i.length(), DAY) * (long) percent / 100;
      long planned = Math.max(Math.min(least, i.length()), i.length() - free);
      kept.add(i.to() == END ? i : new Interval(i.from(), i.from() + (int) Math.max(1, planned)));
    }
    return new Calendar(name, kept, whole);
  }

  /** Whether anything is kept free. */
  public boolean keepsFree() {
    return !open.equals(whole);
  }

  /** The same with nothing kept free: what people place by hand may use all of it. */
  Calendar asItIs() {
    return keepsFree() ? new Calendar(name, whole) : this;
  }

  /** What is open in both; its name says each calendar once, that of any time never. */
  public Calendar intersect(Calendar other) {
    if (this.equals(other) || other.equals(ALWAYS)) {
      return this;
    }
    if (equals(ALWAYS)) {
      return other;
    }
    var both = new ArrayList<Interval>();
    int i = 0;
    int j = 0;
    while (i < open.size() && j < other.open.size()) {
      Interval a = open.get(i);
      Interval b = other.open.get(j);
      int from = Math.max(a.from(), b.from());
      int to = Math.min(a.to(), b.to());
      if (from < to) {
        both.add(new Interval(from, to));
      }
      if (a.to() <= b.to()) {
        i++;
      } else {
        j++;
      }
    }
    String names =
        Stream.of(name, other.name)
            .flatMap(one -> Arrays.stream(one.split(AND)))
            .distinct()
            .sorted()
            .collect(Collectors.joining(AND));
    return new Calendar(names, both);
  }

  /** Index of the first interval that ends after {@code at}; {@code open.size()} if none does. */
  int indexAt(int at) {
    int low = 0;
    int high = open.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (open.get(middle).to() > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The earliest end of something that takes {@code duration} from {@code at} on, or -1. */
  public int earliestEnd(int at, int duration) {
    for (int i = indexAt(at); i < open.size(); i++) {
      int start = Math.max(at, open.get(i).from());
      if (start + duration <= open.get(i).to()) {
        return start + duration;
      }
    }
    return -1;
  }

  /** The longest interval in seconds, 0 if there is none. */
  public int longest() {
    return open.stream().mapToInt(Interval::length).max().orElse(0);
  }
}
