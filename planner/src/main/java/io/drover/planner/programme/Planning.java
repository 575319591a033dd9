// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.engine.Meant;
import io.drover.planner.assess.Assessment;
import io.drover.planner.assess.Assessment.Judged;
import io.drover.planner.assess.Mapping;
import io.drover.planner.assess.Target;
import io.drover.planner.estate.Criticality;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.StorageClasses;
import io.drover.planner.estate.Usage;
import io.drover.planner.estate.Workload;
import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Durations;
import io.drover.planner.forecast.Durations.Estimate;
import io.drover.planner.group.Gathering;
import io.drover.planner.group.Grouping;
import io.drover.planner.group.SharedDisks;
import io.drover.planner.programme.Programme.Left;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.programme.Programme.Options;
import io.drover.planner.programme.Programme.Wave;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.Concern;
import io.drover.schemas.Inventory;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a programme out of an estate: assess, group, forecast, schedule, cut into waves. Pure. */
public final class Planning {
  private final Estate estate;
  private final Options options;
  private final List<Left> left = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private List<String> gathered = List.of();

  /** Machines whose windows are open as they are: nothing of them is kept free. */
  private final Set<VmKey> whole = new HashSet<>();

  private Planning(Estate estate, Options options) {
    this.estate = estate;
    this.options = options;
  }

  /**
   * The programme.
   *
   * @param stop a safety net that ends the search early; the programme says so if it did
   */
  public static Programme of(Estate estate, Options options, BooleanSupplier stop) {
    return of(estate, options, Set.of(), (machines, problem) -> solve(problem, options, stop));
  }

  /**
   * The programme whose machines somebody else places.
   *
   * @param standing machines that have a place: what is kept free of windows is no reason to move
   *     them
   */
  static Programme of(Estate estate, Options options, Set<VmKey> standing, Placing placing) {
    var planning = new Planning(estate, options);
    planning.whole.addAll(standing);
    return planning.plan(placing);
  }

  /** Gives machines their places; the index of a machine is the index of its job. */
  @FunctionalInterface
  interface Placing {
    /** What has no place in the schedule is left out and told. */
    Solver.Result place(List<Machine> machines, Problem problem);
  }

  private Programme plan(Placing placing) {
    List<Machine> candidates = assess();
    Grouping all = group(candidates);
    Problem problem = draft(new ArrayList<>(), candidates, all);
    Set<Integer> impossible = Solver.impossible(problem);
    if (!impossible.isEmpty() && open(candidates, problem, impossible)) {
      problem = draft(new ArrayList<>(), candidates, all);
      impossible = Solver.impossible(problem);
    }
    List<Machine> machines = candidates;
    Grouping grouping = all;
    if (!impossible.isEmpty()) {
      machines = keep(candidates, all, problem, impossible);
      grouping = group(machines);
    }
    problem = draft(notes, machines, grouping);
    Solver.Result solved = placing.place(machines, problem);
    while (solved.schedule().unscheduled() > 0) {
      if (open(machines, problem, without(problem, solved.schedule()))) {
        // What is kept free is for what is late, but nothing stays behind for it.
        problem = draft(new ArrayList<>(), machines, grouping);
        Schedule more = Solver.keeping(problem, solved.schedule());
        solved = Solver.judged(problem, more, solved.steps(), solved.cut());
        continue;
      }
      Set<Integer> homeless = homeless(problem, solved.schedule());
      var kept = new ArrayList<Machine>();
      var places = new ArrayList<int[]>();
      for (int j = 0; j < machines.size(); j++) {
        if (homeless.contains(problem.jobs().get(j).unit()) && solved.schedule().cutover()[j] < 0) {
          leave(machines.get(j), Why.homeless(problem, solved.schedule(), j), "");
        } else {
          kept.add(machines.get(j));
          places.add(new int[] {solved.schedule().ahead()[j], solved.schedule().cutover()[j]});
        }
      }
      machines = kept;
      grouping = group(machines);
      problem = draft(new ArrayList<>(), machines, grouping);
      // What only waited for one of those may have a place now; everything else keeps its own.
      Schedule schedule =
          Solver.keeping(
              problem,
              new Schedule(
                  places.stream().mapToInt(p -> p[0]).toArray(),
                  places.stream().mapToInt(p -> p[1]).toArray()));
      solved = Solver.judged(problem, schedule, solved.steps(), solved.cut());
    }
    notes.addAll(gathered);
    notes.addAll(grouping.circles());
    notes.addAll(grouping.notes());
    if (solved.cut()) {
      notes.add(
          "The search was cut short after "
              + solved.steps()
              + " steps: the same seed may give another plan.");
    }
    List<Wave> waves =
        WaveCutting.cut(machines, grouping, problem, solved.schedule(), options.waveSize());
    parted(machines, grouping, waves);
    return new Programme(estate, options, machines, left, grouping, problem, solved, waves, notes);
  }

