// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.time.Duration;
import java.time.Instant;

/**
 * A certificate that a {@link LabAuthority} signed, with its key, as the lab's servers and their
 * clients take it.
 *
 * @param caPem the authority's certificate, for the other side to trust
 * @param certificatePem the certificate followed by the authority's
 * @param keyPem the private key, PKCS#8
 */
public record LabCertificates(String caPem, String certificatePem, String keyPem) {
  /**
   * Makes a new authority and a server certificate for loopback, both valid from an hour ago for a
   * year.
   */
  public static LabCertificates create() {
    Instant now = Instant.now();
    return create(now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(365)));
  }

  /**
   * As {@link #create()}, with a given validity of the server's certificate: to try what a client
   * says of an expired one.
   */
  public static LabCertificates create(Instant from, Instant to) {
    return LabAuthority.create().server("localhost", from, to);
  }

  /** Never shows the private key. */
  @Override
  public String toString() {
    return "LabCertificates[key not shown]";
  }
}
