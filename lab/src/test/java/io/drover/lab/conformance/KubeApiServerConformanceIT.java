// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A real kube-apiserver behaves as the suite says: so what the suite asks of the lab is the truth.
 */
class KubeApiServerConformanceIT extends KubeConformance {
  private static @Nullable KubePeer peer;

  @BeforeAll
  static void start() {
    Peers.need("the conformance suite on a real kube-apiserver", KubePeer.missing());
    peer = KubePeer.start();
  }

  @AfterAll
  static void stop() {
    if (peer != null) {
      peer.close();
    }
  }

  /** What deploy/ ships, taken in strict mode and without a warning of Pod Security. */
  @ParameterizedTest
  @CsvSource({".,drover", "per-namespace,drover-vms"})
  void whatIsShippedIsTaken(String folder, String namespace) throws Exception {
    Path deploy = Peers.folder("kube").resolve("../../../deploy").toRealPath();
    kubectl("apply", "-f", resource("/deploy/cert-manager.yaml"));
    kubectl("wait", "--for=condition=Established", "crd/certificates.cert-manager.io");
    kubectl("wait", "--for=condition=Established", "crd/issuers.cert-manager.io");
    // A dry run makes no namespace for what follows in it.
    if (folder.equals(".")) {
      kubectl("apply", "-f", deploy.resolve("namespace.yaml").toString());
    } else {
      kubectl("create", "namespace", namespace);
    }

    String said =
        kubectl(
            "apply",
            "-k",
            deploy.resolve(folder).toString(),
            "--dry-run=server",
            "--validate=strict");

    assertThat(said.lines().toList())
        .hasSizeGreaterThan(1)
        .allMatch(line -> line.endsWith("(server dry run)"));
  }

  private static String resource(String name) throws Exception {
    return Path.of(
            Objects.requireNonNull(KubeApiServerConformanceIT.class.getResource(name)).toURI())
        .toString();
  }

  private static String kubectl(String... arguments) throws IOException, InterruptedException {
    KubePeer there = Objects.requireNonNull(peer);
    var command =
        new ArrayList<>(
            List.of("kubectl", "--kubeconfig", there.kubeconfig().toString(), "--context", "lab"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, said).isZero();
    return said;
  }

  @Override
  public KubeWorld world() {
    if (peer == null) {
      throw new IllegalStateException("the peer is not running");
    }
    return peer;
  }
}
