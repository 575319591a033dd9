// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.app.cli.Exit;
import io.drover.app.config.DroverConfig;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.soap.LabUser;
import io.drover.runtime.config.Settings;
import io.drover.runtime.config.SettingsException;
import io.drover.vsphere.Privileges;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input that a command meets before there is anything to talk to. */
class BadInputTest {
  @TempDir private Path folder;

  @Test
  void aDamagedImageIsNotConverted() throws Exception {
    Path raw = Files.write(folder.resolve("disk.raw"), new byte[4 << 20]);
    Path whole = folder.resolve("whole.vmdk");
    byte[] noise = new byte[1 << 20];
    new Random(7).nextBytes(noise);
    Files.write(raw, noise, StandardOpenOption.WRITE);
    Terminal.run(Exit.OK, "convert", raw.toString(), whole.toString());
    byte[] bytes = Files.readAllBytes(whole);
    Path truncated =
        Files.write(folder.resolve("cut.vmdk"), Arrays.copyOf(bytes, bytes.length / 2));
    bytes[bytes.length / 2] ^= 0x20;
    Path corrupt = Files.write(folder.resolve("flipped.vmdk"), bytes);
    Path out = folder.resolve("out.qcow2");

    String ofTruncated =
        Terminal.run(Exit.CORRUPT, "convert", truncated.toString(), out.toString());
    String ofCorrupt = Terminal.run(Exit.CORRUPT, "convert", corrupt.toString(), out.toString());

    assertThat(ofTruncated).contains(truncated.toString(), "Transfer it again");
    assertThat(ofCorrupt).contains(corrupt.toString(), "grain", "export it again");
    assertThat(out).doesNotExist();
  }

  @Test
  void aKafkaThatDoesNotAnswerIsNamedWithItsAddress() throws Exception {
    Path deaf =
        Files.writeString(
            folder.resolve("deaf.yaml"),
            """
            kafka:
              bootstrap: 127.0.0.1:1
              clients: {default.api.timeout.ms: "3000", request.timeout.ms: "2000"}
            """);

    String checked = Terminal.run(Exit.NOT_WELL, "check", "-c", deaf.toString());
    String started = Terminal.run(Exit.UNREACHABLE, "up", "-c", deaf.toString());

    assertThat(checked)
        .contains("Nobody answers at kafka.bootstrap 127.0.0.1:1", "see that Kafka runs there")
        .containsPattern(
            "Not well: \\d of \\d+ that were tried. See REMEDY where it says NO\\.\n$");
    assertThat(started)
        .contains("Nobody answers at kafka.bootstrap 127.0.0.1:1", "see that Kafka runs there")
        .doesNotContain("Exception");
  }

  @Test
  void aPrivilegeThatAnAccountLacksIsNamed() throws Exception {
    var privileges = new HashSet<>(Privileges.MIGRATION);
    privileges.remove("VirtualMachine.Provisioning.MarkAsTemplate");
    try (var estate = LabEstate.create("half", 3, LabPace.quick());
        var vcenter =
            LabVCenter.start(
                estate,
                LabVCenter.Options.defaults().alsoUser(new LabUser("half", "h", privileges)))) {
      Path config =
          Files.writeString(
              folder.resolve("half.yaml"),
              """
              kafka:
                bootstrap: 127.0.0.1:1
                clients: {default.api.timeout.ms: "3000", request.timeout.ms: "2000"}
              vcenters:
                - name: lab
                  url: %s
                  user: half
                  password: file:%s
                  thumbprint: "%s"
              cluster: {kubeconfig: %s}
              """
                  .formatted(
                      vcenter.url(),
                      Files.writeString(folder.resolve("half.txt"), "h"),
                      vcenter.sha256Thumbprint(),
                      folder.resolve("no-kubeconfig")));

      String checked =
          Terminal.run(Exit.NOT_WELL, "check", "-c", config.toString(), "--skip-hosts");

      assertThat(checked)
          .contains(
              "half lacks VirtualMachine.Provisioning.MarkAsTemplate.",
              "Grant them on the root folder, with propagation.");
    }
  }

