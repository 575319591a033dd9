// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Calendar.Interval;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Maintenance windows as people say them, in local time with a zone, laid out in seconds of a plan.
 * A window that begins or ends at a local time which the clocks skip does so when they skip it, and
 * of a time that comes twice the first counts; so a night in which the clocks change is an hour
 * shorter or longer, as the guests in it will see.
 */
public record Windows(String name, ZoneId zone, List<Rule> rules, List<Stretch> closed) {
  public Windows {
    rules = List.copyOf(rules);
    closed = List.copyOf(closed);
  }

  /** What opens. */
  public sealed interface Rule {}

  /**
   * On these days from {@code from} to {@code to} local time; past midnight if {@code to} is not
   * later.
   */
  public record Weekly(Set<DayOfWeek> days, LocalTime from, LocalTime to) implements Rule {
    public Weekly {
      days = Set.copyOf(days);
    }
  }

  /** Once. */
  public record Once(Instant from, Instant to) implements Rule {}

  /** A time in which nothing may happen: a blackout, a freeze, a lockout. */
  public record Stretch(Instant from, Instant to, String why) {}

  /**
   * The calendar of a plan.
   *
   * @param start second 0
   * @param horizon how far weekly windows are laid out
   */
  public Calendar layOut(Instant start, Duration horizon) {
    var open = new ArrayList<Interval>();
    Instant end = start.plus(horizon);
    if (rules.isEmpty()) {
      open.add(new Interval(0, Calendar.END));
    }
    for (Rule rule : rules) {
      switch (rule) {
        case Once once -> add(open, start, once.from(), once.to());
        case Weekly weekly -> {
          LocalDate last = LocalDate.ofInstant(end, zone);
          for (LocalDate day = LocalDate.ofInstant(start, zone).minusDays(1);
              !day.isAfter(last);
              day = day.plusDays(1)) {
            if (weekly.days().contains(day.getDayOfWeek())) {
              LocalDate until = weekly.to().isAfter(weekly.from()) ? day : day.plusDays(1);
              add(
                  open,
                  start,
                  instant(day.atTime(weekly.from())),
                  instant(until.atTime(weekly.to())));
            }
          }
        }
      }
    }
    var holes = new ArrayList<Interval>();
    closed.forEach(stretch -> add(holes, start, stretch.from(), stretch.to()));
    return Calendar.of(name, open).without(holes);
  }

  /** A local time; one that the clocks skip is the moment when they do. */
  private Instant instant(LocalDateTime at) {
    ZoneOffsetTransition change = zone.getRules().getTransition(at);
    return change != null && change.isGap() ? change.getInstant() : at.atZone(zone).toInstant();
  }

  private static void add(List<Interval> to, Instant start, Instant from, Instant until) {
    long low = Math.max(0, Duration.between(start, from).toSeconds());
    long high = Math.min(Calendar.END, Duration.between(start, until).toSeconds());
    if (high > low) {
      to.add(new Interval((int) low, (int) high));
    }
  }
}
