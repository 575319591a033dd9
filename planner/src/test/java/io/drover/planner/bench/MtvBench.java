// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.bench;

import io.drover.planner.forecast.SharedWay;
import java.util.Locale;

/**
 * MTV's published scale figures, forecast. Two figures fit the shared way (1 and 8 hosts, cold),
 * one the size of a machine (6 minutes at 100 MiB/s); the others are forecasts.
 */
public final class MtvBench {
  private MtvBench() {}

  public static void main(String[] args) {
    SharedWay cold = SharedWay.fit(1, 294, 8, 1173);
    SharedWay warm = SharedWay.fit(1, 253, 8, 802);
    SharedWay read = SharedWay.fit(1, 312, 8, 1242);
    double machine = 6 * 60 * 100; // MiB
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
    row("1 machine, 6 min @ 100 MiB/s (fits the size)", 6, machine / 100 / 60);
    row("10 machines, one host, min", 22, 10 * machine / cold.of(1, 10, 100) / 60);
    row("20 machines, one host, min", 42, 20 * machine / cold.of(1, 20, 100) / 60);
    row("100 machines, one host, min", 205.25, 100 * machine / cold.of(1, 100, 100) / 60);
    row("100 machines, 5 hosts, min", 64.95, 100 * machine / cold.of(5, 100, 100) / 60);
    row("80 machines, one host, min", 163, 80 * machine / cold.of(1, 80, 100) / 60);
    row("80 machines, 8 hosts, min", 41, 80 * machine / cold.of(8, 80, 100) / 60);
    row(
        "one constant of 294 MiB/s a host: 100 machines, 5 hosts, min",
        64.95,
        100 * machine / (5 * 294) / 60);
    row(
        "one constant of 77.6 MiB/s (620 Mbit/s): 100 machines, 5 hosts, min",
        64.95,
        100 * machine / 77.6 / 60);
    // 500 machines in one plan of 20 in flight, 800 in 8 plans of 20 each: sizes are not published.
    double batch = 310.0 / (500 / 20.0);
    row(
        "800 machines in 8 plans, min (a batch of 20 as in 500 in one plan)",
        57,
        batch * (800 / 160.0));
    row("warm, 400 disks, MB/s (8 hosts)", 667, warm.of(8) * 1.0);
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
