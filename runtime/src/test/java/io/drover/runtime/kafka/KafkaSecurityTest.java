// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.runtime.config.Secret;
import io.drover.runtime.config.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Typed settings become the client properties that Kafka documents. */
class KafkaSecurityTest {
  @TempDir static Path directory;

  /** A certificate that signs itself, and its key, as PEM files. */
  @BeforeAll
  static void certificate() throws Exception {
    Path store = directory.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "drover",
                "-keyalg",
                "EC",
                "-dname",
                "CN=drover",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    pem("crt", "CERTIFICATE", keys.getCertificate("drover").getEncoded());
    pem("key", "PRIVATE KEY", keys.getKey("drover", "changeit".toCharArray()).getEncoded());
  }

  private static void pem(String name, String label, byte[] der) throws Exception {
    Files.writeString(
        directory.resolve(name),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(label, Base64.getMimeEncoder().encodeToString(der), label));
  }

  private static KafkaSecurity mutual(String ca, String certificate, String key) {
    return new KafkaSecurity(
        KafkaSecurity.Mode.MTLS,
        directory.resolve(ca),
        directory.resolve(certificate),
        directory.resolve(key),
        null,
        null,
        null);
  }

  @Test
  void mutualTlsIsThreePemFiles() throws Exception {
    var p = mutual("crt", "crt", "key").properties();
    String certificate = Files.readString(directory.resolve("crt"));
    assertThat(p)
        .containsEntry("security.protocol", "SSL")
        .containsEntry("ssl.truststore.type", "PEM")
        .containsEntry("ssl.truststore.certificates", certificate)
        .containsEntry("ssl.keystore.type", "PEM")
        .containsEntry("ssl.keystore.certificate.chain", certificate)
        .containsEntry("ssl.keystore.key", Files.readString(directory.resolve("key")));
  }

  @Test
  void aFileThatIsAnotherIsNamed() {
    assertThatThrownBy(() -> mutual("key", "crt", "key").properties())
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("kafka.security.ca: " + directory.resolve("key"))
        .hasMessageContaining("holds no certificate");
    assertThatThrownBy(() -> mutual("crt", "crt", "crt").properties())
        .hasMessageContaining("kafka.security.key: ")
        .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
    assertThatThrownBy(() -> mutual("nowhere", "crt", "key").properties())
        .hasMessageContaining("nowhere cannot be read");
  }

  @Test
  void scramQuotesWhatAPasswordMayHold() throws Exception {
    Path password = Files.writeString(directory.resolve("pw"), "a\"b\\c;d");
    var p =
        new KafkaSecurity(
                KafkaSecurity.Mode.SCRAM,
                directory.resolve("crt"),
                null,
                null,
                "drover",
                new Secret("file:" + password),
                null)
            .properties();
    assertThat(p)
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("sasl.mechanism", "SCRAM-SHA-512");
    assertThat(p.get("sasl.jaas.config"))
        .contains("username=\"drover\"")
        .endsWith("password=\"a\\\"b\\\\c;d\";");
  }

  @Test
  void oauthNamesItsEndpointAndAllowsIt() throws Exception {
    Path secret = Files.writeString(directory.resolve("client"), "s3cret");
    var p =
        new KafkaSecurity(
                KafkaSecurity.Mode.OAUTH,
                null,
                null,
                null,
                null,
                null,
                new KafkaSecurity.OAuth(
                    "https://id.example/token",
                    "drover",
                    new Secret("file:" + secret),
                    "kafka",
                    directory.resolve("crt")))
            .properties();
    assertThat(p)
        .containsEntry("sasl.mechanism", "OAUTHBEARER")
        .containsEntry("sasl.oauthbearer.token.endpoint.url", "https://id.example/token")
        .containsEntry("sasl.oauthbearer.client.credentials.client.id", "drover")
        .containsEntry("sasl.oauthbearer.client.credentials.client.secret", "s3cret")
        .containsEntry("sasl.oauthbearer.scope", "kafka");
    assertThat(p.get("sasl.jaas.config"))
        .contains("ssl.truststore.location=\"" + directory.resolve("crt") + "\"");
    assertThat(System.getProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls"))
        .contains("https://id.example/token");
  }

  @Test
  void whatAModeNeedsIsNamed() {
    assertThatThrownBy(() ->
            new KafkaSecurity(KafkaSecurity.Mode.SCRAM, null, null, null, "drover", null, null))
        .hasMessage("kafka.security.password is missing: mode scram needs it");
  }
}
