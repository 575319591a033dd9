// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.runtime.config.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Typed settings become the client properties that Kafka documents. */
class KafkaSecurityTest {
  @TempDir Path directory;

  private Path pem(String name) throws Exception {
    return Files.writeString(directory.resolve(name), "-- " + name + " --\n");
  }

  @Test
  void mutualTlsIsThreePemFiles() throws Exception {
    var p =
        new KafkaSecurity(
                KafkaSecurity.Mode.MTLS, pem("ca"), pem("crt"), pem("key"), null, null, null)
            .properties();
    assertThat(p)
        .containsEntry("security.protocol", "SSL")
        .containsEntry("ssl.truststore.type", "PEM")
        .containsEntry("ssl.truststore.certificates", "-- ca --\n")
        .containsEntry("ssl.keystore.type", "PEM")
        .containsEntry("ssl.keystore.certificate.chain", "-- crt --\n")
        .containsEntry("ssl.keystore.key", "-- key --\n");
  }

  @Test
  void scramQuotesWhatAPasswordMayHold() throws Exception {
    Path password = Files.writeString(directory.resolve("pw"), "a\"b\\c;d");
    var p =
        new KafkaSecurity(
                KafkaSecurity.Mode.SCRAM,
                pem("ca"),
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
                    "https://id.example/token", "drover", new Secret("file:" + secret), "kafka"))
            .properties();
    assertThat(p)
        .containsEntry("sasl.mechanism", "OAUTHBEARER")
        .containsEntry("sasl.oauthbearer.token.endpoint.url", "https://id.example/token");
    assertThat(p.get("sasl.jaas.config")).contains("clientSecret=\"s3cret\" scope=\"kafka\"");
    assertThat(System.getProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls"))
        .contains("https://id.example/token");
  }
}
