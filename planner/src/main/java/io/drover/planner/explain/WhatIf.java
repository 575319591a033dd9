// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.explain;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Site;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.Sayings;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The same estate under other circumstances. */
public final class WhatIf {
  /** Clusters that are named where another was meant. */
  private static final int NAMED = 20;

  private WhatIf() {}

  /**
   * With other limits; null = as they are.
   *
   * @throws IllegalArgumentException if there would be none of something
   */
  public static Estate limits(
      Estate estate,
      @Nullable Integer nfc,
      @Nullable Integer disksPerHost,
      @Nullable Integer cutovers,
      @Nullable Integer link) {
    some("NFC connections", nfc);
    some("disks in flight a host", disksPerHost);
    some("cutovers at once", cutovers);
    some("MiB/s of the link", link);
    Site was = estate.site();
    UnaryOperator<Limits> changed =
        l ->
            new Limits(
                disksPerHost == null ? l.disksPerHost() : disksPerHost,
                l.disksPerDatastore(),
                nfc == null ? l.disksPerVCenter() : nfc,
                l.disksPerStorageClass(),
                cutovers == null ? l.cutovers() : cutovers,
                l.bytesPerSecond(),
                l.hostBytesPerSecond());
    var inForce = new TreeMap<>(was.vcenters());
    inForce.replaceAll((vcenter, limits) -> changed.apply(limits));
    return estate.at(
        was.with(new Sayings.Capacity(0, link == null ? 0 : link, 0, 0, 0, null))
            .with(changed.apply(was.limits()), inForce));
  }

  /** Of none of it nothing could go, and a site says 0 of what it does not know. */
  private static void some(String what, @Nullable Integer number) {
    if (number != null && number < 1) {
      throw new IllegalArgumentException(
          "Expected a number of " + what + " of 1 or more, but got " + number + ".");
    }
  }

  /**
   * With one more window.
   *
   * @param said {@code calendar=from/to}
   * @throws IllegalArgumentException if it is not one, or names no calendar
   */
  public static Estate withWindow(Estate estate, String said) {
    int equals = said.indexOf('=');
    int slash = said.indexOf('/');
    if (equals < 1 || slash < equals) {
      throw new IllegalArgumentException("A window is CALENDAR=FROM/TO, but got '" + said + "'");
    }
    String name = said.substring(0, equals);
    Calendar was = estate.calendars().get(name);
    if (was == null) {
      throw new IllegalArgumentException(
          "There is no calendar '"
              + name
              + "'; there "
              + (estate.calendars().isEmpty()
                  ? "is none"
                  : "are " + String.join(", ", estate.calendars().keySet())));
    }
    Instant begin;
    Instant end;
    try {
      begin = Instant.parse(said.substring(equals + 1, slash));
      end = Instant.parse(said.substring(slash + 1));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "'" + said + "' has no times like 2026-09-12T18:00:00Z", e);
    }
    if (!end.isAfter(begin)) {
      throw new IllegalArgumentException("The window '" + said + "' ends before it begins");
    }
    if (!end.isAfter(estate.start())) {
      throw new IllegalArgumentException(
          "The window '" + said + "' is over before the plan begins (" + estate.start() + ")");
    }
    long from = Math.max(0, Duration.between(estate.start(), begin).toSeconds());
    long to = Math.min(Calendar.END, Duration.between(estate.start(), end).toSeconds());
    var more = new Calendar(name, List.of(new Calendar.Interval((int) from, (int) to)));
    var calendars = new HashMap<>(estate.calendars());
    calendars.put(name, was.union(List.of(more)));
    return estate.with(calendars);
  }

  /**
   * With one more ESXi host in a cluster: machines of its fullest hosts go there until it carries
   * its share, as DRS would have them.
   *
   * @throws IllegalArgumentException if no machine is in such a cluster
   */
  public static Estate withHost(Estate estate, String cluster) {
    var byHost = new HashMap<String, List<Inventory.Vm>>();
    for (Inventory.Vm vm : estate.vms()) {
      if (vm.placement().cluster().equals(cluster)) {
        byHost.computeIfAbsent(vm.placement().host(), h -> new ArrayList<>()).add(vm);
      }
    }
    if (byHost.isEmpty()) {
      throw new IllegalArgumentException(
          "No machine is in a cluster '"
              + cluster
              + "'; there are "
              + estate.vms().stream()
                  .map(vm -> vm.placement().cluster())
                  .distinct()
                  .sorted()
                  .limit(NAMED)
                  .collect(Collectors.joining(", ")));
    }
    int all = byHost.values().stream().mapToInt(List::size).sum();
    int share = all / (byHost.size() + 1);
    String host = "another host of " + cluster;
    for (int more = 2; byHost.containsKey(host); more++) {
      host = "another host of " + cluster + ", number " + more;
    }
    String added = host;
    var moved = new HashMap<Inventory.Vm, Inventory.Vm>();
    while (moved.size() < share) {
      var fullest =
          byHost.entrySet().stream()
              .max(
                  Map.Entry.<String, List<Inventory.Vm>>comparingByValue(
                          java.util.Comparator.comparingInt(List::size))
                      .thenComparing(Map.Entry.comparingByKey()))
              .orElseThrow();
      Inventory.Vm vm = fullest.getValue().removeLast();
      moved.put(vm, on(vm, added));
    }
    return new Estate(
        estate.start(),
        estate.vms().stream().map(vm -> moved.getOrDefault(vm, vm)).toList(),
        estate.target(),
        estate.workloads(),
        estate.usage(),
        estate.evidence(),
        estate.calendars(),
        estate.site(),
        estate.settings(),
        estate.moved());
  }

  private static Inventory.Vm on(Inventory.Vm vm, String host) {
    Inventory.Placement p = vm.placement();
    return vm.placed(
        new Inventory.Placement(
            p.moref(), p.datacenter(), p.folder(), p.cluster(), host, host, p.resourcePool()));
  }
}
