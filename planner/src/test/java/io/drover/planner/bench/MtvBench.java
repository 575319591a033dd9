// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.bench;

import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Durations;
import io.drover.planner.forecast.Rates;
import io.drover.planner.forecast.SharedWay;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * MTV's published scale figures, forecast by the model that plans count with ({@link Durations}).
 * Two figures fit the shared way (1 and 8 hosts, cold), one the size of a machine (6 minutes at 100
 * MiB/s); the others are forecasts.
 */
public final class MtvBench {
  /** Disks in flight on a host: MTV's default. */
  private static final int IN_FLIGHT = 20;

  private static final double MACHINE = 6 * 60 * 100; // MiB

  private MtvBench() {}

  public static void main(String[] args) {
    SharedWay cold = SharedWay.PUBLISHED;
    SharedWay warm = SharedWay.fit(1, 253, 8, 802);
    SharedWay read = SharedWay.fit(1, 312, 8, 1242);
    System.out.printf(
        Locale.ROOT,
        "cold: host %.0f MiB/s, shared %.0f MiB/s; warm: %.0f and %.0f; datastore read: %.0f and"
            + " %.0f%n%n",
        cold.hostMiBs(),
        cold.sharedMiBs(),
        warm.hostMiBs(),
        warm.sharedMiBs(),
        read.hostMiBs(),
        read.sharedMiBs());
    System.out.println("| published | measured | forecast | off |\n|---|---|---|---|");
    row("1 machine, 6 min @ 100 MiB/s (fits the size)", 6, minutes(1, 1));
    row("10 machines, one host, min", 22, minutes(10, 1));
    row("20 machines, one host, min", 42, minutes(20, 1));
    row("100 machines, one host, min", 205.25, minutes(100, 1));
    row("100 machines, 5 hosts, min", 64.95, minutes(100, 5));
    row("80 machines, one host, min", 163, minutes(80, 1));
    row("80 machines, 8 hosts, min", 41, minutes(80, 8));
    row(
        "one constant of 294 MiB/s a host: 100 machines, 5 hosts, min",
        64.95,
        100 * MACHINE / (5 * 294) / 60);
    row(
        "one constant of 77.6 MiB/s (620 Mbit/s): 100 machines, 5 hosts, min",
        64.95,
        100 * MACHINE / 77.6 / 60);
    // 500 machines in one plan of 20 in flight, 800 in 8 plans of 20 each: sizes are not published.
    double batch = 310.0 / (500 / 20.0);
    row(
        "800 machines in 8 plans, min (a batch of 20 as in 500 in one plan)",
        57,
        batch * (800 / 160.0));
    row("warm, 400 disks, MB/s (8 hosts)", 667, warm.of(8) * 1.0);
  }

  /** Machines of one disk over some hosts, as many at once as may be in flight, all alike. */
  private static double minutes(int machines, int hosts) {
    int slots = Math.min(IN_FLIGHT, Math.ceilDiv(machines, hosts));
    var site = Site.DEFAULT.with(new Limits(slots, 1_000, slots * hosts, 1_000, slots * hosts, 0));
    Rates d = Rates.DEFAULT;
    var rates =
        new Rates(
            new Ceilings(100, SharedWay.PUBLISHED, Map.of(), Map.of(), Map.of()),
            0,
            d.shutdownSeconds(),
            d.convertSeconds(),
            d.bootSeconds(),
            d.spread());
    List<Inventory.Vm> vms = IntStream.range(0, hosts).mapToObj(MtvBench::machine).toList();
    var estimate =
        new Durations(site, rates, vms)
            .of(vms.getFirst(), Usage.UNKNOWN, Map.of(), Way.WARM, false, false);
    return estimate.copySeconds() / 60.0 * machines / (slots * hosts);
  }

  private static Inventory.Vm machine(int host) {
    return new Inventory.Vm(
        new VmKey("vc", "vm-" + host),
        new Inventory.Placement("vm", "dc", "", "cl", "host-" + host, "esx-" + host, ""),
        "vm-" + host,
        Inventory.Power.ON,
        false,
        new Inventory.Compute(2, 1, 4096, false, false),
        new Inventory.Boot(Inventory.Firmware.BIOS, false, false, ""),
        new Inventory.Guest("rhel9_64Guest", "RHEL 9", null, true, List.of(), List.of()),
        List.of(
            new Inventory.Disk(
                2000,
                "Hard disk 1",
                (long) MACHINE << 20,
                "ds",
                "[ds] vm.vmdk",
                null,
                Inventory.Backing.FLAT,
                "pvscsi",
                0,
                0,
                false,
                false,
                false,
                null,
                null)),
        List.of(),
        List.of(),
        new Inventory.ChangeTracking(true, true),
        "1",
        false,
        List.of(),
        Map.of(),
        List.of(),
        null);
  }

  private static void row(String what, double measured, double forecast) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %+.1f %% |%n",
        what,
        measured,
        forecast,
        100 * (forecast / measured - 1));
  }
}
