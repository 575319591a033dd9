// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Makes a server's TLS context out of PEM files. */
final class ServerTls {
  private ServerTls() {}

  static SSLContext of(StagingSettings.Tls tls) throws IOException {
    try {
      PrivateKey key = key(tls, Files.readString(tls.key()));
      Certificate[] chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(
                      Files.readString(tls.chain()).getBytes(StandardCharsets.UTF_8)))
              .toArray(new Certificate[0]);
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setKeyEntry("server", key, new char[0], chain);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Expected a certificate chain in "
              + tls.chain()
              + " and its private key in "
              + tls.key()
              + ", but they cannot be used: "
              + e.getMessage(),
          e);
    }
  }

  private static PrivateKey key(StagingSettings.Tls tls, String pem)
      throws GeneralSecurityException {
    if (!pem.contains("-----BEGIN PRIVATE KEY-----")) {
      throw new IllegalArgumentException(
          tls.key()
              + " holds no PKCS#8 key; 'openssl pkcs8 -topk8 -nodes' makes one of an older form");
    }
    String body =
        pem.substring(pem.indexOf("-----BEGIN PRIVATE KEY-----"))
            .replaceAll("-----(BEGIN|END) PRIVATE KEY-----", "")
            .replaceAll("\\s", "");
    var encoded = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body));
    for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (InvalidKeySpecException e) {
        // A key of another kind: the next one is tried.
        continue;
      }
    }
    throw new IllegalArgumentException(tls.key() + " holds no EC, RSA or EdDSA key");
  }
}
