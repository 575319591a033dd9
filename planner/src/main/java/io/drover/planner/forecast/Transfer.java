// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy that has ended, as facts tell it.
 *
 * @param host that it was read from
 * @param bytes that were copied
 * @param seconds that it took
 * @param beside disks that the host had in flight while it ran, itself included, on average
 */
public record Transfer(String host, long bytes, double seconds, double beside) {
  /** A copy of one disk with the time that it took, as facts tell it. */
  public record Copy(String host, long bytes, Instant from, Instant to) {
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
        double together =
            copies.stream()
                .filter(other -> other.host().equals(copy.host()))
                .mapToDouble(other -> other.within(copy))
                .sum();
        transfers.add(
            new Transfer(
                copy.host(), copy.bytes(), copy.seconds(), Math.max(1, together / copy.seconds())));
      }
    }
    return transfers;
  }

  public Transfer {
    if (bytes <= 0 || !(seconds > 0) || !(beside >= 1)) {
      throw new IllegalArgumentException(
          "A finished transfer has bytes, took time, and counts itself: "
              + bytes
              + " B, "
              + seconds
              + " s, "
              + beside);
    }
  }
}
