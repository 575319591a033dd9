// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.bench.SyntheticEstate;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Workload;
import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Rates;
import io.drover.planner.forecast.SharedWay;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A few machines, each as a test says: off the shelf one has a disk of 10 GiB and goes cold, and
 * nothing is said of it. Each is of one host and one application of its own.
 */
public final class Herd {
  /** Second 0 of its plans, a Monday. */
  public static final Instant START = Instant.parse("2026-09-07T06:00:00Z");

  /**
   * A disk is as fast as it is, whoever copies beside it: 10 GiB and the cutover around them take
   * 13 minutes.
   */
  public static final Rates RATES =
      new Rates(
          new Ceilings(
              36.75,
              new SharedWay(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY),
              Map.of(),
              Map.of(),
              Map.of()),
          60,
          60,
          180,
          180,
          0.18);

  private final List<Inventory.Vm> vms = new ArrayList<>();
  private final Map<VmKey, Workload> workloads = new HashMap<>();
  private final List<Evidence> evidence = new ArrayList<>();
  private final Map<String, Calendar> calendars = new TreeMap<>();
  private Site site = Site.DEFAULT;
  private Instant start = START;
  private int reserve;

  /** The key of a machine. */
  public static VmKey key(String name) {
    return new VmKey("vc", "u-" + name);
  }

  /** A disk of some GiB. */
  public static Inventory.Disk disk(int number, long gib, String path, boolean shared) {
    return new Inventory.Disk(
        2000 + number,
        "Hard disk " + number,
        gib << 30,
        "ds",
        "[ds] " + path,
        null,
        Inventory.Backing.FLAT,
        "pvscsi",
        0,
        number,
        false,
        shared,
        true,
        null,
        null);
  }

  /** A machine with attributes as {@code name=value}. */
  public Herd vm(String name, String... attributes) {
    return vm(name, List.of(disk(1, 10, name + "/a.vmdk", false)), attributes);
  }

  /** The same with disks. */
  public Herd vm(String name, List<Inventory.Disk> disks, String... attributes) {
    return vm(name, disks, List.of(), "/dc/vm", attributes);
  }

  /** The same with tags, in a folder. */
  public Herd vm(
      String name,
      List<Inventory.Disk> disks,
      List<String> tags,
      String folder,
      String... attributes) {
    var all = new TreeMap<String, String>();
    for (String attribute : attributes) {
      all.put(
          attribute.substring(0, attribute.indexOf('=')),
          attribute.substring(attribute.indexOf('=') + 1));
    }
    vms.add(
        new Inventory.Vm(
            key(name),
            new Inventory.Placement("vm-" + name, "dc", folder, "c1", "h-" + name, "", ""),
            name,
            Inventory.Power.ON,
            false,
            new Inventory.Compute(2, 1, 4096, false, false),
            new Inventory.Boot(Inventory.Firmware.EFI, false, false, "4210"),
            new Inventory.Guest("rhel9_64Guest", "", "host", true, List.of(), List.of()),
            disks,
            List.of(),
            List.of(),
            new Inventory.ChangeTracking(true, true),
            "1",
            false,
            List.of(),
            all,
            tags,
            null));
    return this;
  }

  /** What is said of the last machine. */
  public Herd said(Workload workload) {
    workloads.put(vms.getLast().vm(), workload);
    return this;
  }

  /** What somebody knows of two machines. */
  public Herd knows(String from, String to, Evidence.Kind kind, double weight, String source) {
    evidence.add(new Evidence(key(from), key(to), kind, weight, source));
    return this;
  }

  /** A calendar with windows as pairs of seconds. */
  public Herd calendar(String name, int... seconds) {
    var open = new ArrayList<Calendar.Interval>();
    for (int i = 0; i < seconds.length; i += 2) {
      open.add(new Calendar.Interval(seconds[i], seconds[i + 1]));
    }
    calendars.put(name, Calendar.of(name, open));
    return this;
  }

  /** Another site. */
  public Herd at(Site other) {
    site = other;
    return this;
  }

  /** So many percent of each window are kept free. */
  public Herd reserving(int percent) {
    reserve = percent;
    return this;
  }

  /** Another second 0. */
  public Herd from(Instant other) {
    start = other;
    return this;
  }

  /** The estate. */
  public Estate estate() {
    return new Estate(
        start,
        vms,
        List.of(),
        workloads,
        Map.of(),
        evidence,
        calendars,
        site,
        SyntheticEstate.settings(reserve));
  }
}
