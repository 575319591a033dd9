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
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate that keytool makes, for servers of tests.
 *
 * @param authority who signed it: itself, or another
 * @param tls what a server presents it by
 */
record ServerCertificate(Certificate certificate, Certificate authority, SSLContext tls) {
  private static final String PASSWORD = "changeit";

  /**
   * Signs itself. Made once per folder, name and options.
   *
   * @param more further options of keytool, for example {@code -ext san=dns:localhost}
   */
  static ServerCertificate of(Path folder, String name, String... more) throws Exception {
    Path store = folder.resolve(name + String.join("", more).hashCode() + ".p12");
    if (!Files.exists(store)) {
      make(store, "a", name, more);
    }
    return read(store);
  }

  /** Signed by an authority of its own. */
  static ServerCertificate signed(Path folder, String name, String... more) throws Exception {
    Path store = folder.resolve(name + "-signed.p12");
    if (!Files.exists(store)) {
      make(store, "root", "authority of " + name, "-ext", "bc:c");
      String[] signer = {"-signer", "root"};
      make(
          store,
          "a",
          name,
          Stream.concat(Arrays.stream(signer), Arrays.stream(more)).toArray(String[]::new));
    }
    return read(store);
  }

  private static void make(Path store, String alias, String name, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                alias,
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

  private static ServerCertificate read(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    KeyStore served = KeyStore.getInstance("PKCS12");
    served.load(null, null);
    served.setKeyEntry(
        "a",
        keys.getKey("a", PASSWORD.toCharArray()),
        PASSWORD.toCharArray(),
        keys.getCertificateChain("a"));
    factory.init(served, PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(factory.getKeyManagers(), null, null);
    Certificate[] chain = keys.getCertificateChain("a");
    return new ServerCertificate(chain[0], chain[chain.length - 1], tls);
  }

  /** In upper-case hex, without colons. */
  String thumbprint(String algorithm) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()))
        .toUpperCase(Locale.ROOT);
  }

  /** Of who signed it. */
  String pem() throws Exception {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder().encodeToString(authority.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }
}
