// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import io.drover.planner.forecast.Ceilings.Busy;
import io.drover.planner.forecast.Ceilings.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy that has ended, as facts tell it.
 *
 * @param bytes that were copied
 * @param seconds that it took
 * @param busy disks in flight while it ran, itself included, on average
 */
public record Transfer(Route route, long bytes, double seconds, Busy busy) {
  /**
   * A copy of one disk with the time that it took, as facts tell it.
   *
   * @param vcenter that it was read from
   */
  public record Copy(String vcenter, Route route, long bytes, Instant from, Instant to) {
    double seconds() {
      return Duration.between(from, to).toMillis() / 1000.0;
    }

    double within(Copy other) {
      Instant begin = from.isAfter(other.from) ? from : other.from;
      Instant end = to.isBefore(other.to) ? to : other.to;
      return Math.max(0, Duration.between(begin, end).toMillis() / 1000.0);
    }
  }

  /** Transfers out of copies, in their order; what took no time or had no bytes is passed over. */
  public static List<Transfer> of(List<Copy> copies) {
    var transfers = new ArrayList<Transfer>();
    for (Copy copy : copies) {
      if (copy.bytes() > 0 && copy.seconds() > 0) {
        transfers.add(new Transfer(copy.route(), copy.bytes(), copy.seconds(), busy(copy, copies)));
      }
    }
    return transfers;
  }

  private static Busy busy(Copy copy, List<Copy> copies) {
    double host = 0;
    double datastore = 0;
    double storageClass = 0;
    double all = 0;
    for (Copy other : copies) {
      double together = other.within(copy);
      if (together > 0) {
        host += other.route().host().equals(copy.route().host()) ? together : 0;
        datastore += other.route().datastore().equals(copy.route().datastore()) ? together : 0;
        storageClass +=
            other.route().storageClass().equals(copy.route().storageClass()) ? together : 0;
        all += other.vcenter().equals(copy.vcenter()) ? together : 0;
      }
    }
    double seconds = copy.seconds();
    return new Busy(
        Math.max(1, host / seconds),
        Math.max(1, datastore / seconds),
        Math.max(1, storageClass / seconds),
        Math.max(1, all / seconds));
  }

  public Transfer {
    if (bytes <= 0 || !(seconds > 0) || !(busy.host() >= 1)) {
      throw new IllegalArgumentException(
          "A finished transfer has bytes, took time, and counts itself: "
              + bytes
              + " B, "
              + seconds
              + " s, "
              + busy);
    }
  }

  double mib() {
    return bytes / (double) (1 << 20);
  }

  double mibs() {
    return mib() / seconds;
  }
}
