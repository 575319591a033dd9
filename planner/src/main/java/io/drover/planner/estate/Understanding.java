// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.engine.Meant;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.Inventory;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sayings.Flow;
import io.drover.schemas.Sayings.Statement;
import io.drover.schemas.Sayings.Window;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns what people say into what a plan is made of, and tells what names nothing known. */
public final class Understanding {
  private static final Duration HORIZON = Duration.ofDays(1200);

  /**
   * Names of which it is asked what was meant: looking through all that there are takes a while.
   */
  private static final int ASKED = 30;

  private final Instant start;
  private final Sayings said;
  private final Estate plain;

  /** Names of what went before: what is said of it is of no use any more, but no mistake. */
  private final Set<String> moved;

  private final Map<String, List<Inventory.Vm>> byName = new HashMap<>();
  private final Map<String, List<Inventory.Vm>> byApplication = new HashMap<>();
  private final List<String> unknown = new ArrayList<>();

  /** How often it was asked what was meant. */
  private int asked;

  /** By column and whom it is of. */
  private final Map<String, Heard> heard = new HashMap<>();

  private Understanding(Estate plain, Sayings said) {
    this.plain = plain;
    this.start = plain.start();
    this.said = said;
    this.moved = plain.movedNames();
    for (Inventory.Vm vm : plain.vms()) {
      byName.computeIfAbsent(vm.name(), n -> new ArrayList<>()).add(vm);
      vm.guest()
          .ipAddresses()
          .forEach(ip -> byName.computeIfAbsent(ip, n -> new ArrayList<>()).add(vm));
      byApplication
          .computeIfAbsent(plain.workload(vm).application(), n -> new ArrayList<>())
          .add(vm);
    }
  }

  /**
   * An estate with what was said of it.
   *
   * @param estate of which nothing was said so far
   * @param unknown what was said of things that are not there, in words
   */
  public record Understood(Estate estate, List<String> unknown) {
    public Understood {
      unknown = List.copyOf(unknown);
    }
  }

  /** The estate with what was said of it; what is said of usage goes over what it knew. */
  public static Understood of(Estate plain, Sayings said) {
    var understanding = new Understanding(plain, said);
    var usage = new HashMap<>(plain.usage());
    usage.putAll(understanding.usage());
    Sayings.Capacity capacity = said.capacity();
    Map<VmKey, Workload> workloads = understanding.workloads();
    understanding.teams(workloads);
    var estate =
        new Estate(
            plain.start(),
            plain.vms(),
            plain.target(),
            workloads,
            usage,
            understanding.evidence(),
            understanding.calendars(),
            capacity == null ? plain.site() : plain.site().with(capacity),
            plain.settings(),
            plain.moved());
    return new Understood(estate, understanding.unknown);
  }

  /** The question whether another name was meant, led by a blank; empty if none is close. */
  private String meant(String written, Collection<String> names) {
    return ++asked > ASKED
        ? ""
        : Meant.by(written, names).map(meant -> " Did you mean '" + meant + "'?").orElse("");
  }

  /** Tells of teams of a number of people that no machine names, and of names like theirs. */
  private void teams(Map<VmKey, Workload> workloads) {
    Sayings.Capacity capacity = said.capacity();
    if (capacity == null || capacity.teams() == null) {
      return;
    }
    var named = new TreeSet<String>();
    for (Inventory.Vm vm : plain.vms()) {
      named.add(workloads.getOrDefault(vm.vm(), plain.workload(vm)).team());
    }
    named.remove("");
    var given = new TreeSet<>(capacity.teams().keySet());
    for (String team : given) {
      if (!named.contains(team)) {
        unknown.add(
            "team '"
                + team
                + "': no machine is of that team, so nothing waits for its people."
                + meant(team, named));
      }
    }
    for (String team : named) {
      String meant = given.contains(team) ? "" : meant(team, given);
      if (!meant.isEmpty()) {
        unknown.add(
            "team '"
                + team
                + "': machines are of it, but nobody said of how many people it is: as many as all"
                + " may."
                + meant);
      }
    }
  }

