// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import java.util.Map;

/**
 * How fast copies are. The defaults are the published figures of MTV's scale tests: 162 MiB/s one
 * disk, 294 MiB/s one ESXi host, 1,173 MiB/s eight hosts.
 *
 * @param diskMiBs ceiling of one disk, MiB/s
 * @param hostMiBs ceiling of one ESXi host, MiB/s
 * @param hosts ceilings that were learned, by host id
 * @param storageClasses ceilings that were learned, by storage class
 * @param fixedSeconds what every copy takes beside its bytes
 * @param shutdownSeconds from the wish to the guest being off
 * @param convertSeconds a guest conversion
 * @param bootSeconds from power-on to healthy
 * @param spread deviation of the logarithm of a copy's duration about its forecast
 */
public record Rates(
    double diskMiBs,
    double hostMiBs,
    Map<String, Double> hosts,
    Map<String, Double> storageClasses,
    int fixedSeconds,
    int shutdownSeconds,
    int convertSeconds,
    int bootSeconds,
    double spread) {
  public static final Rates DEFAULT =
      new Rates(162, 294, Map.of(), Map.of(), 60, 60, 180, 180, 0.18);

  public Rates {
    hosts = Map.copyOf(hosts);
    storageClasses = Map.copyOf(storageClasses);
  }

  /** Ceiling of a host in MiB/s. */
  public double host(String id) {
    return hosts.getOrDefault(id, hostMiBs);
  }
}
