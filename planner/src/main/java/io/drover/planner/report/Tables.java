// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.report;

import io.drover.planner.assess.Assessment.Judged;
import io.drover.planner.estate.Criticality;
import io.drover.planner.estate.Stage;
import io.drover.planner.estate.Turn;
import io.drover.planner.estate.Workload;
import io.drover.planner.explain.Explaining;
import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.group.Bonds;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.programme.Programme.Wave;
import io.drover.schemas.Concern;
import io.drover.schemas.Inventory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tables of a programme: waves, machines, what is left out, concerns. */
public final class Tables {
  /** Why each machine is where it is takes a look at all others: only while they are few. */
  private static final int EXPLAINED = 2_000;

  private static final List<String> MORE =
      List.of(
          "GiB", "Complexity", "Suggested way", "Criticality", "CPUs", "Memory MiB", "Why then");

  private Tables() {}

  /** All of them, the one that may be edited and imported again second. */
  public static List<Table> of(Programme programme, @Nullable Forecast forecast) {
    return of(programme, forecast, 0);
  }

  /**
   * The same of a plan of a running Drover.
   *
   * @param version of the plan, which an edited table has to name; 0 = it has none
   */
  public static List<Table> of(Programme programme, @Nullable Forecast forecast, int version) {
    return List.of(
        waves(programme, forecast),
        machines(programme, forecast, version),
        left(programme),
        concerns(programme));
  }

  /** An instant, or a duration from the release where the plan has no dates. */
  public static String at(Programme programme, int second) {
    return programme.undated()
        ? Duration.ofSeconds(second).toString()
        : programme.estate().start().plusSeconds(second).toString();
  }

  private static Table waves(Programme p, @Nullable Forecast forecast) {
    var rows = new ArrayList<List<Object>>();
    for (Wave wave : p.waves()) {
      int g = p.index(wave);
      rows.add(
          List.of(
              wave.number(),
              wave.name(),
              wave.stage().words(),
              wave.machines().size(),
              gib(
                  wave.machines().stream()
                      .mapToLong(m -> p.machines().get(m).estimate().bytes())
                      .sum()),
              at(p, wave.copiesFrom()),
              at(p, wave.from()),
              at(p, wave.to()),
              forecast == null ? "" : at(p, forecast.end()[g][0]),
              forecast == null ? "" : at(p, forecast.end()[g][1]),
              forecast == null ? "" : percent(forecast.missed()[g]),
              Math.round(wave.cutWeight() * 10) / 10.0));
    }
    return new Table(
        "Waves",
        List.of(
            "Wave",
            "Name",
            "Stage",
            "Machines",
            "GiB",
            "Copies from",
            "Cutovers from",
            "Ends",
            "End P50",
            "End P95",
            "Misses its window",
            "Cut weight"),
        rows);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", share * 100);
  }

  static long gib(long bytes) {
    return Math.round(bytes / (double) (1 << 30));
  }

  /** Heads of a table of machines that can be edited and imported, and more behind them. */
  public static List<String> machineHeads(String... more) {
    var heads =
        new ArrayList<>(
            List.of(
                "Id",
                "Name",
                "Application",
                "Wave",
                "Copy",
                "Cutover",
                "Way",
                "Outage min",
                "Outage P95 min"));
    heads.addAll(List.of(more));
    return heads;
  }

  private static Table machines(Programme p, @Nullable Forecast forecast, int version) {
    int[] waveOf = waveOf(p);
    var rows = new ArrayList<List<Object>>();
    for (int i = 0; i < p.machines().size(); i++) {
      Machine m = p.machines().get(i);
      int ahead = p.solved().schedule().ahead()[i];
      var row =
          new ArrayList<Object>(
              List.of(
                  m.vm().vm().toString(),
                  m.vm().name(),
                  m.workload().application(),
                  waveOf[i],
                  ahead < 0 ? "" : at(p, ahead),
                  at(p, p.cutover(i)),
                  m.way().name().toLowerCase(Locale.ROOT),
                  minutes(m.estimate().cutoverSeconds()),
                  forecast == null ? "" : minutes(forecast.outage()[i][1]),
                  gib(m.estimate().bytes()),
                  m.judged().complexity(),
                  m.judged().way().name().toLowerCase(Locale.ROOT),
                  m.workload().criticality(),
                  m.judged().rightSize().cpus(),
                  m.judged().rightSize().memoryMiB(),
                  p.machines().size() <= EXPLAINED
                      ? String.join("; ", reasons(p, i, waveOf))
                      : ""));
      if (version > 0) {
        row.add(version);
      }
      rows.add(row);
    }
    return new Table(
        "Machines",
        machineHeads(
            version > 0
                ? Stream.concat(MORE.stream(), Stream.of("Version")).toArray(String[]::new)
                : MORE.toArray(String[]::new)),
        rows);
  }

  /** In which wave a machine is, and why: what stands against its beginning any earlier. */
  public static List<String> why(Programme p, int machine) {
    int[] waveOf = waveOf(p);
    var why = new ArrayList<String>();
    why.add(
        "it is in wave "
            + waveOf[machine]
            + " of "
            + p.waves().getLast().number()
            + " ("
            + p.waves().stream()
                .filter(wave -> wave.number() == waveOf[machine])
                .map(wave -> wave.stage().words())
                .findFirst()
                .orElse("")
            + ")");
    why.addAll(reasons(p, machine, waveOf));
    return why;
  }

