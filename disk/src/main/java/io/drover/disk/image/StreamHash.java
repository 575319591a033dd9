// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A checksum of a received stream, as the manifest of a lease or of an OVF serves it. */
public enum StreamHash {
  /** SHA-1, of OVF 1.x manifests and older leases. */
  SHA1("SHA-1"),
  /** SHA-256. */
  SHA256("SHA-256"),
  /** SHA-512, of newer OVF manifests. */
  SHA512("SHA-512");

  private final String algorithm;

  StreamHash(String algorithm) {
    this.algorithm = algorithm;
  }

  /** A new, empty digest. */
  public MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("A JDK without " + algorithm, e);
    }
  }
}
