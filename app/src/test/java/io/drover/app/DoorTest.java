// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.app.cli.Exit;
import io.drover.app.config.DroverConfig;
import io.drover.runtime.config.Settings;
import io.drover.runtime.config.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A console that cannot be opened is a mistake in the configuration, named before any start. */
class DoorTest {
  @TempDir private Path folder;

  private static DroverConfig config(String console) {
    return Settings.parse(
        "kafka: {bootstrap: 'localhost:1'}\nconsole: {" + console + "}\n",
        "drover.yaml",
        DroverConfig.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host: 0.0.0.0 | console.host is 0.0.0.0, which others can reach",
        "host: 0.0.0.0, certificate: /c, key: /k | console.tokens is missing",
        "tokens: /nowhere/tokens | console.tokens: /nowhere/tokens cannot be read"
      })
  void aMistakeIsNamedByItsKey(String console, String sentence) {
    assertThatThrownBy(() -> Door.of(config(console)))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void aMalformedTokenFileIsNamedWithoutItsContent() throws Exception {
    Path tokens = Files.writeString(folder.resolve("tokens"), "ada hunter2\n");

    assertThatThrownBy(() -> Door.of(config("tokens: '" + tokens + "'")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("console.tokens: " + tokens + " line 1")
        .hasMessageNotContaining("hunter2");
  }

  /** What deploy/ tells its pods is a configuration, and all of it is mounted somewhere. */
  @Test
  void theShippedConfigurationIsOne() throws Exception {
    Path deploy = Path.of("../deploy").toRealPath();
    String manifests =
        Files.readString(deploy.resolve("services.yaml"))
            + Files.readString(deploy.resolve("converter.yaml"));
    Set<Roles> run = EnumSet.noneOf(Roles.class);
    Matcher roles = Pattern.compile("--roles=([a-z,]+)").matcher(manifests);

    var shipped = Settings.read(deploy.resolve("drover.yaml"), DroverConfig.class);

    while (roles.find()) {
      run.addAll(Roles.parse(roles.group(1)));
    }
    assertThat(run).containsExactlyInAnyOrder(Roles.values());
    assertThat(shipped.console().tokens()).isNotNull();
    Matcher file =
        Pattern.compile("(/(?:etc|var/lib)/drover/[a-z]+)\\b")
            .matcher(Files.readString(deploy.resolve("drover.yaml")));
    while (file.find()) {
      assertThat(manifests).contains("mountPath: " + file.group(1));
    }
    assertThat(Files.readString(deploy.resolve("kustomization.yaml")))
        .contains(
            "newName: "
                + String.valueOf(shipped.cluster().workerImage()).replaceFirst(":[^:]*$", ""));
  }

  @Test
  void aLocalConsoleMakesItsOwnToken() {
    assertThat(Door.of(config("port: 0")).token()).hasSize(64);
  }

  @Test
  void upEndsWithTheCodeOfAConfigurationAndNotOfABug() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("drover.yaml"),
            "kafka: {bootstrap: 'localhost:1'}\nconsole: {host: 0.0.0.0}\n");

    assertThat(Drover.run("up", "-c", file.toString())).isEqualTo(Exit.CONFIGURATION);
  }
}
