// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.security.Security;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which TLS disks are read by. */
class BulkTlsTest {
  /** A suite of TLS 1.2 that the JDK speaks and BoringSSL never did. */
  private static final String ONLY_THE_JDKS = "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384";

  private final AtomicInteger accepted = new AtomicInteger();

  @Test
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = {"amd64", "aarch64"})
  void isConscryptOnAPlainMachine() throws Exception {
    Path kernel = Path.of("/proc/sys/crypto/fips_enabled");
    assumeFalse(Files.exists(kernel) && Files.readString(kernel).strip().equals("1"));

    assertThat(BulkTls.chosen()).isEqualTo("conscrypt");
  }

  @Test
  void isTheJdksAloneWhereAFipsProviderWasInstalled() {
    Security.addProvider(new Provider("SomeFIPS", "1", "as a module in FIPS mode names itself") {});
    try {
      assertThat(BulkTls.choose()).containsExactly(BulkTls.JDK);
    } finally {
      Security.removeProvider("SomeFIPS");
    }
  }

  @Test
  void isTheJdksWithAServerThatTheFirstChoiceDoesNotAgreeWith(@TempDir Path dir) throws Exception {
    ServerCertificate certificate = ServerCertificate.of(dir, "localhost");
    try (SSLServerSocket server =
        (SSLServerSocket)
            certificate
                .tls()
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      server.setEnabledProtocols(new String[] {"TLSv1.2"});
      server.setEnabledCipherSuites(new String[] {ONLY_THE_JDKS});
      Thread.ofVirtual().start(() -> serve(server));

      try (ExportLease.Content content =
          DiskDownload.open(
              URI.create("https://127.0.0.1:" + server.getLocalPort() + "/disk"),
              Trust.thumbprint(certificate.thumbprint("SHA-256")),
              "",
              Timeouts.DEFAULT)) {

        assertThat(accepted).hasValue(BulkTls.choices().size());
        assertThat(Channels.newInputStream(content.in()).readAllBytes())
            .asString(StandardCharsets.US_ASCII)
            .isEqualTo("disk");
      }
    }
  }

  private void serve(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (SSLSocket socket = (SSLSocket) server.accept()) {
        accepted.incrementAndGet();
        socket.startHandshake();
        socket
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndisk"
                    .getBytes(StandardCharsets.US_ASCII));
      } catch (IOException refused) {
        // The first choice found no suite in common, or the test is over.
      }
    }
  }
}
