// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * Finds the ceilings that explain transfers best: least absolute error of the logarithm, one value
 * after the other, so that a few strange transfers do not pull everything. Hosts and disks always
 * have a ceiling; what hosts share, datastores and storage classes only where that explains much.
 */
final class Fitting {
  private static final int ROUNDS = 40;

  /** Times its logarithm, the transfers' number is what a ceiling must explain to be believed. */
  private static final double BELIEVED = 3;

  /** A ceiling that takes a smaller share of the time is not told from a flaw of the others. */
  private static final double FELT = 0.1;

  private static final double NONE = Double.POSITIVE_INFINITY;

  /** Things of one kind that transfers share. */
  private static final class Kind {
    private final List<String> names = new ArrayList<>();
    private final int[] of;
    private final double[] busy;
    private final int[][] transfers;
    private double[] ceiling;

    Kind(List<Transfer> all, Function<Transfer, String> name, ToDoubleFunction<Transfer> busy) {
      var index = new TreeMap<String, List<Integer>>();
      for (int t = 0; t < all.size(); t++) {
        index.computeIfAbsent(name.apply(all.get(t)), n -> new ArrayList<>()).add(t);
      }
      this.of = new int[all.size()];
      this.busy = all.stream().mapToDouble(busy).toArray();
      this.transfers = new int[index.size()][];
      this.ceiling = new double[index.size()];
      Arrays.fill(ceiling, NONE);
      index.forEach((key, list) -> {
        int k = names.size();
        names.add(key);
        transfers[k] = list.stream().mapToInt(Integer::intValue).toArray();
        list.forEach(t -> of[t] = k);
      });
    }

    double perMiB(int t) {
      return busy[t] / ceiling[of[t]];
    }

    Map<String, Double> ceilings() {
      var known = new TreeMap<String, Double>();
      for (int k = 0; k < ceiling.length; k++) {
        if (ceiling[k] < NONE) {
          known.put(names.get(k), ceiling[k]);
        }
      }
      return known;
    }
  }

  private final List<Transfer> transfers;
  private final double[] mib;
  private final double[] seconds;
  private final int[] all;
  private final Kind hosts;
  private final Kind shared;
  private final Kind datastores;
  private final Kind classes;

  /** Seconds beside the bytes, and MiB/s of one disk. */
  private final double[] value;

  private Fitting(List<Transfer> transfers) {
    this.transfers = transfers;
    this.mib = transfers.stream().mapToDouble(Transfer::mib).toArray();
    this.seconds = transfers.stream().mapToDouble(Transfer::seconds).toArray();
    this.all = new int[mib.length];
    Arrays.setAll(all, t -> t);
    this.hosts = new Kind(transfers, t -> t.route().host(), t -> t.busy().host());
    this.shared = new Kind(transfers, t -> "all", t -> t.busy().all());
    this.datastores = new Kind(transfers, t -> t.route().datastore(), t -> t.busy().datastore());
    this.classes = new Kind(transfers, t -> t.route().storageClass(), t -> t.busy().storageClass());
    this.value =
        new double[] {
          quantile(all, t -> seconds[t], 0.02) / 3, quantile(all, t -> mib[t] / seconds[t], 0.95)
        };
  }

  /** What was found. */
  record Found(double fixedSeconds, Ceilings ceilings) {}

  static Found of(List<Transfer> transfers) {
    var fitting = new Fitting(transfers);
    fitting.begin();
    fitting.descend();
    fitting.believe(fitting.datastores);
    fitting.believe(fitting.classes);
    fitting.believe(fitting.shared);
    return fitting.found();
  }

  private void begin() {
    for (int h = 0; h < hosts.ceiling.length; h++) {
      hosts.ceiling[h] =
          quantile(
              hosts.transfers[h],
              t -> hosts.busy[t] * mib[t] / Math.max(0.2 * seconds[t], seconds[t] - value[0]),
              0.6);
    }
  }

