// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.HexFormat;
import java.util.Locale;

/** How a server proves that it is the one meant: chosen for each vCenter alone. */
public sealed interface Trust {
  /**
   * Exactly this certificate, whoever signed it and whatever host it names, as vSphere itself pins
   * its hosts.
   *
   * @param hex 40 (SHA-1) or 64 (SHA-256) upper-case hexadecimal digits, without colons
   */
  record Thumbprint(String hex) implements Trust {
    public Thumbprint {
      hex = hex.replace(":", "").replace(" ", "").toUpperCase(Locale.ROOT);
      if (!hex.matches("[0-9A-F]{40}|[0-9A-F]{64}")) {
        throw new IllegalArgumentException(
            "A thumbprint has 40 (SHA-1) or 64 (SHA-256) hexadecimal digits, with or without"
                + " colons, but this one has "
                + hex.length()
                + " characters: "
                + hex);
      }
    }

    /** The digest algorithm that the number of digits implies. */
    String algorithm() {
      return hex.length() == 40 ? "SHA-1" : "SHA-256";
    }
  }

  /**
   * Certificates signed by one of these authorities, for the host name that was asked.
   *
   * @param pem one or more certificates in PEM form
   */
  record Authorities(String pem) implements Trust {}

  /** Certificates that the JDK's own trust store accepts, for the host name that was asked. */
  record SystemTrust() implements Trust {}

  /** Trusts exactly the certificate with this SHA-1 or SHA-256 thumbprint. */
  static Trust thumbprint(String hex) {
    return new Thumbprint(hex);
  }

  /** Trusts what these PEM certificates signed. */
  static Trust authorities(String pem) {
    return new Authorities(pem);
  }

  /** Trusts what the JDK trusts. */
  static Trust system() {
    return new SystemTrust();
  }

  /** Writes a digest the way vSphere shows it: upper-case pairs with colons between. */
  static String format(byte[] digest) {
    return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
  }
}
