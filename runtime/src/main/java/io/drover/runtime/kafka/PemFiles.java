// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.config.SettingsException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * Reads the PEM files of {@code kafka.security} and says what is wrong with one before a handshake
 * fails for it somewhere else, in words that do not name the file.
 */
final class PemFiles {
  private PemFiles() {}

  /** The text of a file of authorities to trust. */
  static String authorities(String key, Path file) {
    String text = read(key, file);
    certificates(key, file, text);
    return text;
  }

  /** The text of a certificate chain; its first certificate must be valid now. */
  static String chain(String key, Path file) {
    String text = read(key, file);
    X509Certificate own = certificates(key, file, text).getFirst();
    Instant now = Instant.now();
    if (now.isAfter(own.getNotAfter().toInstant())) {
      throw new SettingsException(
          "%s: the certificate in %s expired at %s: have it renewed, and see that the new one is mounted"
              .formatted(key, file, own.getNotAfter().toInstant()));
    }
    if (now.isBefore(own.getNotBefore().toInstant())) {
      throw new SettingsException(
          "%s: the certificate in %s is valid only from %s on: see that this machine's clock is right"
              .formatted(key, file, own.getNotBefore().toInstant()));
    }
    return text;
  }

  /** The text of a private key as Kafka's client can read it. */
  static String key(String key, Path file) {
    String text = read(key, file);
    if (!text.contains("-----BEGIN PRIVATE KEY-----")) {
      throw new SettingsException(
          ("%s: %s is not an unencrypted PKCS #8 key ('BEGIN PRIVATE KEY'): convert it with 'openssl pkcs8"
                  + " -topk8 -nocrypt'")
              .formatted(key, file));
    }
    return text;
  }

  private static List<X509Certificate> certificates(String key, Path file, String text) {
    try {
      var found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
    } catch (CertificateException e) {
      // Said below: what it holds is not shown, it may be a key.
    }
    throw new SettingsException(
        "%s: %s holds no certificate in PEM ('BEGIN CERTIFICATE'): see that it is the right file"
            .formatted(key, file));
  }

  private static String read(String key, Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new SettingsException(
          "%s: %s cannot be read: see that it exists and may be read".formatted(key, file), e);
    }
  }
}
