// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import org.jspecify.annotations.Nullable;

/**
 * Which rungs of the health ladder a target has to climb beside those that every target has to: the
 * machine runs, its instance is ready, the declared probes answer. true = it has to; false = it is
 * looked at and told, no more; null = it has to where the source lets expect it.
 *
 * @param volumes every DataVolume succeeded and every claim is bound; null = yes
 * @param networkCards every MAC address as planned; null = yes
 * @param agent the guest agent is connected; null = where VMware Tools ran at the source
 * @param hostname the guest's name as at the source; null = where the agent is expected
 * @param filesystems every filesystem that the source's guest had when it was planned is mounted;
 *     null = no: some were mounted by hand, and agents do not list all kinds
 * @param addresses every connected network card that had an address has one; null = where the agent
 *     is expected, or the card is on the pod network
 * @param sameAddresses and it is the one that it had at the source; null = no: a lease of DHCP may
 *     change
 */
public record Health(
    @Nullable Boolean volumes,
    @Nullable Boolean networkCards,
    @Nullable Boolean agent,
    @Nullable Boolean hostname,
    @Nullable Boolean filesystems,
    @Nullable Boolean addresses,
    @Nullable Boolean sameAddresses) {
  /** As the source lets expect. */
  public static final Health EXPECTED = new Health(null, null, null, null, null, null, null);

  /** This, where it says something, else what {@code other} says. */
  public Health over(Health other) {
    return new Health(
        or(volumes, other.volumes),
        or(networkCards, other.networkCards),
        or(agent, other.agent),
        or(hostname, other.hostname),
        or(filesystems, other.filesystems),
        or(addresses, other.addresses),
        or(sameAddresses, other.sameAddresses));
  }

  private static @Nullable Boolean or(@Nullable Boolean own, @Nullable Boolean other) {
    return own == null ? other : own;
  }
}
