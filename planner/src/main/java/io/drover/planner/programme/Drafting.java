// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Stage;
import io.drover.planner.estate.Turn;
import io.drover.planner.group.Grouping;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes an estate as a scheduling problem: machines as jobs, atoms as units, limits as resources.
 */
final class Drafting {
  /** The calendar that copies ahead of a cutover keep to, if an estate has one of this name. */
  static final String COPIES = "copies";

  private final Estate estate;
  private final Map<Calendar, Integer> calendarIds = new HashMap<>();
  private final List<Calendar> calendars = new ArrayList<>();
  private final List<String> notes;

  /** Per machine, the pairs that it is one of. */
  private final Map<VmKey, Set<String>> apart = new HashMap<>();

  /** Machines whose windows are open as they are. */
  private final Set<VmKey> whole;

  /**
   * @param whole machines for which nothing is kept free of a window, nor for what goes with them
   */
  Drafting(Estate estate, List<String> notes, Set<VmKey> whole) {
    this.estate = estate;
    this.notes = notes;
    this.whole = whole;
  }

  Problem draft(List<Machine> machines, Grouping grouping) {
    int copies = calendar(estate.calendars().getOrDefault(COPIES, Calendar.ALWAYS));
    int[] unitOf = new int[machines.size()];
    var windows = new ArrayList<Integer>();
    for (int u = 0; u < grouping.atoms().size(); u++) {
      Calendar common = null;
      int longest = 0;
      int reserve = estate.settings().reserve();
      for (int m : grouping.atoms().get(u)) {
        unitOf[m] = u;
        longest = Math.max(longest, machines.get(m).estimate().cutoverSeconds());
        if (whole.contains(machines.get(m).vm().vm())) {
          reserve = 0;
        }
        Calendar own = window(machines.get(m).workload().calendar());
        common = common == null ? own : common.intersect(own);
      }
      windows.add(
          calendar(common == null ? Calendar.ALWAYS : common.keepingFree(reserve, longest)));
    }
    if (estate.settings().reserve() > 0 && calendars.stream().anyMatch(Calendar::keepsFree)) {
      notes.add(
          estate.settings().reserve()
              + " % of each window is kept free at its end for what takes longer than forecast");
    }
    apart(machines, unitOf);
    var needs = new Needs(estate, apart);
    var jobs = new ArrayList<Job>();
    for (int m = 0; m < machines.size(); m++) {
      jobs.add(needs.job(machines.get(m), unitOf[m], windows.get(unitOf[m]), copies));
    }
    List<Turn> turns = turns(machines, grouping);
    var order = List.copyOf(new TreeSet<>(turns));
    var units = new ArrayList<Unit>();
    for (int u = 0; u < grouping.atoms().size(); u++) {
      units.add(unit(u, machines, grouping, turns, order));
    }
    return new Problem(
        needs.resources(),
        calendars,
        units,
        jobs,
        order.stream()
            .map(t -> new Problem.Step(t.stage().words(), t.criticality().words()))
            .toList());
  }

  /** When each unit has its turn: what depends on something of its stage not before that has. */
  private List<Turn> turns(List<Machine> machines, Grouping grouping) {
    var turns = new ArrayList<Turn>();
    for (List<Integer> atom : grouping.atoms()) {
      Turn turn = Turn.of(atom.stream().map(m -> machines.get(m).workload()).toList());
      parted(atom, machines, turn.stage());
      turns.add(turn);
    }
    for (boolean later = true; later; ) {
      later = false;
      for (int u = 0; u < turns.size(); u++) {
        for (int first : grouping.after().get(u)) {
          Turn turn = turns.get(u).notBefore(turns.get(first));
          later |= !turn.equals(turns.set(u, turn));
        }
      }
    }
    return turns;
  }

  /** Machines that are to be apart are not cut over at one time, unless they belong together. */
  private void apart(List<Machine> machines, int[] unitOf) {
    var index = new HashMap<VmKey, Integer>();
    for (int m = 0; m < machines.size(); m++) {
      index.put(machines.get(m).vm().vm(), m);
    }
    for (Evidence e : estate.evidence()) {
      Integer from = index.get(e.from());
      Integer to = index.get(e.to());
      if (e.kind() != Evidence.Kind.APART
          || from == null
          || to == null
          || unitOf[from] == unitOf[to]) {
        continue;
      }
      int first = Math.min(from, to);
      int second = Math.max(from, to);
      String pair =
          "cutovers of "
              + machines.get(first).vm().name()
              + " and "
              + machines.get(second).vm().name()
              + ", one at a time";
      for (int m : new int[] {first, second}) {
        apart.computeIfAbsent(machines.get(m).vm().vm(), vm -> new TreeSet<>()).add(pair);
      }
    }
  }

  /** Tells of machines that wait for a later stage than their own. */
  private void parted(List<Integer> atom, List<Machine> machines, Stage stage) {
    List<Integer> early =
        atom.stream().filter(m -> machines.get(m).workload().stage() != stage).toList();
    if (early.isEmpty()) {
      return;
    }
    Machine first = machines.get(early.getFirst());
    var late =
        atom.stream().map(machines::get).filter(m -> m.workload().stage() == stage).findFirst();
    notes.add(
        first.vm().name()
            + " ("
            + first.workload().stage().words()
            + ")"
            + (early.size() > 1 ? " and " + (early.size() - 1) + " more like it" : "")
            + " goes with "
            + stage.words()
            + ", because "
            + late.map(m ->
                    "it belongs together with "
                        + m.vm().name()
                        + " ("
                        + m.workload().application()
                        + "): to move it earlier, say that it is of another application")
                .orElse(
                    first.workload().application()
                        + " is critical: a pilot is of what nobody misses"));
  }

  private Calendar window(String name) {
    return name.isEmpty()
        ? Calendar.ALWAYS
        : estate.calendars().getOrDefault(name, Calendar.ALWAYS);
  }

  private int calendar(Calendar calendar) {
    Integer known = calendarIds.get(calendar);
    if (known != null) {
      return known;
    }
    calendars.add(calendar);
    calendarIds.put(calendar, calendars.size() - 1);
    return calendars.size() - 1;
  }

  private Unit unit(
      int u, List<Machine> machines, Grouping grouping, List<Turn> turns, List<Turn> order) {
    List<Integer> members = grouping.atoms().get(u);
    var after = new ArrayList<Integer>();
    for (int first : grouping.after().get(u)) {
      int later = turns.get(first).compareTo(turns.get(u));
      if (later == 0) {
        after.add(first);
      } else if (later > 0) {
        notes.add(
            machines.get(members.getFirst()).workload().application()
                + " ("
                + turns.get(u).stage().words()
                + ") depends on "
                + machines.get(grouping.atoms().get(first).getFirst()).workload().application()
                + " ("
                + turns.get(first).stage().words()
                + "), which goes later: the stages win");
      }
    }
    // The longest first: it decides whether a window is long enough for the others beside it.
    int[] jobs =
        members.stream()
            .sorted(
                java.util.Comparator.<Integer>comparingInt(
                        m -> -machines.get(m).estimate().cutoverSeconds())
                    .thenComparing(m -> m))
            .mapToInt(Integer::intValue)
            .toArray();
    boolean splittable = members.stream().allMatch(m -> machines.get(m).workload().splittable());
    return new Unit(
        machines.get(members.getFirst()).workload().application(),
        jobs,
        order.indexOf(turns.get(u)),
        after.stream().mapToInt(Integer::intValue).toArray(),
        0,
        Calendar.END,
        splittable);
  }
}
