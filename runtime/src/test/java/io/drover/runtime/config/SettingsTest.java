// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.runtime.kafka.KafkaSecurity;
import io.drover.runtime.kafka.KafkaSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A setting is read, defaulted, or refused with the words that help. */
class SettingsTest {
  record House(KafkaSettings kafka) {}

  private static House parse(String yaml) {
    return Settings.parse(yaml, "drover.yaml", House.class);
  }

  @Test
  void missingKeysGetTheirDefaults() {
    var kafka = parse("kafka:\n  bootstrap: kafka:9092\n").kafka();
    assertThat(kafka.partitions()).isEqualTo(8);
    assertThat(kafka.session()).isEqualTo(Duration.ofSeconds(6));
    assertThat(kafka.security().mode()).isEqualTo(KafkaSecurity.Mode.PLAINTEXT);
  }

  @Test
  void durationsAndModesAreReadAsPeopleWriteThem() {
    var kafka =
        parse("kafka:\n  bootstrap: k:1\n  session: 1500ms\n  security: {mode: tls}\n").kafka();
    assertThat(kafka.session()).isEqualTo(Duration.ofMillis(1500));
    assertThat(kafka.security().mode()).isEqualTo(KafkaSecurity.Mode.TLS);
  }

  record Stay(Duration soak) {}

  /** A soak of minus a day would be over, and perhaps committed, before it begins. */
  @Test
  void aDurationIsNeverNegative() {
    assertThatThrownBy(() -> Settings.parse("soak: PT-24H\n", "drover.yaml", Stay.class))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("drover.yaml: soak (line 1): expected a duration such as");
    assertThat(Settings.parse("soak: PT0S\n", "drover.yaml", Stay.class).soak()).isZero();
  }

  @Test
  void anUnknownKeyIsRefusedWithTheOneThatWasMeant() {
    assertThatThrownBy(() -> parse("kafka:\n  bootstrap: k:1\n  partitons: 4\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("drover.yaml")
        .hasMessageContaining("kafka.partitons")
        .hasMessageContaining("line 3")
        .hasMessageContaining("Did you mean 'partitions'?");
  }

  @Test
  void aNeedThatWasMisspeltIsAnUnknownKeyAndNotAMissingOne() {
    assertThatThrownBy(() -> parse("kafka:\n  boostrap: k:1\n  partitions: 4\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("unknown key 'kafka.boostrap' (line 2)")
        .hasMessageContaining("Did you mean 'bootstrap'?");
  }

  @Test
  void aMissingNeedIsNamed() {
    assertThatThrownBy(() -> parse("kafka:\n  bootstrap: k:1\n  security: {mode: mtls}\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("kafka.security.certificate is missing");
  }

  @Test
  void aWordThatIsNoChoiceIsAnsweredWithTheChoices() {
    assertThatThrownBy(() -> parse("kafka:\n  bootstrap: k:1\n  security: {mode: ssl}\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("one of plaintext, tls, mtls");
  }

  @Test
  void aPasswordInTheFileIsRefusedAndNotShown() {
    assertThatThrownBy(() ->
            parse(
                "kafka:\n"
                    + "  bootstrap: k:1\n"
                    + "  security: {mode: scram, username: u, password: hunter2}\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("file:/path, env:NAME or secret:")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void anIndentationErrorIsALineNumber() {
    assertThatThrownBy(() -> parse("kafka:\n  bootstrap: [k\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("drover.yaml: not YAML (line ");
  }

  @Test
  void aSecretIsReadFromItsFile(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), "s3cret\n");
    assertThat(new Secret("file:" + file).read()).isEqualTo("s3cret");
  }

  @Test
  void aMissingSecretFileIsNamed(@TempDir Path directory) {
    var secret = new Secret("file:" + directory.resolve("none"));
    assertThatThrownBy(secret::read)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("none")
        .hasMessageContaining("exists");
  }

  @Test
  void aSecretInTheClusterIsReadByWhoCan(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("s.yaml"), "password: secret:ns/vc/password\n");

    var known = Settings.read(file, Keeper.class, reference -> "of " + reference);
    var unknown = Settings.read(file, Keeper.class);

    assertThat(known.password().read()).isEqualTo("of secret:ns/vc/password");
    assertThat(known.toString()).contains("secret:ns/vc/password").doesNotContain("of secret");
    assertThatThrownBy(() -> unknown.password().read())
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("secret:ns/vc/password");
    assertThatThrownBy(() -> new Secret("secret:vc/password"))
        .hasMessageContaining("secret:NAMESPACE/NAME/KEY")
        .hasMessageNotContaining("vc/password");
  }

  /** Something with a secret. */
  record Keeper(Secret password) {}
}
