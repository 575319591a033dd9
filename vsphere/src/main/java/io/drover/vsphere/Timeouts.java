// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.time.Duration;

/**
 * How long to wait for a vCenter or an ESXi host before calling it unreachable.
 *
 * @param connect to open the connection and shake hands
 * @param read between two pieces of an ordinary answer; a call that waits on purpose adds its own
 *     wait to this
 * @param transfer between two pieces of a disk's bytes
 */
public record Timeouts(Duration connect, Duration read, Duration transfer) {
  /** Ten seconds to connect, two minutes for an answer, five minutes for a silent disk stream. */
  public static final Timeouts DEFAULT =
      new Timeouts(Duration.ofSeconds(10), Duration.ofMinutes(2), Duration.ofMinutes(5));

  public Timeouts {
    for (Duration each : new Duration[] {connect, read, transfer}) {
      if (each.isZero() || each.isNegative()) {
        throw new IllegalArgumentException(
            "Expected every timeout to be longer than nothing, but one is " + each);
      }
    }
  }
}
