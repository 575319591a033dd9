// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import io.drover.lab.cluster.api.LabCertificates;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The identity of one lab vCenter: a certificate made for it, and the thumbprints by which clients
 * know it.
 *
 * @param caPem the authority that a client may trust instead of a thumbprint
 * @param sha1 thumbprint as lease URLs carry it, AA:BB:…
 * @param sha256 thumbprint for clients, AA:BB:…
 */
record LabTls(SSLContext context, String caPem, String sha1, String sha256) {

  /** A fresh identity; an expired one to try what clients say of it. */
  static LabTls create(boolean expired) {
    Instant now = Instant.now();
    LabCertificates made =
        expired
            ? LabCertificates.create(now.minus(Duration.ofDays(90)), now.minus(Duration.ofDays(1)))
            : LabCertificates.create();
    try {
      List<? extends Certificate> chain =
          List.copyOf(
              CertificateFactory.getInstance("X.509")
                  .generateCertificates(
                      new ByteArrayInputStream(
                          made.certificatePem().getBytes(StandardCharsets.US_ASCII))));
      String body = made.keyPem().replaceAll("-----[^-]+-----", "").replaceAll("\\s", "");
      PrivateKey key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
      // only in memory, so the password protects nothing
      char[] password = "lab".toCharArray();
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, password);
      store.setKeyEntry("lab", key, password, chain.toArray(Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      byte[] leaf = chain.getFirst().getEncoded();
      return new LabTls(
          context, made.caPem(), thumbprint("SHA-1", leaf), thumbprint("SHA-256", leaf));
    } catch (GeneralSecurityException | java.io.IOException e) {
      throw new IllegalStateException("The JDK cannot make a TLS identity: " + e.getMessage(), e);
    }
  }

  private static String thumbprint(String algorithm, byte[] certificate)
      throws GeneralSecurityException {
    return HexFormat.ofDelimiter(":")
        .formatHex(MessageDigest.getInstance(algorithm).digest(certificate))
        .toUpperCase(Locale.ROOT);
  }
}