  private Map<VmKey, Usage> usage() {
    var usage = new HashMap<VmKey, Usage>();
    for (Sayings.Use use : said.usage()) {
      List<Inventory.Vm> meant = byName.getOrDefault(use.vm(), List.of());
      if (meant.isEmpty() && !moved.contains(use.vm())) {
        unknown.add(
            "usage: there is no machine '" + use.vm() + "'." + meant(use.vm(), byName.keySet()));
      }
      for (Inventory.Vm vm : meant) {
        long known = plain.usage().getOrDefault(vm.vm(), Usage.UNKNOWN).usedBytes();
        usage.put(
            vm.vm(),
            new Usage(
                use.usedBytes() > 0 ? use.usedBytes() : known,
                use.changedBytesPerSecond(),
                use.cpuShare(),
                use.memoryMiB()));
      }
    }
    return usage;
  }

  private Map<String, Calendar> calendars() {
    var byCalendar = new TreeMap<String, List<Window>>();
    said.windows()
        .forEach(w -> byCalendar.computeIfAbsent(w.calendar(), c -> new ArrayList<>()).add(w));
    var calendars = new TreeMap<String, Calendar>();
    byCalendar.forEach((name, lines) -> {
      // Windows of one calendar may be said in several zones: each is laid out in its own.
      var closed = new ArrayList<Windows.Stretch>();
      var zones = new TreeMap<String, List<Windows.Rule>>();
      for (Window w : lines) {
        if (w.closed() && w.begin() != null && w.end() != null) {
          closed.add(new Windows.Stretch(w.begin(), w.end(), w.why()));
        } else {
          Windows.Rule rule = rule(w);
          if (rule != null) {
            zones.computeIfAbsent(w.zone().getId(), z -> new ArrayList<>()).add(rule);
          }
        }
      }
      Calendar calendar = null;
      for (var zone : zones.entrySet()) {
        Calendar part =
            new Windows(name, ZoneId.of(zone.getKey()), zone.getValue(), closed)
                .layOut(start, HORIZON);
        calendar = calendar == null ? part : calendar.union(List.of(part));
      }
      calendars.put(
          name,
          calendar != null
              ? calendar
              : new Windows(name, ZoneId.of("UTC"), List.of(), closed).layOut(start, HORIZON));
    });
    return calendars;
  }

  private static Windows.@Nullable Rule rule(Window w) {
    if (w.from() != null && w.to() != null) {
      return new Windows.Weekly(w.days(), w.from(), w.to());
    }
    return w.begin() != null && w.end() != null ? new Windows.Once(w.begin(), w.end()) : null;
  }

  private Map<VmKey, Workload> workloads() {
    var workloads = new HashMap<VmKey, Workload>();
    // What is said of a machine goes over what is said of its application, in whatever order.
    List<Statement> statements =
        said.statements().stream()
            .sorted(Comparator.comparing((Statement s) -> !s.vm().isEmpty()))
            .toList();
    for (Statement s : statements) {
      contradictions(s);
      if (!s.stage().isEmpty() && Stage.known(s.stage()) == null) {
        unknown.add(
            s.source()
                + ": there is no stage '"
                + s.stage()
                + "'; write pilot, dev, test or prod. It is as if none were said.");
      }
      for (Inventory.Vm vm : meant(s)) {
        Workload was = workloads.getOrDefault(vm.vm(), plain.workload(vm));
        workloads.put(
            vm.vm(),
            new Workload(
                s.vm().isEmpty() || s.application().isEmpty() ? was.application() : s.application(),
                stage(s, was),
                s.calendar().isEmpty() ? was.calendar() : s.calendar(),
                s.team().isEmpty() ? was.team() : s.team(),
                s.criticality() == 0 ? was.criticality() : s.criticality(),
                s.downtimeMinutes() <= 0
                    ? was.downtimeBudget()
                    : Duration.ofSeconds(Math.round(s.downtimeMinutes() * 60)),
                s.splittable().isEmpty()
                    ? was.splittable()
                    : s.splittable().toLowerCase(Locale.ROOT).matches("yes|true|1|ja|oui"),
                s.calendar().isEmpty() ? was.calendarSaid() : s.source()));
      }
    }
    return workloads;
  }