  private void descend() {
    for (int round = 0; round < ROUNDS; round++) {
      double step = Math.pow(0.85, round) * 0.3;
      better(value, 0, all, step);
      better(value, 1, all, step);
      for (Kind kind : List.of(hosts, shared, datastores, classes)) {
        for (int k = 0; k < kind.ceiling.length; k++) {
          if (kind.ceiling[k] < NONE) {
            better(kind.ceiling, k, kind.transfers[k], step);
          }
        }
      }
    }
  }

  /** Gives things of a kind a ceiling, and takes it away again where it explains too little. */
  private void believe(Kind kind) {
    double[] was = new double[kind.ceiling.length];
    Arrays.setAll(was, k -> error(kind.transfers[k]));
    double[] values = value.clone();
    List<Kind> kinds = List.of(hosts, shared, datastores, classes);
    List<double[]> ceilings = kinds.stream().map(each -> each.ceiling.clone()).toList();
    for (int k = 0; k < kind.ceiling.length; k++) {
      if (kind.transfers[k].length >= Learning.ENOUGH && !kind.names.get(k).isEmpty()) {
        kind.ceiling[k] =
            2 * quantile(kind.transfers[k], t -> kind.busy[t] * mib[t] / seconds[t], 0.9);
      }
    }
    descend();
    boolean doubted = false;
    for (int k = 0; k < kind.ceiling.length; k++) {
      double most = kind.ceiling[k];
      if (most < NONE) {
        double with = Math.max(1e-9, error(kind.transfers[k]));
        double share = share(kind, k);
        kind.ceiling[k] = NONE;
        // Neither the best without any such ceiling may do as well, nor this without this one.
        double explained = Math.log(Math.min(was[k], error(kind.transfers[k])) / with);
        if (share >= FELT
            && kind.transfers[k].length * explained >= BELIEVED * Math.log(mib.length)) {
          kind.ceiling[k] = most;
        } else {
          doubted = true;
        }
      }
    }
    if (doubted) {
      if (kind.ceilings().isEmpty()) {
        // Nothing of this kind: all the others are what they were without it.
        System.arraycopy(values, 0, value, 0, values.length);
        for (int each = 0; each < kinds.size(); each++) {
          kinds.get(each).ceiling = ceilings.get(each);
        }
      } else {
        descend();
      }
    }
  }

  /** The share of the time of its transfers that a ceiling explains. */
  private double share(Kind kind, int k) {
    double there = 0;
    double whole = 0;
    for (int t : kind.transfers[k]) {
      there += mib[t] * kind.perMiB(t);
      whole += seconds[t];
    }
    return there / whole;
  }

  private void better(double[] of, int at, int[] among, double step) {
    double was = of[at];
    double best = was;
    double least = error(among);
    for (double factor : new double[] {1 - step, 1 + step, 1 - step / 3, 1 + step / 3}) {
      of[at] = was * factor;
      double e = error(among);
      if (e < least) {
        least = e;
        best = of[at];
      }
    }
    of[at] = best;
  }

  private double error(int[] among) {
    double sum = 0;
    for (int t : among) {
      double perMiB =
          Math.max(
              1 / value[1],
              hosts.perMiB(t) + shared.perMiB(t) + datastores.perMiB(t) + classes.perMiB(t));
      sum += Math.abs(Math.log(seconds[t] / (value[0] + mib[t] * Math.min(1e6, perMiB))));
    }
    return sum;
  }

  private Found found() {
    double[] known = hosts.ceiling.clone();
    Arrays.sort(known);
    return new Found(
        value[0],
        new Ceilings(
            value[1],
            new SharedWay(known[known.length / 2], shared.ceiling[0]),
            hosts.ceilings(),
            datastores.ceilings(),
            classes.ceilings()));
  }

  private static double quantile(int[] among, IntToDoubleFunction what, double q) {
    return Learning.at(Arrays.stream(among).mapToDouble(what).sorted().toArray(), q);
  }
}
