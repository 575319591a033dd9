// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Learns from finished transfers how fast one disk and each host are, what a copy takes beside its
 * bytes, and how far off its own forecasts are. A copy is forecast at {@code fixed + bytes /
 * min(disk, host / disks in flight)}.
 *
 * @param fixedSeconds what every copy takes beside its bytes
 * @param diskMiBs the most one disk gets
 * @param hosts the most each host gives
 * @param otherHost what a host gives that nothing is known of
 * @param low P5 of actual over forecast
 * @param high P95 of actual over forecast
 * @param seen transfers learned from
 */
public record Learning(
    double fixedSeconds,
    double diskMiBs,
    Map<String, Double> hosts,
    double otherHost,
    double low,
    double high,
    int seen) {
  private static final double MIB = 1 << 20;
  private static final int ROUNDS = 40;

  /** Parts, in the order of time, of which the later are foretold from the earlier. */
  private static final int FOLDS = 6;

  /** How many of them are only learned from. */
  private static final int KNOWN_FOLDS = 2;

  public Learning {
    hosts = Map.copyOf(hosts);
  }

  /** The P5, P50 and P95 of a duration in seconds. */
  public record Span(double p5, double p50, double p95) {
    /** Whether an actual duration lies inside. */
    public boolean holds(double seconds) {
      return p5 <= seconds && seconds <= p95;
    }
  }

  /** Transfers that are enough to learn from. */
  public static final int ENOUGH = 10;

  /** Newer transfers that are enough to say how honest forecasts out of the older ones were. */
  private static final int TESTS = 10;

  /**
   * How honest the forecasts were: of the newest fifth of the transfers, the share that lay inside
   * what was learned from the older ones; empty if there are too few to say.
   */
  public static OptionalDouble honesty(List<Transfer> transfers) {
    int known = transfers.size() - transfers.size() / 5;
    return transfers.size() - known < TESTS
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            from(transfers.subList(0, known))
                .calibration(transfers.subList(known, transfers.size())));
  }

  /**
   * Learns. Least absolute error of the logarithm, one value after the other, so that a few strange
   * transfers do not pull everything.
   *
   * @throws IllegalArgumentException for fewer than 10 transfers, which teach nothing
   */
  public static Learning from(List<Transfer> transfers) {
    if (transfers.size() < ENOUGH) {
      throw new IllegalArgumentException(
          "Expected at least "
              + ENOUGH
              + " finished transfers to learn from, but got "
              + transfers.size());
    }
    Learning fit = fit(transfers);
    double[] ratios = unseenRatios(transfers);
    // The next one is as likely to be anywhere among those seen: n of them leave n + 1 places.
    double places = (ratios.length + 1.0) / Math.max(1, ratios.length - 1);
    double low = at(ratios, 0.5 - 0.45 * places);
    double high = at(ratios, 0.5 + 0.45 * places);
    return new Learning(
        fit.fixedSeconds(), fit.diskMiBs(), fit.hosts(), fit.otherHost(), low, high, fit.seen());
  }

  /**
   * Actual over forecast, sorted, each forecast learned only from transfers that came before: what
   * was learned from a transfer is nearer to it than to one that is still to come, and what changes
   * in a site changes from a time on.
   */
  private static double[] unseenRatios(List<Transfer> transfers) {
    var ratios = new ArrayList<Double>();
    for (int fold = KNOWN_FOLDS; fold < FOLDS; fold++) {
      int from = transfers.size() * fold / FOLDS;
      Learning before = fit(transfers.subList(0, from));
      for (Transfer t : transfers.subList(from, transfers.size() * (fold + 1) / FOLDS)) {
        ratios.add(
            t.seconds()
                / forecast(
                    t,
                    before.fixedSeconds(),
                    before.diskMiBs(),
                    before.hosts(),
                    before.otherHost()));
      }
    }
    return ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  /** The values that fit best; of the ends of spans it says nothing. */
  private static Learning fit(List<Transfer> transfers) {
    double[] value = {quantile(transfers, Transfer::seconds, 0.02) / 3, 0, 0};
    value[1] = quantile(transfers, t -> t.bytes() / MIB / t.seconds(), 0.95);
    value[2] = quantile(transfers, t -> t.beside() * t.bytes() / MIB / t.seconds(), 0.7);
    var hosts = new TreeMap<String, Double>();
    var byHost = new TreeMap<String, List<Transfer>>();
    transfers.forEach(t -> byHost.computeIfAbsent(t.host(), h -> new ArrayList<>()).add(t));
    byHost.forEach((host, list) ->
        hosts.put(
            host,
            quantile(
                list,
                t ->
                    t.beside()
                        * t.bytes()
                        / MIB
                        / Math.max(0.2 * t.seconds(), t.seconds() - value[0]),
                0.6)));
    for (int round = 0; round < ROUNDS; round++) {
      double step = Math.pow(0.85, round) * 0.3;
      value[0] = better(value[0], step, v -> error(transfers, v, value[1], hosts, value[2]));
      value[1] = better(value[1], step, v -> error(transfers, value[0], v, hosts, value[2]));
      byHost.forEach((host, list) ->
          hosts.put(
              host,
              better(
                  hosts.getOrDefault(host, value[2]),
                  step,
                  v -> error(list, value[0], value[1], Map.of(host, v), value[2]))));
    }
    double other =
        hosts.values().stream().sorted().skip(hosts.size() / 2).findFirst().orElse(value[2]);
    return new Learning(value[0], value[1], hosts, other, 1, 1, transfers.size());
  }

  private static double better(
      double value, double step, java.util.function.DoubleUnaryOperator error) {
    double best = value;
    double least = error.applyAsDouble(value);
    for (double factor : new double[] {1 - step, 1 + step, 1 - step / 3, 1 + step / 3}) {
      double e = error.applyAsDouble(value * factor);
      if (e < least) {
        least = e;
        best = value * factor;
      }
    }
    return best;
  }

  private static double error(
      List<Transfer> transfers,
      double fixed,
      double disk,
      Map<String, Double> hosts,
      double other) {
    double sum = 0;
    for (Transfer t : transfers) {
      sum += Math.abs(Math.log(t.seconds() / forecast(t, fixed, disk, hosts, other)));
    }
    return sum;
  }

  private static double forecast(
      Transfer t, double fixed, double disk, Map<String, Double> hosts, double other) {
    double rate = Math.min(disk, hosts.getOrDefault(t.host(), other) / t.beside());
    return fixed + t.bytes() / MIB / Math.max(1e-6, rate);
  }

  private static double quantile(List<Transfer> of, ToDoubleFunction<Transfer> what, double q) {
    double[] values = of.stream().mapToDouble(what).sorted().toArray();
    return at(values, q);
  }

  private static double at(double[] sorted, double q) {
    double x = Math.max(0, Math.min(1, q)) * (sorted.length - 1);
    int low = (int) Math.floor(x);
    int high = Math.min(sorted.length - 1, low + 1);
    return sorted[low] + (x - low) * (sorted[high] - sorted[low]);
  }

  /** Forecast of a copy of {@code bytes} from {@code host} with {@code beside} disks in flight. */
  public Span forecast(String host, long bytes, double beside) {
    double seconds =
        forecast(new Transfer(host, bytes, 1, beside), fixedSeconds, diskMiBs, hosts, otherHost);
    return new Span(seconds * low, seconds, seconds * high);
  }

  /** Share of transfers that lie inside their P5 to P95: 0.9 if the forecasts are honest. */
  public double calibration(List<Transfer> unseen) {
    return unseen.stream()
            .filter(t -> forecast(t.host(), t.bytes(), t.beside()).holds(t.seconds()))
            .count()
        / (double) Math.max(1, unseen.size());
  }

  /** What was learned, as rates to plan with; the rest as it was. */
  public Rates rates(Rates otherwise) {
    double spread = Arrays.stream(new double[] {-Math.log(low), Math.log(high)}).max().orElse(0.2);
    return new Rates(
        diskMiBs,
        otherHost,
        hosts,
        otherwise.storageClasses(),
        (int) Math.ceil(fixedSeconds),
        otherwise.shutdownSeconds(),
        otherwise.convertSeconds(),
        otherwise.bootSeconds(),
        Math.max(0.02, spread / 1.645));
  }
}
