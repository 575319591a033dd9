// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.explain.Why;
import io.drover.planner.group.Bonds;
import io.drover.planner.group.Bonds.Tie;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Calendar;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Says of machines that move as one why they have no window in common: the smallest set of demands
 * that exclude each other, who makes each of them, and what ties those together.
 */
final class TornApart {
  private final Estate estate;
  private final List<Machine> atom;
  private final Bonds bonds;

  /** Who names each calendar, as indices of the atom. */
  private final Map<String, TreeSet<Integer>> byCalendar = new TreeMap<>();

  private TornApart(Estate estate, List<Machine> atom) {
    this.estate = estate;
    this.atom = atom;
    this.bonds = Bonds.of(estate, atom.stream().map(Machine::vm).toList());
    for (int i = 0; i < atom.size(); i++) {
      String calendar = atom.get(i).workload().calendar();
      if (estate.calendars().containsKey(calendar)) {
        byCalendar.computeIfAbsent(calendar, c -> new TreeSet<>()).add(i);
      }
    }
  }

  /** The reason for all of the machines; empty if several calendars are not what it is. */
  static String why(Estate estate, List<Machine> atom) {
    if (atom.stream().map(m -> m.workload().calendar()).distinct().limit(2).count() < 2) {
      return "";
    }
    var torn = new TornApart(estate, atom);
    return torn.fits(torn.byCalendar.keySet()) ? "" : torn.words(torn.smallest());
  }

  private Machine longest() {
    return atom.stream()
        .reduce((a, b) -> b.estimate().cutoverSeconds() > a.estimate().cutoverSeconds() ? b : a)
        .orElseThrow();
  }

  private int common(Collection<String> calendars) {
    Calendar common = Calendar.ALWAYS;
    for (String name : calendars) {
      common = common.intersect(estate.calendars().getOrDefault(name, Calendar.ALWAYS));
    }
    return common.longest();
  }

  private boolean fits(Collection<String> calendars) {
    return common(calendars) >= longest().estimate().cutoverSeconds();
  }

  /** One calendar if one alone is enough, else two, else what is left when none can go any more. */
  private List<String> smallest() {
    List<String> all = List.copyOf(byCalendar.keySet());
    for (String one : all) {
      if (!fits(List.of(one))) {
        return List.of(one);
      }
    }
    for (int i = 0; i < all.size(); i++) {
      for (int j = i + 1; j < all.size(); j++) {
        if (!fits(List.of(all.get(i), all.get(j)))) {
          return List.of(all.get(i), all.get(j));
        }
      }
    }
    var needed = new ArrayList<>(all);
    for (String candidate : all) {
      var fewer = new ArrayList<>(needed);
      fewer.remove(candidate);
      if (!fits(fewer)) {
        needed.remove(candidate);
      }
    }
    return needed;
  }

  private TreeSet<Integer> naming(String calendar) {
    return byCalendar.getOrDefault(calendar, new TreeSet<>());
  }

  private String words(List<String> calendars) {
    var who = new ArrayList<Integer>();
    var path = new ArrayList<Tie>();
    var reached = new TreeSet<>(naming(calendars.getFirst()));
    if (calendars.size() == 1) {
      who.add(reached.first());
    }
    for (String calendar : calendars.subList(1, calendars.size())) {
      List<Tie> more = bonds.between(reached, naming(calendar));
      int last = more.isEmpty() ? naming(calendar).first() : more.getLast().b();
      if (who.isEmpty()) {
        who.add(more.isEmpty() ? reached.first() : more.getFirst().a());
        reached.clear();
        reached.addAll(who);
      }
      who.add(last);
      path.addAll(more);
      more.forEach(tie -> reached.add(tie.b()));
      reached.add(last);
    }
    var demands = new ArrayList<String>();
    for (int i = 0; i < calendars.size(); i++) {
      Machine machine = atom.get(who.get(i));
      demands.add(
          machine.vm().name()
              + (i == 0 ? " may cut over only in calendar '" : " only in '")
              + calendars.get(i)
              + "'"
              + said(machine.workload().calendarSaid()));
    }
    reached.addAll(who);
    return String.join(", ", demands)
        + together(path)
        + none(calendars)
        + "."
        + others(reached)
        + (calendars.size() == 1
            ? " Give that calendar longer windows, or name another."
            : " Give them one calendar, or windows that are in each of these, or take back what"
                + " ties them together.");
  }

  private static String said(String source) {
    return source.isEmpty() ? "" : " (" + source + ")";
  }

  private String together(List<Tie> path) {
    List<Tie> merged = merged(path);
    if (merged.isEmpty()) {
      return "";
    }
    if (merged.size() == 1) {
      return ", and they move together" + said(merged.getFirst().source());
    }
    return ", and they move together ("
        + String.join(
            "; ",
            merged.stream()
                .map(t -> name(t.a()) + " with " + name(t.b()) + ": " + t.source())
                .toList())
        + ")";
  }

  /** The machines of an application hang together one by one: that is one reason, not many. */
  private static List<Tie> merged(List<Tie> path) {
    var merged = new ArrayList<Tie>();
    for (Tie tie : path) {
      Tie last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && last.b() == tie.a() && last.source().equals(tie.source())) {
        merged.set(merged.size() - 1, new Tie(last.a(), tie.b(), tie.source()));
      } else {
        merged.add(tie);
      }
    }
    return merged;
  }

  private String none(List<String> calendars) {
    int common = common(calendars);
    String them = calendars.size() == 1 ? "it" : calendars.size() == 2 ? "both" : "all of them";
    return common == 0
        ? calendars.size() == 1 ? ", which is never open" : ": no time is in " + them
        : ": the longest time that is in "
            + them
            + " is "
            + Why.span(common)
            + ", but the outage of "
            + longest().vm().name()
            + " is forecast at "
            + Why.span(longest().estimate().cutoverSeconds());
  }

  /** Who stays behind with them, and why. */
  private String others(TreeSet<Integer> named) {
    var names = new ArrayList<String>();
    var sources = new LinkedHashSet<String>();
    for (int i = 0; i < atom.size(); i++) {
      if (!named.contains(i)) {
        names.add(name(i));
        if (names.size() <= 8) {
          bonds.between(List.of(i), named).forEach(tie -> sources.add(tie.source()));
        }
      }
    }
    if (names.isEmpty()) {
      return "";
    }
    return " With "
        + (named.size() == 1 ? "it" : "them")
        + (names.size() == 1 ? " stays " : " stay ")
        + Bonds.list(names)
        + ", which "
        + (names.size() == 1 ? "moves" : "move")
        + " together with "
        + (named.size() == 1 ? "it" : "them")
        + said(String.join("; ", sources.stream().limit(4).toList()))
        + ".";
  }

  private String name(int machine) {
    return atom.get(machine).vm().name();
  }
}
