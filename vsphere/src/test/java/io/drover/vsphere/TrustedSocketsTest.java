// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which certificates are believed; keytool makes them. */
class TrustedSocketsTest {
  private static final String PASSWORD = "changeit";

  @TempDir private static Path dir;
  private final List<SSLServerSocket> servers = new ArrayList<>();

  /** A TLS server with a certificate of its own. */
  private record Server(int port, Certificate certificate) {
    String thumbprint(String algorithm) throws Exception {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()))
          .toUpperCase(Locale.ROOT);
    }

    String pem() throws Exception {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    }
  }

  private Server server(String name, String... more) throws Exception {
    Path store = dir.resolve(name + String.join("", more).hashCode() + ".p12");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    command.addAll(List.of(more));
    if (!Files.exists(store)) {
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(keytool.waitFor()).as(said).isZero();
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(factory.getKeyManagers(), null, null);
    SSLServerSocket socket =
        (SSLServerSocket)
            tls.getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    servers.add(socket);
    Thread.ofVirtual().start(() -> serve(socket));
    return new Server(socket.getLocalPort(), keys.getCertificate("a"));
  }

  private static void serve(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (SSLSocket socket = (SSLSocket) server.accept()) {
        socket.startHandshake();
        socket.getOutputStream().write(1);
      } catch (IOException refused) {
        // The client did not believe us, or the test is over.
      }
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (SSLServerSocket each : servers) {
      each.close();
    }
  }

  private static TrustedSockets trusting(Trust trust) {
    return new TrustedSockets(trust, Duration.ofSeconds(5), Duration.ofSeconds(5));
  }

  private static int firstByte(Trust trust, String host, int port) throws IOException {
    try (Socket socket = trusting(trust).open(host, port, true)) {
      return socket.getInputStream().read();
    }
  }

  private static VSphereFault refusal(Trust trust, String host, int port) {
    VSphereFault fault =
        catchThrowableOfType(VSphereFault.class, () -> firstByte(trust, host, port));
    assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.CERTIFICATE);
    return fault;
  }

  @Test
  void believesAThumbprintOfEitherKind() throws Exception {
    Server server =
        server("localhost", "-ext", "san=dns:localhost", "-startdate", "-10d", "-validity", "1");

    assertThat(firstByte(Trust.thumbprint(server.thumbprint("SHA-1")), "127.0.0.1", server.port()))
        .isEqualTo(1);
    assertThat(
            firstByte(Trust.thumbprint(server.thumbprint("SHA-256")), "127.0.0.1", server.port()))
        .isEqualTo(1);
  }

  @Test
  void keepsTheTrustOfTwoServersApart() throws Exception {
    Server first = server("localhost", "-ext", "san=dns:localhost");
    Server second = server("other");
    Trust trustsFirst = Trust.thumbprint(first.thumbprint("SHA-256"));

    assertThat(firstByte(trustsFirst, "127.0.0.1", first.port())).isEqualTo(1);
    assertThat(refusal(trustsFirst, "127.0.0.1", second.port()).getMessage().replace(":", ""))
        .contains(second.thumbprint("SHA-256"));
    assertThat(
            firstByte(Trust.thumbprint(second.thumbprint("SHA-256")), "127.0.0.1", second.port()))
        .isEqualTo(1);
  }

  @Test
  void believesAnAuthorityForTheHostThatItNames() throws Exception {
    Server server = server("localhost", "-ext", "san=dns:localhost");

    assertThat(firstByte(Trust.authorities(server.pem()), "localhost", server.port())).isEqualTo(1);
    assertThat(refusal(Trust.authorities(server.pem()), "127.0.0.1", server.port()).remedy())
        .contains("thumbprint");
  }

  @Test
  void saysWhenACertificateHasExpired() throws Exception {
    Server server =
        server("localhost", "-ext", "san=dns:localhost", "-startdate", "-10d", "-validity", "1");

    VSphereFault fault = refusal(Trust.authorities(server.pem()), "localhost", server.port());

    assertThat(fault.getMessage()).contains("expired on");
  }

  @Test
  void saysWhenNobodyVouchesForACertificate() throws Exception {
    Server server = server("localhost", "-ext", "san=dns:localhost");
    Server authority = server("other");

    VSphereFault fault = refusal(Trust.authorities(authority.pem()), "localhost", server.port());

    assertThat(fault.getMessage()).contains("not signed by a trusted authority");
    assertThat(fault.remedy().replace(":", "")).contains(server.thumbprint("SHA-256"));
  }

  @Test
  void saysWhenTheAuthoritiesAreNoCertificates() {
    VSphereFault fault =
        catchThrowableOfType(
            VSphereFault.class, () -> trusting(Trust.authorities("not a certificate")));

    assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.CERTIFICATE);
    assertThat(fault.remedy()).contains("PEM");
  }
}
