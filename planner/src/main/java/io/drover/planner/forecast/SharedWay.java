// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

/**
 * What hosts get out of something they share. Every byte passes the host and then what is shared
 * (the array, the network), so their times add up: {@code 1 / (1/(hosts × host) + 1/shared)}. It is
 * a ceiling that is neither one constant nor a multiple of the number of hosts.
 *
 * @param hostMiBs what one host would give if nothing were shared
 * @param sharedMiBs what is shared would give to endless hosts
 */
public record SharedWay(double hostMiBs, double sharedMiBs) {
  /** MTV's scale tests, cold: 294 MiB/s one ESXi host, 1,173 MiB/s eight. */
  public static final SharedWay PUBLISHED = fit(1, 294, 8, 1173);

  /**
   * Fits two measurements.
   *
   * @throws IllegalArgumentException if the second has no more hosts than the first, or the two do
   *     not look like something shared
   */
  public static SharedWay fit(int hosts1, double mibs1, int hosts2, double mibs2) {
    double perHost = (1 / mibs1 - 1 / mibs2) / (1.0 / hosts1 - 1.0 / hosts2);
    double shared = 1 / mibs1 - perHost / hosts1;
    if (hosts2 <= hosts1 || perHost <= 0) {
      throw new IllegalArgumentException("Expected more throughput with more hosts");
    }
    return new SharedWay(1 / perHost, shared <= 1e-9 ? Double.POSITIVE_INFINITY : 1 / shared);
  }

  /** Throughput of {@code hosts} busy hosts together, MiB/s. */
  public double of(int hosts) {
    return 1 / (1 / (hosts * hostMiBs) + 1 / sharedMiBs);
  }
}