  /**
   * Tells where a row says something else than an earlier one of the same machine or application.
   */
  private void contradictions(Statement s) {
    String what =
        s.vm().isEmpty() ? "application '" + s.application() + "'" : "machine '" + s.vm() + "'";
    contradiction(s, "stage", s.stage(), what);
    contradiction(s, "calendar", s.calendar(), what);
    contradiction(s, "team", s.team(), what);
    contradiction(s, "criticality", s.criticality() == 0 ? "" : "" + s.criticality(), what);
    contradiction(s, "downtime", s.downtimeMinutes() <= 0 ? "" : "" + s.downtimeMinutes(), what);
    contradiction(s, "splittable", s.splittable(), what);
    if (!s.vm().isEmpty()) {
      contradiction(s, "application", s.application(), what);
    }
  }

  private void contradiction(Statement s, String column, String value, String what) {
    if (value.isEmpty()) {
      return;
    }
    Heard before = heard.put(column + " of " + what, new Heard(value, s.source()));
    if (before != null && !before.value().equalsIgnoreCase(value)) {
      unknown.add(
          s.source()
              + ": the "
              + column
              + " of "
              + what
              + " is '"
              + value
              + "' here, but '"
              + before.value()
              + "' in "
              + before.source()
              + ". The later row is believed: delete one.");
    }
  }

  /** What a row said. */
  private record Heard(String value, String source) {}

  private static Stage stage(Statement s, Workload was) {
    Stage said = Stage.known(s.stage());
    return said == null ? was.stage() : said;
  }

  private List<Inventory.Vm> meant(Statement s) {
    List<Inventory.Vm> meant =
        s.vm().isEmpty()
            ? byApplication.getOrDefault(s.application(), List.of())
            : byName.getOrDefault(s.vm(), List.of());
    if (meant.isEmpty() && !moved.contains(s.vm().isEmpty() ? s.application() : s.vm())) {
      unknown.add(
          s.source()
              + ": there is no "
              + (s.vm().isEmpty() ? "application '" + s.application() : "machine '" + s.vm())
              + "'."
              + (s.vm().isEmpty()
                  ? meant(s.application(), byApplication.keySet())
                  : meant(s.vm(), byName.keySet())));
    }
    return meant;
  }

  private List<Evidence> evidence() {
    var evidence = new ArrayList<Evidence>();
    for (Statement s : said.statements()) {
      List<Inventory.Vm> from =
          s.vm().isEmpty()
              ? byApplication.getOrDefault(s.application(), List.of())
              : byName.getOrDefault(s.vm(), List.of());
      link(evidence, from, s.together(), Evidence.Kind.TOGETHER, s.source());
      link(evidence, from, s.after(), Evidence.Kind.AFTER, s.source());
      link(evidence, from, s.apart(), Evidence.Kind.APART, s.source());
    }
    int strangers = 0;
    for (Flow flow : said.flows()) {
      List<Inventory.Vm> from = byName.getOrDefault(flow.from(), List.of());
      List<Inventory.Vm> to = byName.getOrDefault(flow.to(), List.of());
      if (from.isEmpty() || to.isEmpty()) {
        strangers++;
      } else if (!from.getFirst().vm().equals(to.getFirst().vm())) {
        evidence.add(
            new Evidence(
                from.getFirst().vm(),
                to.getFirst().vm(),
                Evidence.Kind.AFFINITY,
                Math.log1p(Math.max(0, flow.bytes())) / 10,
                flow.source()));
      }
    }
    if (strangers > 0) {
      unknown.add(
          strangers
              + " of "
              + said.flows().size()
              + " flows are of machines that are not in the inventory.");
    }
    return evidence;
  }

  private void link(
      List<Evidence> evidence,
      List<Inventory.Vm> from,
      String names,
      Evidence.Kind kind,
      String source) {
    for (String name : names.split("[,;]", -1)) {
      String other = name.strip();
      if (other.isEmpty()) {
        continue;
      }
      List<Inventory.Vm> to =
          byName.getOrDefault(other, byApplication.getOrDefault(other, List.of()));
      if (to.isEmpty() && !moved.contains(other)) {
        var all = new TreeSet<>(byName.keySet());
        all.addAll(byApplication.keySet());
        unknown.add(
            source + ": there is no machine or application '" + other + "'." + meant(other, all));
      }
      for (Inventory.Vm a : from) {
        for (Inventory.Vm b : to) {
          if (!a.vm().equals(b.vm())) {
            evidence.add(new Evidence(a.vm(), b.vm(), kind, 1, source));
          }
        }
      }
    }
  }
}
