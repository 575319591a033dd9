// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.planner.schedule.Calendar;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything a plan is made of.
 *
 * @param start second 0 of the plan
 * @param vms machines in scope
 * @param target what is known of the target cluster
 * @param workloads what people said of a machine; the rest is read from its attributes
 * @param usage what a machine really uses
 * @param calendars by name; what names none may cut over at any time, what names another one is
 *     left out
 * @param settings mappings and policies
 * @param moved machines that went before: what depends on them waits for nothing
 */
public record Estate(
    Instant start,
    List<Inventory.Vm> vms,
    List<Inventory> target,
    Map<VmKey, Workload> workloads,
    Map<VmKey, Usage> usage,
    List<Evidence> evidence,
    Map<String, Calendar> calendars,
    Site site,
    PlanSettings settings,
    List<Inventory.Vm> moved) {
  public Estate {
    vms = List.copyOf(vms);
    target = List.copyOf(target);
    workloads = Map.copyOf(workloads);
    usage = Map.copyOf(usage);
    evidence = List.copyOf(evidence);
    calendars = Map.copyOf(calendars);
    moved = List.copyOf(moved);
  }

  /** Of which nothing has moved yet. */
  public Estate(
      Instant start,
      List<Inventory.Vm> vms,
      List<Inventory> target,
      Map<VmKey, Workload> workloads,
      Map<VmKey, Usage> usage,
      List<Evidence> evidence,
      Map<String, Calendar> calendars,
      Site site,
      PlanSettings settings) {
    this(start, vms, target, workloads, usage, evidence, calendars, site, settings, List.of());
  }

  /** The same at another site. */
  public Estate at(Site other) {
    return new Estate(
        start, vms, target, workloads, usage, evidence, calendars, other, settings, moved);
  }

  /** The same with other calendars. */
  public Estate with(Map<String, Calendar> other) {
    return new Estate(start, vms, target, workloads, usage, evidence, other, site, settings, moved);
  }

  /** The same after these machines went. */
  public Estate after(List<Inventory.Vm> went) {
    return new Estate(
        start, vms, target, workloads, usage, evidence, calendars, site, settings, went);
  }

  /** Names of what went before, and of the applications that it is of. */
  public Set<String> movedNames() {
    return moved.stream()
        .flatMap(vm -> Stream.of(vm.name(), workload(vm).application()))
        .collect(Collectors.toSet());
  }

  /** What is known of the workload of a machine: said by people, or by its attributes. */
  public Workload workload(Inventory.Vm vm) {
    Workload said = workloads.get(vm.vm());
    if (said != null) {
      return said;
    }
    String application = vm.attributes().get(settings.applicationAttribute());
    return new Workload(
        application == null || application.isBlank() ? vm.name() : application.strip(),
        Stage.parse(attribute(vm, "environment", "env")),
        attribute(vm, "window"),
        attribute(vm, "team"),
        criticality(vm),
        null,
        false,
        "attribute window");
  }

  /** The first of the attributes that is there and not blank, in whatever case; else empty. */
  private static String attribute(Inventory.Vm vm, String... names) {
    for (String name : names) {
      String exact = vm.attributes().getOrDefault(name, "");
      if (!exact.isBlank()) {
        return exact.strip();
      }
      for (var attribute : vm.attributes().entrySet()) {
        if (attribute.getKey().equalsIgnoreCase(name) && !attribute.getValue().isBlank()) {
          return attribute.getValue().strip();
        }
      }
    }
    return "";
  }

  /**
   * What attribute or tag (of a category) of that name says of how critical a machine is, in its
   * own words; empty if none does.
   */
  public static String saidCriticality(Inventory.Vm vm) {
    String said = attribute(vm, "criticality");
    if (!said.isEmpty()) {
      return said;
    }
    for (String tag : vm.tags()) {
      int slash = tag.indexOf('/');
      if (slash > 0 && tag.substring(0, slash).strip().equalsIgnoreCase("criticality")) {
        return tag.substring(slash + 1).strip();
      }
    }
    return "";
  }

  private static int criticality(Inventory.Vm vm) {
    int number = Criticality.number(saidCriticality(vm));
    return number == 0 ? Criticality.UNSAID : number;
  }
}
