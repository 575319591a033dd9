// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Whom a command trusts to vouch for a console whose certificate no public authority signed. */
final class Authorities {
  private Authorities() {}

  /**
   * TLS that trusts the certificates of a PEM file, and no others. A console's own certificate may
   * be one of them.
   *
   * @throws Failure naming the file and the remedy
   */
  static SSLContext of(Path pem) {
    try (InputStream in = Files.newInputStream(pem)) {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("authority-" + store.size(), each);
      }
      if (store.size() == 0) {
        throw noCertificate(pem);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new Failure(
          Exit.CONFIGURATION,
          "The authorities in "
              + pem
              + " cannot be read: see that the file exists and may be read");
    } catch (CertificateException e) {
      throw noCertificate(pem);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every JDK has X.509 and TLS", e);
    }
  }

  private static Failure noCertificate(Path pem) {
    return new Failure(
        Exit.CONFIGURATION,
        pem
            + " holds no certificate: --ca and DROVER_CA name a PEM file of the authorities that"
            + " signed the console's");
  }
}
