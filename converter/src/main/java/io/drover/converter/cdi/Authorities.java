// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import javax.net.ssl.SSLContext;

/** The authorities that this room's HTTPS connections trust. */
final class Authorities {
  private Authorities() {}

  /** As {@link io.drover.engine.Authorities#trusting}. */
  static SSLContext trusting(String pem) {
    return io.drover.engine.Authorities.trusting(pem);
  }
}
