// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which certificates are believed, by sockets and each TLS that there is; keytool makes them. */
@ParameterizedClass
@MethodSource("ways")
class TrustedSocketsTest {
  @TempDir private static Path dir;
  @Parameter private Way way;
  private final List<SSLServerSocket> servers = new ArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  /** A way to be connected: connects, and reads the first byte. */
  private interface Way {
    int firstByte(TrustedSockets from, String host, int port) throws IOException;
  }

  static List<Named<Way>> ways() {
    List<Named<Way>> ways = new ArrayList<>();
    ways.add(
        Named.of(
            "socket",
            (from, host, port) -> {
              try (Socket socket = from.open(host, port, true)) {
                return socket.getInputStream().read();
              }
            }));
    for (BulkTls tls : BulkTls.choices()) {
      ways.add(
          Named.of(
              "wire by " + tls,
              (from, host, port) -> {
                try (Wire wire = from.wire(host, port, List.of(tls))) {
                  ByteBuffer first = ByteBuffer.allocate(1);
                  assertThat(wire.read(first)).isEqualTo(1);
                  return first.get(0);
                }
              }));
    }
    return ways;
  }

  /** A TLS server with a certificate of its own. */
  private record Server(int port, ServerCertificate certificate) {
    String thumbprint(String algorithm) throws Exception {
      return certificate.thumbprint(algorithm);
    }

    String pem() throws Exception {
      return certificate.pem();
    }
  }

  private Server server(String name, String... more) throws Exception {
    return server(ServerCertificate.of(dir, name, more));
  }

  private Server server(ServerCertificate certificate) throws Exception {
    SSLServerSocket socket =
        (SSLServerSocket)
            certificate
                .tls()
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    servers.add(socket);
    Thread.ofVirtual().start(() -> serve(socket));
    return new Server(socket.getLocalPort(), certificate);
  }

  private void serve(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (SSLSocket socket = (SSLSocket) server.accept()) {
        connections.incrementAndGet();
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

  private TrustedSockets trusting(Trust trust) {
    return new TrustedSockets(trust, Duration.ofSeconds(5), Duration.ofSeconds(5));
  }

  private int firstByte(Trust trust, String host, int port) throws IOException {
    return way.firstByte(trusting(trust), host, port);
  }

  private VSphereFault refusal(Trust trust, String host, int port) {
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

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void believesWhatAnAuthoritySignedForTheHostThatItNames(String protocol) throws Exception {
    Server server = server(ServerCertificate.signed(dir, "localhost", "-ext", "san=dns:localhost"));
    servers.getLast().setEnabledProtocols(new String[] {protocol});
    Server another = server("other");

    assertThat(firstByte(Trust.authorities(server.pem()), "localhost", server.port())).isEqualTo(1);
    refusal(Trust.authorities(server.pem()), "127.0.0.1", server.port());
    assertThat(refusal(Trust.authorities(another.pem()), "localhost", server.port()))
        .hasMessageContaining("not signed by a trusted authority");
  }

  @Test
  void aRefusedCertificateIsNotShownToTheNextChoice() throws Exception {
    Server server = server("localhost");
    Server another = server("other");
    var both =
        new TrustedSockets(
            Trust.thumbprint(another.thumbprint("SHA-256")),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5));
    BulkTls tls = BulkTls.choices().getFirst();

    VSphereFault fault =
        catchThrowableOfType(
            VSphereFault.class,
            () -> both.wire("127.0.0.1", server.port(), List.of(tls, tls)).close());

    assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.CERTIFICATE);
    assertThat(connections).hasValue(1);
  }

  @Test
  void saysWhenACertificateHasExpired() throws Exception {
    Server server =
        server("localhost", "-ext", "san=dns:localhost", "-startdate", "-10d", "-validity", "1");

    VSphereFault fault = refusal(Trust.authorities(server.pem()), "localhost", server.port());

    assertThat(fault.getMessage()).contains("expired on");
  }

  @Test
  void saysWhenACertificateIsNotValidYet() throws Exception {
    Server server = server("localhost", "-ext", "san=dns:localhost", "-startdate", "+2d");

    VSphereFault fault = refusal(Trust.authorities(server.pem()), "localhost", server.port());

    assertThat(fault).hasMessageContaining("is not valid yet");
    assertThat(fault.remedy()).contains("clocks");
  }

  @Test
  void saysWhenACertificateIsForAnotherName() throws Exception {
    Server server = server("localhost", "-ext", "san=dns:elsewhere.example");

    VSphereFault fault = refusal(Trust.authorities(server.pem()), "localhost", server.port());

    assertThat(fault).hasMessageContaining("is for another name");
    assertThat(fault.remedy()).contains("a name that stands in the certificate");
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
