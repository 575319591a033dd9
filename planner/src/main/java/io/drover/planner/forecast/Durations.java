// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.Way;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * How long a machine takes when everything is busy, which is how a plan must count: a slot is worth
 * its share of what holds it back ({@link Ceilings}) with all slots taken that there are. A machine
 * that has a host to itself is faster.
 */
public final class Durations {
  private static final double MIB = 1 << 20;

  /** A warm copy is brought up to date about this often before its cutover. */
  static final int SYNC_SECONDS = 3600;

  /** What is taken as changed per second where nobody measured, as a share of the bytes in use. */
  static final double CHANGED_SHARE_A_DAY = 0.04;

  private final Site site;
  private final Rates rates;

  /** ESXi hosts per vCenter. */
  private final Map<String, Integer> hosts;

  /** Disks that can come into each storage class at once, from all vCenters that have some. */
  private final Map<String, Double> intoClass = new HashMap<>();

  /**
   * Of machines of which nobody knows what their disks come into.
   *
   * @param vms that are to move: their hosts can be busy all at once
   */
  public Durations(Site site, Rates rates, Collection<Inventory.Vm> vms) {
    this(site, rates, vms, _ -> Set.of());
  }

  /**
   * @param vms that are to move: their hosts can be busy all at once
   * @param classes the storage classes that the disks of each come into, by all of their names
   */
  public Durations(
      Site site,
      Rates rates,
      Collection<Inventory.Vm> vms,
      Function<Inventory.Vm, Set<String>> classes) {
    this.site = site;
    this.rates = rates;
    var byVCenter = new HashMap<String, Set<String>>();
    vms.forEach(vm ->
        byVCenter
            .computeIfAbsent(vm.vm().vcenter(), v -> new HashSet<>())
            .add(vm.placement().host()));
    this.hosts = new HashMap<>();
    byVCenter.forEach((vcenter, names) -> hosts.put(vcenter, names.size()));
    var into = new HashMap<String, Set<String>>();
    vms.forEach(vm ->
        classes
            .apply(vm)
            .forEach(
                name -> into.computeIfAbsent(name, _ -> new HashSet<>()).add(vm.vm().vcenter())));
    into.forEach((name, vcenters) ->
        intoClass.put(name, vcenters.stream().mapToDouble(this::intoOne).sum()));
  }

  /**
   * What a machine takes.
   *
   * @param copySeconds the copy of everything
   * @param copyMiBs what that copy draws from the link
   * @param cutoverSeconds outage: shut-down to healthy; a cold one has the copy in it
   * @param cutoverMiBs what the copy within the cutover draws
   * @param shutdownSeconds of the cutover, until the copy in it begins
   * @param transferSeconds of the cutover, the copy in it and its second read
   * @param convertSeconds of the cutover, the guest conversion; 0 if there is none
   * @param disks slots its disks take, never more than a host has
   * @param bytes bytes to copy at first
   * @param deltaBytes bytes to read within the cutover
   */
  public record Estimate(
      int copySeconds,
      int copyMiBs,
      int cutoverSeconds,
      int cutoverMiBs,
      int shutdownSeconds,
      int transferSeconds,
      int convertSeconds,
      int disks,
      long bytes,
      long deltaBytes) {}

  /**
   * The estimate for {@code vm}.
   *
   * @param storage the storage class that each disk comes into, by device key
   * @param again whether the source is read once more, whole, behind the last copy, while it is off
   */
  public Estimate of(
      Inventory.Vm vm,
      Usage usage,
      Map<Integer, String> storage,
      Way way,
      boolean converts,
      boolean again) {
    int slots = Math.max(1, site.limitsOf(vm.vm().vcenter()).disksPerHost());
    int disks = Math.max(1, Math.min(vm.disks().size(), slots));
    double total = 0;
    double longest = 0;
    double alone = 0;
    for (Inventory.Disk disk : vm.disks()) {
      double mib = heldMiB(vm, usage, disk);
      double seconds = mib * secondsPerMiB(vm, disk, storage.getOrDefault(disk.deviceKey(), ""));
      total += mib;
      longest = Math.max(longest, seconds);
      alone += seconds;
    }
    double transfer = Math.max(longest, alone / disks);
    double perMiB = total > 0 ? alone / total / disks : 0;
    int copy = seconds(transfer) + rates.fixedSeconds();
    int convert = converts ? rates.convertSeconds() : 0;
    int around = rates.shutdownSeconds() + convert + rates.bootSeconds();
    double late = way == Way.COLD ? total : changed(total, usage);
    int last = way == Way.COLD ? copy : seconds(late * perMiB) + rates.fixedSeconds();
    if (again) {
      late += total;
      last += copy;
    }
    return new Estimate(
        copy,
        draw(total, copy),
        last + around,
        draw(late, last),
        rates.shutdownSeconds(),
        last,
        convert,
        disks,
        bytes(total),
        bytes(late));
  }