  /** Tells what must be together and yet fills several waves, because it is larger than one. */
  private void parted(List<Machine> machines, Grouping grouping, List<Wave> waves) {
    var waveOf = new HashMap<Integer, Integer>();
    waves.forEach(wave -> wave.machines().forEach(m -> waveOf.put(m, wave.number())));
    for (int a = 0; a < grouping.atoms().size(); a++) {
      List<Integer> atom = grouping.atoms().get(a);
      var filled = new TreeSet<Integer>();
      atom.forEach(m -> filled.add(waveOf.getOrDefault(m, 0)));
      if (filled.size() > 1) {
        notes.add(
            machines.get(atom.getFirst()).vm().name()
                + " and "
                + Why.count(atom.size() - 1, "machine")
                + " more must be together ("
                + grouping.bonds().get(a)
                + "), but are more than the "
                + options.waveSize()
                + " that a wave takes: they fill waves "
                + filled.stream().map(String::valueOf).collect(Collectors.joining(", "))
                + ", which had better go right after each other.");
      }
    }
  }

  private Problem draft(List<String> notes, List<Machine> machines, Grouping grouping) {
    return new Drafting(estate, notes, whole).draft(machines, grouping);
  }

  /** Opens the windows of these units as they are; says whether any of them was not. */
  private boolean open(List<Machine> machines, Problem problem, Set<Integer> units) {
    boolean opened = false;
    for (int j = 0; j < machines.size(); j++) {
      Problem.Job job = problem.jobs().get(j);
      if (units.contains(job.unit())
          && problem.calendars().get(job.cutover().calendar()).keepsFree()) {
        opened |= whole.add(machines.get(j).vm().vm());
      }
    }
    return opened;
  }

  /** Units of which something has no place. */
  private static Set<Integer> without(Problem problem, Schedule schedule) {
    var without = new TreeSet<Integer>();
    for (int j = 0; j < problem.jobs().size(); j++) {
      if (schedule.cutover()[j] < 0) {
        without.add(problem.jobs().get(j).unit());
      }
    }
    return without;
  }

  /** Units without a place of which everything that comes before has one. */
  private static Set<Integer> homeless(Problem problem, Schedule schedule) {
    Set<Integer> homeless = without(problem, schedule);
    var roots = new TreeSet<Integer>();
    for (int u : homeless) {
      if (Arrays.stream(problem.units().get(u).after()).noneMatch(homeless::contains)) {
        roots.add(u);
      }
    }
    return roots;
  }

  private static Solver.Result solve(Problem problem, Options options, BooleanSupplier stop) {
    Solver.Settings settings = Solver.Settings.of(options.seed(), problem);
    if (options.steps() > 0) {
      settings = new Solver.Settings(options.seed(), options.steps(), settings.starts());
    }
    return Solver.solve(problem, settings, stop);
  }

  private Grouping group(List<Machine> machines) {
    Gathering.Found found = Gathering.of(estate, machines.stream().map(m -> m.vm()).toList());
    gathered = found.notes();
    return Grouping.of(
        machines.stream().map(m -> m.vm().vm()).toList(),
        machines.stream().map(m -> m.vm().name()).toList(),
        found.evidence(),
        options.waveSize(),
        options.seed());
  }