  @Test
  void aStorageClassThatIsNotThereIsNamed() throws Exception {
    try (var cluster = LabApiServer.start(LabApiServer.Options.standard())) {
      LabClusterFixtures.apply(
          cluster.url().toString(), cluster.caPem(), cluster.adminToken(), List.of("shop"));
      Path config =
          Files.writeString(
              folder.resolve("storage.yaml"),
              """
              kafka:
                bootstrap: 127.0.0.1:1
                clients: {default.api.timeout.ms: "3000", request.timeout.ms: "2000"}
              cluster: {kubeconfig: %s}
              plan:
                namespace: shop
                storage: {"*": %s, ds1: golden, ds2: golden}
              """
                  .formatted(
                      cluster.kubeconfig(folder.resolve("kubeconfig")),
                      LabClusterFixtures.BLOCK_CLASS));

      String checked = Terminal.run(Exit.NOT_WELL, "check", "-c", config.toString());

      assertThat(checked)
          .containsPattern(
              "NO +storage +There is no storage class golden\\. +See plan\\.storage in"
                  + " drover\\.yaml\\.")
          .containsOnlyOnce("golden")
          .containsPattern(
              "ok +storage +Storage class " + LabClusterFixtures.BLOCK_CLASS + " is there\\.");
    }
  }

  @Test
  void aVCenterThatIsConfiguredTwiceIsNamed() throws Exception {
    try (var estate = LabEstate.create("twice", 3, LabPace.quick());
        var vcenter = LabVCenter.start(estate, LabVCenter.Options.defaults())) {
      Path password = Files.writeString(folder.resolve("twice.txt"), vcenter.password());
      String one =
          """
            - {name: %%s, url: %s, user: %s, password: "file:%s", thumbprint: "%s"}
          """
              .formatted(vcenter.url(), vcenter.user(), password, vcenter.sha256Thumbprint());

      String checked =
          checked(
              """
              kafka:
                bootstrap: 127.0.0.1:1
                clients: {default.api.timeout.ms: "3000", request.timeout.ms: "2000"}
              cluster: {kubeconfig: /nowhere}
              vcenters:
              """
                  + one.formatted("north")
                  + one.formatted("south"));

      assertThat(checked)
          .containsPattern("NO +vcenter south +It says that it is the same vCenter as north");
    }
  }

  @Test
  void whatTheVddkImporterCannotLogInWithIsNamed() throws Exception {
    try (var estate = LabEstate.create("vddk", 3, LabPace.quick());
        var vcenter = LabVCenter.start(estate, LabVCenter.Options.defaults());
        var cluster = LabApiServer.start(LabApiServer.Options.standard())) {
      LabClusterFixtures.apply(
          cluster.url().toString(), cluster.caPem(), cluster.adminToken(), List.of("shop"));
      Path kubeconfig = cluster.kubeconfig(folder.resolve("kubeconfig"));
      String settings =
          """
          kafka:
            bootstrap: 127.0.0.1:1
            clients: {default.api.timeout.ms: "3000", request.timeout.ms: "2000"}
          vcenters:
            - name: lab
              url: %s
              user: %s
              password: file:%s
              thumbprint: "%s"
          cluster: {kubeconfig: %s, vddkImage: registry.example.com/vddk:8}
          converter:
            vddk:
              lab: {secret: %%s, thumbprint: "%%s"}
          plan: {namespace: shop, transfer: vddk}
          """
              .formatted(
                  vcenter.url(),
                  vcenter.user(),
                  Files.writeString(folder.resolve("vddk.txt"), vcenter.password()),
                  vcenter.sha256Thumbprint(),
                  kubeconfig);
      String shown = vcenter.sha1Thumbprint();
      try (var client =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
              .build()) {
        secret(client, "right", vcenter.user(), vcenter.password());
        secret(client, "wrong", vcenter.user(), "no" + vcenter.password());
      }

      String nobody = checked(settings.formatted("nobody", shown));
      String wrong = checked(settings.formatted("wrong", shown));
      String another = checked(settings.formatted("right", "ab".repeat(20)));
      String right = checked(settings.formatted("right", shown));

      assertThat(nobody)
          .containsPattern("NO +vcenter lab vddk +The Secret shop/nobody, .* is not there\\.");
      assertThat(wrong)
          .containsPattern("NO +vcenter lab vddk +Could not log in as CDI's VDDK importer will: ")
          .doesNotContain("no" + vcenter.password());
      assertThat(another)
          .containsPattern("NO +vcenter lab vddk .* shows a certificate with the SHA-1 thumbprint")
          .contains(shown);
      assertThat(right).containsPattern("ok +vcenter lab vddk +The importer logs in");
    }
  }

