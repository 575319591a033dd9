// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import io.drover.planner.forecast.Ceilings.Busy;
import io.drover.planner.forecast.Ceilings.Route;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Learns from finished transfers how fast one disk, each host, each datastore and each storage
 * class are and what hosts share, what a copy takes beside its bytes, and how far off its own
 * forecasts are.
 *
 * @param fixedSeconds what every copy takes beside its bytes
 * @param low P5 of actual over forecast
 * @param high P95 of actual over forecast
 * @param sawSharing whether enough transfers ran while other hosts were busy, so that what hosts
 *     share would have been seen
 * @param seen transfers learned from
 */
public record Learning(
    double fixedSeconds, Ceilings ceilings, double low, double high, boolean sawSharing, int seen) {
  /** Parts, in the order of time, of which the later are foretold from the earlier. */
  private static final int FOLDS = 6;

  /** How many of them are only learned from. */
  private static final int KNOWN_FOLDS = 2;

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
   * Learns.
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
    Fitting.Found fit = Fitting.of(transfers);
    double[] ratios = unseenRatios(transfers);
    // The next one is as likely to be anywhere among those seen: n of them leave n + 1 places.
    double places = (ratios.length + 1.0) / Math.max(1, ratios.length - 1);
    return new Learning(
        fit.fixedSeconds(),
        fit.ceilings(),
        at(ratios, 0.5 - 0.45 * places),
        at(ratios, 0.5 + 0.45 * places),
        transfers.stream().filter(t -> t.busy().all() >= 2 * t.busy().host()).count() >= ENOUGH,
        transfers.size());
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
      Fitting.Found before = Fitting.of(transfers.subList(0, from));
      for (Transfer t : transfers.subList(from, transfers.size() * (fold + 1) / FOLDS)) {
        ratios.add(
            t.seconds()
                / (before.fixedSeconds()
                    + t.mib() * before.ceilings().secondsPerMiB(t.route(), t.busy())));
      }
    }
    return ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  /** A quantile of values that are sorted. */
  static double at(double[] sorted, double q) {
    double x = Math.max(0, Math.min(1, q)) * (sorted.length - 1);
    int low = (int) Math.floor(x);
    int high = Math.min(sorted.length - 1, low + 1);
    return sorted[low] + (x - low) * (sorted[high] - sorted[low]);
  }

  /** Forecast of a copy of {@code bytes}. */
  public Span forecast(Route route, long bytes, Busy busy) {
    double mib = bytes / (double) (1 << 20);
    double seconds = fixedSeconds + mib * ceilings.secondsPerMiB(route, busy);
    return new Span(seconds * low, seconds, seconds * high);
  }

  /** Share of transfers that lie inside their P5 to P95: 0.9 if the forecasts are honest. */
  public double calibration(List<Transfer> unseen) {
    return unseen.stream()
            .filter(t -> forecast(t.route(), t.bytes(), t.busy()).holds(t.seconds()))
            .count()
        / (double) Math.max(1, unseen.size());
  }

  /** What was learned, as rates to plan with; the rest as it was. */
  public Rates rates(Rates otherwise) {
    double spread = Arrays.stream(new double[] {-Math.log(low), Math.log(high)}).max().orElse(0.2);
    // Of what hosts share, copies that ran on one host after the other say nothing.
    SharedWay way =
        sawSharing
            ? ceilings.way()
            : new SharedWay(
                ceilings.way().hostMiBs(),
                Math.min(ceilings.way().sharedMiBs(), otherwise.ceilings().way().sharedMiBs()));
    return new Rates(
        new Ceilings(
            ceilings.diskMiBs(),
            way,
            ceilings.hosts(),
            ceilings.datastores(),
            ceilings.storageClasses()),
        (int) Math.ceil(fixedSeconds),
        otherwise.shutdownSeconds(),
        otherwise.convertSeconds(),
        otherwise.bootSeconds(),
        Math.max(0.02, spread / 1.645));
  }
}
