// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.schemas.Inventory;
import io.drover.schemas.Way;

/**
 * How long a machine takes when the hosts are busy, which is how a plan must count: a slot is worth
 * its share of the host's ceiling. A machine that has a host to itself is faster.
 */
public final class Durations {
  private static final double MIB = 1 << 20;

  /** A warm copy is brought up to date about this often before its cutover. */
  static final int SYNC_SECONDS = 3600;

  /** What is taken as changed per second where nobody measured, as a share of the bytes in use. */
  static final double CHANGED_SHARE_A_DAY = 0.04;

  private final Site site;
  private final Rates rates;

  public Durations(Site site, Rates rates) {
    this.site = site;
    this.rates = rates;
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
   * @param again whether the source is read once more, whole, behind the last copy, while it is off
   */
  public Estimate of(Inventory.Vm vm, Usage usage, Way way, boolean converts, boolean again) {
    int slots = Math.max(1, site.limitsOf(vm.vm().vcenter()).disksPerHost());
    int disks = Math.max(1, Math.min(vm.disks().size(), slots));
    double share = share(vm);
    double used = usedShare(vm, usage);
    double total = 0;
    double largest = 0;
    for (Inventory.Disk disk : vm.disks()) {
      double mib = Math.max(0, disk.capacityBytes()) * used / MIB;
      total += mib;
      largest = Math.max(largest, mib);
    }
    double transfer = Math.max(largest / share, total / (disks * share));
    int copy = seconds(transfer) + rates.fixedSeconds();
    int convert = converts ? rates.convertSeconds() : 0;
    int around = rates.shutdownSeconds() + convert + rates.bootSeconds();
    double late = way == Way.COLD ? total : changed(total, usage);
    int last = way == Way.COLD ? copy : seconds(late / (disks * share)) + rates.fixedSeconds();
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

  /** MiB/s of one slot on a busy host. */
  double share(Inventory.Vm vm) {
    int slots = Math.max(1, site.limitsOf(vm.vm().vcenter()).disksPerHost());
    double share = Math.min(rates.diskMiBs(), rates.host(vm.placement().host()) / slots);
    if (site.throughputMiBs() > 0) {
      // One disk never needs more than the whole link.
      share =
          Math.min(
              share,
              (double) site.throughputMiBs() / Math.max(1, Math.min(vm.disks().size(), slots)));
    }
    return Math.max(0.1, share);
  }

  private static double usedShare(Inventory.Vm vm, Usage usage) {
    long capacity = vm.capacityBytes();
    if (usage.usedBytes() <= 0 || capacity <= 0) {
      return 1;
    }
    return Math.min(1, (double) usage.usedBytes() / capacity);
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