  /** What is on a disk and comes along, MiB. */
  public static double heldMiB(Inventory.Vm vm, Usage usage, Inventory.Disk disk) {
    return Math.min(Math.max(0, disk.capacityBytes()), known(disk) * usedShare(vm, usage)) / MIB;
  }

  /** Seconds that a MiB takes a slot when all that there are are taken. */
  private double secondsPerMiB(Inventory.Vm vm, Inventory.Disk disk, String storageClass) {
    Limits limits = site.limitsOf(vm.vm().vcenter());
    int slots = Math.max(1, limits.disksPerHost());
    double all = inFlight(vm.vm().vcenter());
    double seconds =
        rates
            .ceilings()
            .secondsPerMiB(
                new Ceilings.Route(
                    Ceilings.at(vm.vm(), vm.placement().host()),
                    Ceilings.at(vm.vm(), disk.datastore()),
                    storageClass),
                new Ceilings.Busy(
                    slots,
                    Math.max(1, Math.min(limits.disksPerDatastore(), all)),
                    Math.max(
                        1,
                        Math.max(
                            intoClass.getOrDefault(storageClass, 0.0), intoOne(vm.vm().vcenter()))),
                    all));
    if (site.throughputMiBs() > 0) {
      // One disk never needs more than the whole link.
      seconds =
          Math.max(
              seconds, Math.max(1.0, Math.min(vm.disks().size(), slots)) / site.throughputMiBs());
    }
    // Caps are shared out to all disks under way, those of a host and those of its vCenter.
    seconds = Math.max(seconds, capped(slots, limits.hostBytesPerSecond()));
    return Math.max(seconds, capped(all, limits.bytesPerSecond()));
  }

  /** Disks of a vCenter that can come into one storage class at once. */
  private double intoOne(String vcenter) {
    return Math.min(site.limitsOf(vcenter).disksPerStorageClass(), inFlight(vcenter));
  }

  /** Disks of a vCenter that can be in flight at once. */
  private double inFlight(String vcenter) {
    Limits limits = site.limitsOf(vcenter);
    int slots = Math.max(1, limits.disksPerHost());
    return Math.max(
        slots, Math.min(limits.disksPerVCenter(), (double) slots * hosts.getOrDefault(vcenter, 1)));
  }

  private static double capped(double disks, long bytesPerSecond) {
    return bytesPerSecond <= 0 ? 0 : disks * MIB / bytesPerSecond;
  }

  /** What is known to be in use on a disk: all of it where nobody says. */
  private static double known(Inventory.Disk disk) {
    Long used = disk.usedBytes();
    return used == null ? disk.capacityBytes() : used;
  }

  /** What the disks hold is known of them together: of what each is known to hold, so much. */
  private static double usedShare(Inventory.Vm vm, Usage usage) {
    double known = vm.disks().stream().mapToDouble(Durations::known).sum();
    return usage.usedBytes() <= 0 || known <= 0 ? 1 : usage.usedBytes() / known;
  }

  private static double changed(double totalMiB, Usage usage) {
    double perSecond =
        usage.changedBytesPerSecond() > 0
            ? usage.changedBytesPerSecond() / MIB
            : totalMiB * CHANGED_SHARE_A_DAY / 86_400;
    return Math.min(totalMiB, perSecond * SYNC_SECONDS);
  }

  private static int seconds(double value) {
    return (int) Math.min(10_000_000, Math.ceil(value));
  }

  private static long bytes(double mib) {
    return (long) (mib * MIB);
  }

  private int draw(double mib, int seconds) {
    int draw = (int) Math.max(1, Math.round(mib / Math.max(1, seconds)));
    return site.throughputMiBs() > 0 ? Math.min(draw, site.throughputMiBs()) : draw;
  }
}
