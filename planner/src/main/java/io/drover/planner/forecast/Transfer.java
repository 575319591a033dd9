// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

/**
 * A copy that has ended, as facts tell it.
 *
 * @param host that it was read from
 * @param bytes that were copied
 * @param seconds that it took
 * @param beside disks that the host had in flight while it ran, itself included, on average
 */
public record Transfer(String host, long bytes, double seconds, double beside) {
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
