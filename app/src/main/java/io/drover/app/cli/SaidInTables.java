// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.ingest.files.Sayings.Flow;
import io.drover.ingest.files.Sayings.Statement;
import io.drover.ingest.files.Sayings.WindowSaid;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Stage;
import io.drover.planner.estate.Windows;
import io.drover.planner.estate.Workload;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Turns what tables say into what the planner reads, and tells what names nothing known. */
final class SaidInTables {
  private static final Duration HORIZON = Duration.ofDays(1200);

  private final List<Inventory.Vm> vms;
  private final Instant start;
  private final List<WindowSaid> windows;
  private final List<Flow> flows;
  private final List<Statement> statements;
  private final Estate plain;
  private final Map<String, List<Inventory.Vm>> byName = new HashMap<>();
  private final Map<String, List<Inventory.Vm>> byApplication = new HashMap<>();
  private final List<String> unknown = new ArrayList<>();

  SaidInTables(
      List<Inventory.Vm> vms,
      PlanSettings settings,
      Instant start,
      List<WindowSaid> windows,
      List<Flow> flows,
      List<Statement> statements) {
    this.vms = vms;
    this.start = start;
    this.windows = windows;
    this.flows = flows;
    this.statements = statements;
    this.plain =
        new Estate(
            start, vms, List.of(), Map.of(), Map.of(), List.of(), Map.of(), Site.DEFAULT, settings);
    for (Inventory.Vm vm : vms) {
      byName.computeIfAbsent(vm.name(), n -> new ArrayList<>()).add(vm);
      vm.guest()
          .ipAddresses()
          .forEach(ip -> byName.computeIfAbsent(ip, n -> new ArrayList<>()).add(vm));
      byApplication
          .computeIfAbsent(plain.workload(vm).application(), n -> new ArrayList<>())
          .add(vm);
    }
  }

  /** What was said of things that are not there. */
  List<String> unknown() {
    return List.copyOf(unknown);
  }

  Map<String, Calendar> calendars() {
    var byCalendar = new TreeMap<String, List<WindowSaid>>();
    windows.forEach(w -> byCalendar.computeIfAbsent(w.calendar(), c -> new ArrayList<>()).add(w));
    var calendars = new TreeMap<String, Calendar>();
    byCalendar.forEach((name, said) -> {
      // Windows of one calendar may be said in several zones: each is laid out in its own.
      var closed = new ArrayList<Windows.Stretch>();
      var zones = new TreeMap<String, List<Windows.Rule>>();
      for (WindowSaid w : said) {
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

  private static Windows.@Nullable Rule rule(WindowSaid w) {
    if (w.from() != null && w.to() != null) {
      return new Windows.Weekly(w.days(), w.from(), w.to());
    }
    return w.begin() != null && w.end() != null ? new Windows.Once(w.begin(), w.end()) : null;
  }

  Map<VmKey, Workload> workloads() {
    var workloads = new HashMap<VmKey, Workload>();
    for (Statement s : statements) {
      for (Inventory.Vm vm : meant(s)) {
        Workload was = workloads.getOrDefault(vm.vm(), plain.workload(vm));
        workloads.put(
            vm.vm(),
            new Workload(
                s.vm().isEmpty() || s.application().isEmpty() ? was.application() : s.application(),
                s.stage().isEmpty() ? was.stage() : Stage.parse(s.stage()),
                s.calendar().isEmpty() ? was.calendar() : s.calendar(),
                s.team().isEmpty() ? was.team() : s.team(),
                s.criticality() == 0 ? was.criticality() : s.criticality(),
                s.downtimeMinutes() <= 0
                    ? was.downtimeBudget()
                    : Duration.ofSeconds(Math.round(s.downtimeMinutes() * 60)),
                s.splittable().isEmpty()
                    ? was.splittable()
                    : s.splittable().toLowerCase(Locale.ROOT).matches("yes|true|1|ja|oui")));
      }
    }
    return workloads;
  }

  private List<Inventory.Vm> meant(Statement s) {
    List<Inventory.Vm> meant =
        s.vm().isEmpty()
            ? byApplication.getOrDefault(s.application(), List.of())
            : byName.getOrDefault(s.vm(), List.of());
    if (meant.isEmpty()) {
      unknown.add(
          s.source()
              + ": there is no "
              + (s.vm().isEmpty() ? "application '" + s.application() : "machine '" + s.vm())
              + "'.");
    }
    return meant;
  }

  List<Evidence> evidence() {
    var evidence = new ArrayList<Evidence>();
    for (Statement s : statements) {
      List<Inventory.Vm> from =
          s.vm().isEmpty()
              ? byApplication.getOrDefault(s.application(), List.of())
              : byName.getOrDefault(s.vm(), List.of());
      link(evidence, from, s.together(), Evidence.Kind.TOGETHER, s.source());
      link(evidence, from, s.after(), Evidence.Kind.AFTER, s.source());
      link(evidence, from, s.apart(), Evidence.Kind.APART, s.source());
    }
    int strangers = 0;
    for (Flow flow : flows) {
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
          strangers + " of " + flows.size() + " flows are of machines that are not in the export.");
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
      if (to.isEmpty()) {
        unknown.add(source + ": there is no machine or application '" + other + "'.");
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
