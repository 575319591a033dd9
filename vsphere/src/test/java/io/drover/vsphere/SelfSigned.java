// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate that keytool makes, for servers of tests.
 *
 * @param tls what a server presents it by
 */
record SelfSigned(Certificate certificate, SSLContext tls) {
  private static final String PASSWORD = "changeit";

  /**
   * Made once per folder, name and options.
   *
   * @param more further options of keytool, for example {@code -ext san=dns:localhost}
   */
  static SelfSigned of(Path folder, String name, String... more) throws Exception {
    Path store = folder.resolve(name + String.join("", more).hashCode() + ".p12");
    if (!Files.exists(store)) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "a",
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=" + name,
                  "-keystore",
                  store.toString(),
                  "-storepass",
                  PASSWORD));
      command.addAll(List.of(more));
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(keytool.waitFor()).as(said).isZero();
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(factory.getKeyManagers(), null, null);
    return new SelfSigned(keys.getCertificate("a"), tls);
  }

  /** In upper-case hex, without colons. */
  String thumbprint(String algorithm) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()))
        .toUpperCase(Locale.ROOT);
  }

  String pem() throws Exception {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }
}