  private static List<String> reasons(Programme p, int machine, int[] waveOf) {
    var why =
        new ArrayList<>(
            Explaining.of(
                p.problem(),
                p.solved().schedule(),
                machine,
                m -> {
                  String name = p.machines().get(m).vm().name();
                  String application = p.machines().get(m).workload().application();
                  return name
                      + (application.equals(name) ? " (wave " : " (" + application + ", wave ")
                      + waveOf[m]
                      + ")";
                }));
    Stage own = p.machines().get(machine).workload().stage();
    var atom = p.grouping().atoms().get(p.problem().jobs().get(machine).unit());
    if (atom.size() > 1 && !p.grouping().circles().isEmpty()) {
      circle(p, machine, atom).ifPresent(why::add);
    }
    Stage stage = Turn.of(atom.stream().map(m -> p.machines().get(m).workload()).toList()).stage();
    if (own != stage) {
      boolean others = atom.stream().anyMatch(m -> p.machines().get(m).workload().stage() == stage);
      why.add(
          "it is "
              + own.words()
              + ", but what it belongs together with is "
              + (others ? stage.words() : "critical")
              + ", so it goes with "
              + (others ? "that" : stage.words()));
    }
    Criticality criticality = Criticality.of(p.machines().get(machine).workload().criticality());
    if (criticality != Criticality.USUAL) {
      why.add(
          "it is "
              + criticality.words()
              + (criticality == Criticality.LOW
                  ? ", and what is missed least goes first in its stage"
                  : ", and what is missed most goes last in its stage"));
    }
    return why;
  }

  /** That it moves with the others of its circle of dependencies, and what makes the circle. */
  private static Optional<String> circle(Programme p, int machine, List<Integer> atom) {
    String circle =
        Bonds.of(p.estate(), atom.stream().map(m -> p.machines().get(m).vm()).toList())
            .circle(atom.indexOf(machine));
    return circle.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "it moves with "
                + Bonds.list(
                    atom.stream()
                        .filter(m -> m != machine)
                        .map(m -> p.machines().get(m).vm().name())
                        .toList())
                + ", for "
                + circle);
  }

  private static long minutes(int seconds) {
    return Math.round(seconds / 60.0);
  }

  static int[] waveOf(Programme p) {
    int[] waveOf = new int[p.machines().size()];
    p.waves().forEach(wave -> wave.machines().forEach(m -> waveOf[m] = wave.number()));
    return waveOf;
  }

  private static Table left(Programme p) {
    var rows = new ArrayList<List<Object>>();
    for (Programme.Left left : p.left()) {
      rows.add(
          List.of(
              left.vm().vm().toString(),
              left.vm().name(),
              left.workload().application(),
              left.why(),
              left.toDo()));
    }
    return new Table("Left out", List.of("Id", "Name", "Application", "Why", "What to do"), rows);
  }

  private static Table concerns(Programme p) {
    var rows = new ArrayList<List<Object>>();
    p.left().forEach(left -> concerns(rows, left.vm(), left.workload(), left.judged()));
    p.machines().forEach(m -> concerns(rows, m.vm(), m.workload(), m.judged()));
    return new Table(
        "Concerns",
        List.of(
            "Name",
            "Application",
            "Severity",
            "Concern",
            "Observed",
            "Why it matters",
            "What to do",
            "Drover handles it"),
        rows);
  }

  private static void concerns(
      List<List<Object>> rows, Inventory.Vm vm, Workload workload, Judged judged) {
    for (Concern c : judged.concerns()) {
      rows.add(
          List.of(
              vm.name(),
              workload.application(),
              c.severity().name().toLowerCase(Locale.ROOT),
              c.id(),
              c.observed(),
              c.why(),
              c.remedy(),
              c.handled() ? "yes" : "no"));
    }
  }

  /** The plan in a sentence or two. */
  public static String summary(Programme p) {
    if (p.machines().isEmpty()) {
      return nothing(p);
    }
    return Why.count(p.machines().size(), "machine")
        + " in "
        + Why.count(p.waves().size(), "wave")
        + ", done after "
        + Why.span(p.solved().makespan())
        + "; "
        + p.left().size()
        + " left out. No plan can be done before "
        + Why.span(p.solved().bound().seconds())
        + " ("
        + p.solved().bound().because()
        + "), so this one is within "
        + percent(p.solved().gap())
        + " of the best there is.";
  }

  /** Why nothing was planned, the commonest reasons first. */
  private static String nothing(Programme p) {
    if (p.left().isEmpty()) {
      return "Nothing was planned: there is no machine.";
    }
    var reasons = new TreeMap<String, Integer>();
    p.left().forEach(left -> reasons.merge(left.why(), 1, Integer::sum));
    String most =
        reasons.entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
            .limit(3)
            .map(reason -> reason.getKey() + " (" + reason.getValue() + ")")
            .collect(Collectors.joining(" "));
    return "Nothing was planned: "
        + (p.left().size() == 1
            ? "the only machine is left out. "
            : "all " + p.left().size() + " machines are left out. ")
        + most
        + (reasons.size() > 3 ? " And " + Why.count(reasons.size() - 3, "more reason") + "." : "");
  }
}
