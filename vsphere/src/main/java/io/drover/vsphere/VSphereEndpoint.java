// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.net.URI;
import java.util.function.Supplier;

/**
 * Where a vCenter is, who we are there, and how it proves itself. The password is asked for at each
 * login, so that a rotated secret is picked up, and is never part of {@link #toString}.
 *
 * @param url such as {@code https://vcenter.example.com} or {@code https://host:8989/sdk}; the path
 *     {@code /sdk} is assumed when there is none
 * @param user such as {@code drover@vsphere.local}
 * @param password called at each login for a fresh copy, which is wiped after use
 * @param trust which certificate is believed
 * @param timeouts how long to wait
 */
public record VSphereEndpoint(
    URI url, String user, Supplier<char[]> password, Trust trust, Timeouts timeouts) {

  public VSphereEndpoint {
    String scheme = url.getScheme();
    String host = url.getHost();
    if (host == null || !("https".equals(scheme) || "http".equals(scheme))) {
      throw new IllegalArgumentException(
          "A vCenter's URL looks like https://vcenter.example.com, but this one is " + url);
    }
    if (url.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "The URL of " + host + " must not carry user or password; give them separately");
    }
    if ("http".equals(scheme) && !host.matches("localhost|127\\..*|\\[::1\\]")) {
      throw new IllegalArgumentException(
          "Expected https for " + host + ": http would show the password to the network");
    }
    if (url.getPath() == null || url.getPath().isEmpty() || url.getPath().equals("/")) {
      url = url.resolve("/sdk");
    }
  }

  /** With the default timeouts. */
  public VSphereEndpoint(URI url, String user, Supplier<char[]> password, Trust trust) {
    this(url, user, password, trust, Timeouts.DEFAULT);
  }

  /** The same endpoint with other timeouts. */
  public VSphereEndpoint withTimeouts(Timeouts other) {
    return new VSphereEndpoint(url, user, password, trust, other);
  }

  @Override
  public String toString() {
    return user + " at " + url;
  }
}
