// SPDX-License-Identifier: Apache-2.0
package io.drover.lab;

import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;

/**
 * The {@code drover.yaml} that points Drover at what a lab or a test started on loopback, and the
 * secrets that it refers to.
 *
 * @param kafka bootstrap servers
 * @param vcenter what a vCenter is reached by
 * @param kubeconfig of the API server
 * @param cluster the controllers behind it
 */
public record LabConfiguration(String kafka, VCenter vcenter, Path kubeconfig, LabCluster cluster) {
  /** What the file begins with. */
  public static final String HEAD = "# Written by the lab";

  /**
   * A vCenter.
   *
   * @param thumbprint SHA-1 or SHA-256 of its certificate
   */
  public record VCenter(String name, URI url, String user, String password, String thumbprint) {
    /** Without its password. */
    @Override
    public String toString() {
      return name + " at " + url;
    }
  }

  /**
   * How patient journeys are.
   *
   * @param grace of a guest that shuts down, for example {@code 30s}
   * @param bootBudget of a target
   */
  public record Patience(String grace, String bootBudget) {}

  /**
   * Writes it, readable by this user only where it is secret.
   *
   * @param folder where to
   * @param state folder of the console's state
   * @param consolePort 0 picks a free one
   * @return the file
   */
  public Path write(Path folder, Path state, int consolePort, String namespace, Patience patience)
      throws IOException {
    Path password = secret(folder.resolve("vcenter-password"), vcenter.password());
    Path uploadCa = Files.writeString(folder.resolve("upload-ca.pem"), cluster.uploadProxyCa());
    return Files.writeString(
        folder.resolve("drover.yaml"),
        String.format(
            Locale.ROOT,
            """
            %s: everything here is on loopback and gone when the lab ends.
            kafka:
              bootstrap: %s
              partitions: 4
            vcenters:
              - name: %s
                url: %s
                user: %s
                password: file:%s
                thumbprint: "%s"
            cluster:
              kubeconfig: %s
              uploadProxy: %s
              uploadProxyCa: %s
              writeMetrics: %s
              writeMetricsCa: %s
              interval: 5s
            console:
              port: %d
              state: %s
            health:
              port: 0
            plan:
              namespace: %s
              storage: {"*": %s}
              networks: {"*": pod}
              shutdownGrace: %s
              hardPowerOff: true
              bootBudget: %s
              soak: 1h
              maxInFlight: 8
            """,
            HEAD,
            kafka,
            vcenter.name(),
            vcenter.url(),
            vcenter.user(),
            password,
            vcenter.thumbprint(),
            kubeconfig,
            cluster.uploadProxyUrl(),
            uploadCa,
            cluster.metricsUrl(),
            uploadCa,
            consolePort,
            state,
            namespace,
            LabClusterFixtures.BLOCK_CLASS,
            patience.grace(),
            patience.bootBudget()));
  }

  private static Path secret(Path file, String value) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, value);
  }
}
