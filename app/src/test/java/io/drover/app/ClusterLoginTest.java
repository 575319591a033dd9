// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.app.config.DroverConfig;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.api.LabUser;
import io.drover.runtime.config.Settings;
import io.drover.runtime.config.SettingsException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that expire and are renewed in their file. */
class ClusterLoginTest {
  private static LabApiServer server;
  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    server = LabApiServer.start(LabApiServer.Options.standard());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aTokenThatIsRenewedInTheKubeconfigIsTakenUp() throws Exception {
    server.addUser(LabUser.admin("drover", "first"));
    var cluster = cluster("token: first");
    try (var client = Wiring.connect(cluster)) {
      assertThat(client.namespaces().list().getItems()).isNotEmpty();
      server.revoke("first");
      server.addUser(LabUser.admin("drover", "second"));
      var _ = cluster("token: second");

      var namespaces = client.namespaces().list().getItems();

      assertThat(namespaces).isNotEmpty();
    }
  }

  @Test
  void aTokenThatIsRenewedInAFileOfItsOwnIsTakenUp() throws Exception {
    server.addUser(LabUser.admin("drover", "third"));
    Path token = Files.writeString(folder.resolve("token"), "third\n");
    try (var client = Wiring.connect(cluster("tokenFile: token"))) {
      assertThat(client.namespaces().list().getItems()).isNotEmpty();
      server.revoke("third");
      server.addUser(LabUser.admin("drover", "fourth"));
      Files.writeString(token, "fourth\n");

      var namespaces = client.namespaces().list().getItems();

      assertThat(namespaces).isNotEmpty();
    }
  }

  @Test
  void aTokenFileThatIsNotThereIsNamed() throws Exception {
    var cluster = cluster("tokenFile: gone");

    assertThatThrownBy(() -> Wiring.connect(cluster))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "cluster.kubeconfig: "
                + folder.resolve("gone")
                + " cannot be read: see that it exists and may be read");
  }

  private DroverConfig.Cluster cluster(String user) throws Exception {
    Path kubeconfig =
        Files.writeString(
            folder.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters:
            - {name: lab, cluster: {server: "%s", certificate-authority-data: %s}}
            users:
            - {name: drover, user: {%s}}
            contexts:
            - {name: lab, context: {cluster: lab, user: drover}}
            current-context: lab
            """
                .formatted(
                    server.url(),
                    Base64.getEncoder()
                        .encodeToString(server.caPem().getBytes(StandardCharsets.UTF_8)),
                    user));
    Path config =
        Files.writeString(
            folder.resolve("drover.yaml"),
            "kafka: {bootstrap: 127.0.0.1:1}\ncluster: {kubeconfig: %s}\n".formatted(kubeconfig));
    return Settings.read(config, DroverConfig.class).cluster();
  }
}
