// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Makes TLS contexts that trust exactly the given authorities, for hands that speak HTTPS. */
public final class Authorities {
  private static final Map<String, SSLContext> KNOWN = new ConcurrentHashMap<>();

  private Authorities() {}

  /**
   * A context that trusts what these certificates signed, host names checked by the connection.
   *
   * @param pem one or more certificates
   * @throws IllegalArgumentException if there is none
   */
  public static SSLContext trusting(String pem) {
    return KNOWN.computeIfAbsent(pem, Authorities::context);
  }

  private static SSLContext context(String pem) {
    try {
      var factory = CertificateFactory.getInstance("X.509");
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (Certificate certificate :
          factory.generateCertificates(
              new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))) {
        store.setCertificateEntry("ca-" + count++, certificate);
      }
      if (count == 0) {
        throw new IllegalArgumentException("Expected certificates in PEM, but there is none");
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(
          "Expected certificates in PEM, but they cannot be read: " + e.getMessage(), e);
    }
  }
}