  @Test
  void aStagingThatCannotWorkIsNamed() throws Exception {
    LabCertificates ours = LabCertificates.create();
    Path certificate = Files.writeString(folder.resolve("tls.crt"), ours.certificatePem());
    Path key = Files.writeString(folder.resolve("tls.key"), ours.keyPem());
    Path foreign =
        Files.writeString(folder.resolve("foreign.key"), LabCertificates.create().keyPem());

    String unmounted = checked(staging(folder.resolve("nowhere/staging"), 1, certificate, key));
    String mixed = checked(staging(folder, 1, certificate, foreign));
    String kept = checked(staging(folder, 2_000_000_000, certificate, key));
    String well = checked(staging(folder.resolve("new"), 0, certificate, key));

    assertThat(unmounted)
        .containsPattern(
            "NO +staging .*nowhere/staging is not there, .* +Mount .*converter\\.staging\\.folder");
    assertThat(mixed)
        .containsPattern("ok +staging .* is there: [0-9.]+ GiB of its filesystem are left")
        .containsPattern("NO +staging .*foreign\\.key.*the key is not that of the first cert");
    assertThat(kept)
        .containsPattern("NO +staging .*has [0-9.]+ GiB free, and .*reserveGiB keeps 2000000000.0");
    assertThat(well)
        .containsPattern("ok +staging .*new will be made by 'drover up': [0-9.]+ GiB")
        .containsPattern("ok +staging +The key in ")
        .doesNotContainPattern("NO +staging");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  private static String staging(
      Path in, int reserve, @Nullable Path certificate, @Nullable Path key) {
    return """
    kafka:
      bootstrap: 127.0.0.1:1
      clients: {default.api.timeout.ms: "3000", request.timeout.ms: "2000"}
    cluster: {kubeconfig: /nowhere}
    converter:
      staging: {folder: %s, reserveGiB: %d, certificate: %s, key: %s}
    """
        .formatted(in, reserve, certificate, key);
  }

  @Test
  void nothingIsStagedWhereNoVolumeIsMounted() throws Exception {
    Path kubeconfig =
        Files.writeString(
            folder.resolve("kubeconfig"),
            """
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            users: [{name: u, user: {token: t}}]
            current-context: c
            """);
    var config =
        Settings.parse(
            staging(folder.resolve("nowhere/staging"), 1, null, null)
                .replace(", certificate: null, key: null", "")
                .replace("/nowhere}", kubeconfig + "}"),
            "drover.yaml",
            DroverConfig.class);
    try (var wiring = new Wiring(config)) {
      assertThatThrownBy(wiring::conversion)
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("nowhere/staging is not there")
          .hasMessageContaining("converter.staging.folder");
    }
    assertThat(folder.resolve("nowhere")).doesNotExist();
  }

  private String checked(String settings) throws IOException {
    Path config = Files.writeString(folder.resolve("vddk.yaml"), settings);
    return Terminal.run(Exit.NOT_WELL, "check", "-c", config.toString(), "--skip-hosts");
  }

  private static void secret(KubernetesClient client, String name, String user, String password) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .endMetadata()
                .addToStringData("accessKeyId", user)
                .addToStringData("secretKey", password)
                .build())
        .create();
  }

  @Test
  void whatAConfigurationNamesAndIsNotThereIsSaidByItsKey() throws Exception {
    Path password = Files.writeString(folder.resolve("password"), "geheim");
    Path pointing = folder.resolve("pointing.yaml");
    String text =
        """
        kafka:
          bootstrap: 127.0.0.1:1
        vcenters:
          - name: lab
            url: https://vc.example.com/sdk
            user: drover
            password: file:%s
            ca: %s
        """;
    Path ca = folder.resolve("ca.pem");
    Files.writeString(pointing, text.formatted(password + "-gone", ca));

    String missing = Terminal.run(Exit.CONFIGURATION, "config", "check", pointing.toString());

    assertThat(missing)
        .contains("vcenters[0].password: ", password + "-gone", "vcenters[0].ca: " + ca)
        .contains("names 2 things that cannot be read.");
    Files.writeString(ca, "-");
    Files.writeString(pointing, text.formatted(password, ca));
    assertThat(Terminal.run(Exit.OK, "config", "check", pointing.toString()))
        .contains("well formed")
        .doesNotContain("geheim");
  }

  @Test
  void whatALabOrADemoCannotWriteIsSaidBeforeItStarts() throws Exception {
    Path own = Files.writeString(folder.resolve("own.yaml"), "mine: true\n");

    String lab = Terminal.run(Exit.REFUSED, "lab", "--config", own.toString());
    String demo = Terminal.run(Exit.CONFIGURATION, "demo", "--report", own.resolve("r").toString());

    assertThat(lab).contains(own + " is there already and was not written by a lab");
    assertThat(demo).contains(own.resolve("r") + ": name another folder by --report");
    assertThat(own).hasContent("mine: true");
  }
}
