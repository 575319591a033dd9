// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import io.drover.schemas.Proposal;
import java.util.Map;

/**
 * How long things take.
 *
 * @param ceilings what holds copies back
 * @param fixedSeconds what every copy takes beside its bytes
 * @param shutdownSeconds from the wish to the guest being off
 * @param convertSeconds a guest conversion
 * @param bootSeconds from power-on to healthy
 * @param spread deviation of the logarithm of a copy's duration about its forecast
 */
public record Rates(
    Ceilings ceilings,
    int fixedSeconds,
    int shutdownSeconds,
    int convertSeconds,
    int bootSeconds,
    double spread) {
  public static final Rates DEFAULT = new Rates(Ceilings.PUBLISHED, 60, 60, 180, 180, 0.18);

  /** Those that a proposal was made with. */
  public static Rates of(Proposal.Pace pace) {
    return new Rates(
        new Ceilings(
            pace.diskMiBs(),
            new SharedWay(
                pace.hostMiBs(),
                pace.sharedMiBs() > 0 ? pace.sharedMiBs() : Double.POSITIVE_INFINITY),
            pace.hosts(),
            pace.datastores(),
            pace.storageClasses()),
        pace.fixedSeconds(),
        pace.shutdownSeconds(),
        pace.convertSeconds(),
        pace.bootSeconds(),
        pace.spread());
  }

  /** The same where storage classes take in no more than somebody says, MiB/s. */
  public Rates within(Map<String, Double> said) {
    return new Rates(
        ceilings.within(said), fixedSeconds, shutdownSeconds, convertSeconds, bootSeconds, spread);
  }

  /** As a proposal tells them. */
  public Proposal.Pace pace() {
    double shared = ceilings.way().sharedMiBs();
    return new Proposal.Pace(
        ceilings.diskMiBs(),
        ceilings.way().hostMiBs(),
        Double.isInfinite(shared) ? 0 : shared,
        ceilings.hosts(),
        ceilings.datastores(),
        ceilings.storageClasses(),
        fixedSeconds,
        shutdownSeconds,
        convertSeconds,
        bootSeconds,
        spread);
  }
}