  private List<Machine> assess() {
    var assessment = new Assessment(Target.of(estate.target()));
    var classes = StorageClasses.of(estate.target());
    var durations =
        new Durations(
            estate.site(),
            options.rates(),
            estate.vms(),
            vm -> into(classes, vm, Mapping.of(vm, estate.settings())));
    boolean again =
        estate.settings().transfer() == Transfer.VDDK
            && Boolean.TRUE.equals(estate.settings().secondRead());
    var machines = new ArrayList<Machine>();
    var uncertain = new TreeMap<String, Integer>();
    var unused = new TreeSet<>(estate.calendars().keySet());
    unused.remove(Drafting.COPIES);
    Map<VmKey, String> sharing = SharedDisks.refused(estate.vms());
    for (Inventory.Vm vm : estate.vms()) {
      Usage usage = estate.usage().getOrDefault(vm.vm(), Usage.UNKNOWN);
      Workload workload = estate.workload(vm);
      unused.remove(workload.calendar());
      String critical = Estate.saidCriticality(vm);
      if (!critical.isEmpty() && Criticality.number(critical) == 0) {
        uncertain.merge(critical, 1, Integer::sum);
      }
      Mapping mapping = Mapping.of(vm, estate.settings());
      Judged judged = assessment.judge(vm, usage, mapping, estate.settings());
      String blocked = blocked(judged, sharing.get(vm.vm()));
      if (blocked.isEmpty()) {
        blocked = undescribed(workload.calendar());
      }
      if (!blocked.isEmpty()) {
        left.add(new Left(vm, workload, judged, blocked));
        continue;
      }
      boolean forced = Mapping.override(vm, estate.settings()).way() != null;
      Way way =
          options.chooseWay() && !forced
              ? Assessment.way(judged.way(), mapping.way())
              : mapping.way();
      boolean converts = !mapping.compatibility();
      Estimate estimate = durations.of(vm, usage, mapping.storage(), way, converts, again);
      Duration budget = workload.downtimeBudget();
      if (budget != null && estimate.cutoverSeconds() > budget.toSeconds()) {
        left.add(
            new Left(
                vm,
                workload,
                judged,
                "Its outage is forecast at "
                    + Why.span(estimate.cutoverSeconds())
                    + " ("
                    + way.name().toLowerCase(java.util.Locale.ROOT)
                    + "), but its budget is "
                    + Why.span((int) budget.toSeconds())
                    + ".",
                Budget.remedy(
                    vm,
                    (int) budget.toSeconds(),
                    way,
                    mapping.transfer(),
                    estimate,
                    () -> durations.of(vm, usage, mapping.storage(), Way.WARM, converts, again))));
        continue;
      }
      machines.add(new Machine(vm, workload, mapping, judged, way, estimate));
    }
    uncertain.forEach((word, count) ->
        notes.add(
            "The criticality '"
                + word
                + "' of "
                + Why.count(count, "machine")
                + " is none that is known: write 1 (least) to 5, or low, medium, high, critical. It"
                + " is as if none were said."));
    unused.forEach(name ->
        notes.add(
            "No machine names the calendar '"
                + name
                + "', so it holds for none: name it in a statement, or in the custom attribute"
                + " 'window'."));
    return machines;
  }

  /** The storage classes that the disks of a machine come into, by all of their names. */
  private static Set<String> into(StorageClasses classes, Inventory.Vm vm, Mapping mapping) {
    return vm.disks().stream()
        .flatMap(
            disk -> classes.names(mapping.storage().getOrDefault(disk.deviceKey(), "")).stream())
        .collect(Collectors.toSet());
  }

  /** That a calendar is none that there is, in words: any time could be the wrong one. */
  private String undescribed(String calendar) {
    return calendar.isEmpty() || estate.calendars().containsKey(calendar)
        ? ""
        : "There is no calendar '"
            + calendar
            + "', in whose windows alone it may cut over: describe it in the table of calendars,"
            + " or take the name away."
            + Meant.by(calendar, estate.calendars().keySet())
                .map(meant -> " Did you mean '" + meant + "'?")
                .orElse("");
  }

  /** What keeps a machine out whatever else goes, in words; empty if nothing does. */
  private static String blocked(Judged judged, @Nullable String sharing) {
    return Stream.concat(
            Stream.ofNullable(sharing),
            judged.blockers().stream()
                .filter(c -> sharing == null || !c.id().equals(Assessment.SHARED))
                .map(Concern::observed))
        .collect(Collectors.joining(" "));
  }

  /** Leaves out what could not go even if it were alone, and tells why. */
  private List<Machine> keep(
      List<Machine> machines, Grouping grouping, Problem problem, Set<Integer> impossible) {
    var kept = new ArrayList<Machine>();
    var torn = new HashMap<Integer, String>();
    for (int unit : impossible) {
      torn.put(
          unit,
          TornApart.why(estate, grouping.atoms().get(unit).stream().map(machines::get).toList()));
    }
    for (int j = 0; j < machines.size(); j++) {
      int unit = problem.jobs().get(j).unit();
      if (impossible.contains(unit)) {
        String why = torn.getOrDefault(unit, "");
        if (why.isEmpty()) {
          leave(machines.get(j), Why.impossible(problem, unit, j), remedy(problem, unit));
        } else {
          leave(machines.get(j), why, "");
        }
      } else {
        kept.add(machines.get(j));
      }
    }
    return kept;
  }

  /** What to do where the target has too little room for a machine even alone. */
  private String remedy(Problem problem, int unit) {
    List<String> lacking = Why.lacking(problem, unit);
    return estate.site().pools().stream()
        .filter(pool -> lacking.stream().anyMatch(name -> name.startsWith(pool.name())))
        .map(Pool::remedy)
        .findFirst()
        .orElse("");
  }

  private void leave(Machine machine, String why, String remedy) {
    left.add(new Left(machine.vm(), machine.workload(), machine.judged(), why, remedy));
  }
}
