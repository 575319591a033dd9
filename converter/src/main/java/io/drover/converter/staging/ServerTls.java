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
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
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
      if (chain.length == 0 || !belong(key, chain[0].getPublicKey())) {
        throw new IllegalArgumentException("the key is not that of the first certificate");
      }
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

  /** Whether one verifies what the other signs; a key store takes any two. */
  private static boolean belong(PrivateKey key, PublicKey certified)
      throws GeneralSecurityException {
    if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
      return false;
    }
    Signature signature =
        Signature.getInstance(
            switch (key.getAlgorithm()) {
              case "EC" -> "SHA256withECDSA";
              case "RSA" -> "SHA256withRSA";
              default -> key.getAlgorithm();
            });
    byte[] some = {1};
    signature.initSign(key);
    signature.update(some);
    byte[] signed = signature.sign();
    signature.initVerify(certified);
    signature.update(some);
    try {
      return signature.verify(signed);
    } catch (SignatureException e) {
      // One of another curve or length.
      return false;
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
