// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes over TLS, and what happens when it does not come, by each TLS that there is. */
@ParameterizedClass
@MethodSource("choices")
@Timeout(value = 60, threadMode = SEPARATE_THREAD)
class TlsWireTest {
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private static Path dir;
  @Parameter private BulkTls tls;
  private final CountDownLatch over = new CountDownLatch(1);
  private ServerSocket server;
  private Trust trust = Trust.system();

  static List<BulkTls> choices() {
    return BulkTls.choices();
  }

  /** What the server does with one connection. */
  private interface Serving {
    void serve(Socket socket) throws Exception;
  }

  private void serve(String protocol, Serving serving) throws Exception {
    ServerCertificate certificate = ServerCertificate.of(dir, "localhost");
    trust = Trust.thumbprint(certificate.thumbprint("SHA-256"));
    var secure =
        (SSLServerSocket)
            certificate
                .tls()
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    secure.setEnabledProtocols(new String[] {protocol});
    serve(secure, serving);
  }

  private void serve(ServerSocket on, Serving serving) {
    server = on;
    Thread.ofVirtual()
        .start(() -> {
          try (Socket socket = on.accept()) {
            serving.serve(socket);
            over.await();
          } catch (Exception e) {
            // What the client sees of it is looked at.
          }
        });
  }

  @AfterEach
  void stop() throws IOException {
    over.countDown();
    server.close();
  }

  private Wire connect() {
    return connect(trust, LONG, LONG);
  }

  private Wire connect(Trust believed, Duration handshake, Duration read) {
    return new TrustedSockets(believed, handshake, read)
        .wire("127.0.0.1", server.getLocalPort(), List.of(tls));
  }

  private static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(length).nextBytes(noise);
    return noise;
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.3, 1, 2000",
    "TLSv1.3, 1000, 300000",
    "TLSv1.3, 16384, 300000",
    "TLSv1.3, 40000, 3000000",
    "TLSv1.3, 1048576, 9000000",
    "TLSv1.2, 1000, 300000",
    "TLSv1.2, 1048576, 9000000"
  })
  void bytesAreReadIntoRoomOfAnySize(String protocol, int room, int length) throws Exception {
    byte[] sent = noise(length);
    serve(
        protocol,
        socket -> {
          assertThat(socket.getInputStream().read()).isEqualTo('?');
          socket.getOutputStream().write(sent, 0, length / 2);
          if (protocol.equals("TLSv1.3")) {
            // New keys, which the client answers while it reads.
            ((SSLSocket) socket).startHandshake();
          }
          socket.getOutputStream().write(sent, length / 2, length - length / 2);
          ((SSLSocket) socket).shutdownOutput();
        });
    var all = new ByteArrayOutputStream();

    try (Wire wire = connect()) {
      wire.write(new byte[] {'?'});
      ByteBuffer into = ByteBuffer.allocateDirect(room);
      for (int got = wire.read(into); got >= 0; got = wire.read(into.clear())) {
        assertThat(got).isPositive();
        byte[] piece = new byte[into.flip().remaining()];
        into.get(piece);
        all.write(piece);
      }
      assertThat(wire.read(into.clear())).as("the end stays the end").isEqualTo(-1);
    }

    assertThat(all.toByteArray()).isEqualTo(sent);
  }

  @Test
  void whatIsInTheRoomAlreadyStaysThere() throws Exception {
    serve("TLSv1.3", socket -> socket.getOutputStream().write("disk".getBytes("US-ASCII")));

    try (Wire wire = connect()) {
      ByteBuffer into = ByteBuffer.allocate(100_000).put((byte) 'a').limit(3);
      assertThat(wire.read(into)).isEqualTo(2);
      assertThat(wire.read(into.limit(100_000))).isEqualTo(2);
      assertThat(new String(into.array(), 0, into.position(), "US-ASCII")).isEqualTo("adisk");
    }
  }

  @Test
  void aServerThatFallsSilentIsGivenUpAfterWhatItSent() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    serve(
        "TLSv1.3",
        socket -> {
          socket.getOutputStream().write(noise(70_000));
          sent.countDown();
        });

    try (Wire wire = connect()) {
      sent.await();
      wire.patience(SHORT);
      ByteBuffer into = ByteBuffer.allocateDirect(1 << 20);
      assertThatThrownBy(
              () -> {
                while (true) {
                  wire.read(into);
                }
              })
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(into.position()).isEqualTo(70_000);
    }
  }

  @Test
  void aConnectionThatIsCutIsAtItsEndAfterWhatItSent() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    ServerSocket between = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    serve(
        "TLSv1.3",
        socket -> {
          socket.getOutputStream().write(noise(20_000));
          sent.countDown();
        });
    int behind = server.getLocalPort();
    Thread.ofVirtual()
        .start(() -> {
          // Passes on what is said until all was sent, and then cuts both.
          try (between;
              Socket client = between.accept();
              Socket host = new Socket(InetAddress.getLoopbackAddress(), behind)) {
            Thread.ofVirtual().start(() -> pass(client, host));
            Thread.ofVirtual().start(() -> pass(host, client));
            sent.await();
            Thread.sleep(300);
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });

    try (Wire wire =
        new TrustedSockets(trust, LONG, LONG)
            .wire("127.0.0.1", between.getLocalPort(), List.of(tls))) {
      ByteBuffer into = ByteBuffer.allocateDirect(1 << 20);
      for (int got = 0; got >= 0; ) {
        got = wire.read(into);
      }
      assertThat(into.position()).isEqualTo(20_000);
    }
  }

  private static void pass(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException cut) {
      // By the test.
    }
  }

  @Test
  void closingItEndsAReadOfAnotherThread() throws Exception {
    serve("TLSv1.3", socket -> ((SSLSocket) socket).startHandshake());
    Wire wire = connect(trust, LONG, Duration.ofMinutes(5));
    Thread closer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                Thread.sleep(300);
                wire.close();
              } catch (InterruptedException | IOException e) {
                throw new IllegalStateException(e);
              }
            });

    assertThatThrownBy(() -> wire.read(ByteBuffer.allocate(10)))
        .isInstanceOf(SocketException.class)
        .hasMessage("Closed");

    closer.join();
    assertThat(wire.isOpen()).isFalse();
    assertThatThrownBy(() -> wire.read(ByteBuffer.allocate(10))).hasMessage("Closed");
  }

  @Test
  void anInterruptEndsARead() throws Exception {
    serve("TLSv1.3", socket -> ((SSLSocket) socket).startHandshake());
    try (Wire wire = connect(trust, LONG, Duration.ofMinutes(5))) {
      Thread reader = Thread.currentThread();
      Thread interrupter =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  Thread.sleep(300);
                  reader.interrupt();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });

      assertThatThrownBy(() -> wire.read(ByteBuffer.allocate(10)))
          .isInstanceOf(SocketException.class)
          .hasMessage("Closed by interrupt");

      assertThat(Thread.interrupted()).as("it is still told that it was").isTrue();
      interrupter.join();
    }
  }

  @Test
  void aServerThatIsNotBelievedIsToldSo() throws Exception {
    // By TLS 1.2 an alert is not encrypted yet. Looked at on its way: the server may still be
    // writing when the client has gone.
    serve("TLSv1.2", socket -> ((SSLSocket) socket).startHandshake());
    CompletableFuture<byte[]> said = new CompletableFuture<>();
    try (ServerSocket between = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> said.complete(saidThrough(between)));

      VSphereFault fault =
          catchThrowableOfType(
              VSphereFault.class,
              () ->
                  new TrustedSockets(Trust.thumbprint("00:".repeat(31) + "00"), LONG, LONG)
                      .wire("127.0.0.1", between.getLocalPort(), List.of(tls)));

      assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.CERTIFICATE);
      byte[] all = said.get(20, TimeUnit.SECONDS);
      byte fatal = 2;
      assertThat(Arrays.copyOfRange(all, all.length - 7, all.length - 1))
          .as("a record that is an alert of TLS 1.2, of two bytes, the first of which is its level")
          .containsExactly(21, 3, 3, 0, 2, fatal);
    }
  }

  /** What a client says to the server, which hears it, until it hangs up. */
  private byte[] saidThrough(ServerSocket between) {
    var said = new ByteArrayOutputStream();
    try (Socket client = between.accept();
        Socket host = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
      Thread.ofVirtual().start(() -> pass(host, client));
      byte[] piece = new byte[4096];
      for (int got = client.getInputStream().read(piece);
          got >= 0;
          got = client.getInputStream().read(piece)) {
        said.write(piece, 0, got);
        host.getOutputStream().write(piece, 0, got);
      }
    } catch (IOException gone) {
      // One of them.
    }
    return said.toByteArray();
  }

  @Test
  void theEndIsToldToTheServer() throws Exception {
    CompletableFuture<Integer> heard = new CompletableFuture<>();
    serve(
        "TLSv1.3",
        socket -> {
          try {
            heard.complete(socket.getInputStream().read());
          } catch (IOException cut) {
            heard.completeExceptionally(cut);
          }
        });

    connect().close();

    assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatWasNotConnectedOrIsClosedHoldsNoDescriptor() throws Exception {
    ServerCertificate certificate = ServerCertificate.of(dir, "localhost");
    server =
        certificate
            .tls()
            .getServerSocketFactory()
            .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
              ((SSLSocket) socket).startHandshake();
            } catch (IOException refused) {
              // By the client.
            }
          }
        });
    Trust right = Trust.thumbprint(certificate.thumbprint("SHA-256"));
    Trust wrong = Trust.thumbprint("00:".repeat(31) + "00");
    connect(right, LONG, LONG).close();
    long before = descriptors();

    for (int i = 0; i < 20; i++) {
      connect(right, LONG, LONG).close();
      assertThatThrownBy(() -> connect(wrong, LONG, LONG)).isInstanceOf(VSphereFault.class);
    }

    // Three each, and what the server has not closed yet.
    assertThat(descriptors()).isLessThan(before + 15);
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @Test
  void aServerThatSpeaksNoTlsIsToldSo() throws Exception {
    serve(
        new ServerSocket(0, 10, InetAddress.getLoopbackAddress()),
        socket -> socket.getOutputStream().write("SSH-2.0-OpenSSH_9.2\r\n".getBytes("US-ASCII")));

    VSphereFault fault = catchThrowableOfType(VSphereFault.class, this::connect);

    assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE);
    assertThat(fault).hasMessageContaining("TLS with 127.0.0.1").hasMessageContaining("failed");
    assertThat(fault.remedy()).contains("HTTPS port");
  }

  @Test
  void aRecordThatSaysItIsTooLongIsRefusedAtOnce() throws Exception {
    serve(
        new ServerSocket(0, 10, InetAddress.getLoopbackAddress()),
        socket -> {
          socket.getOutputStream().write(new byte[] {22, 3, 3, 0x50, 0});
          socket.getOutputStream().write(new byte[0x5000]);
        });

    VSphereFault fault = catchThrowableOfType(VSphereFault.class, this::connect);

    assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE);
    assertThat(fault).hasMessageContaining("TLS with 127.0.0.1").hasMessageContaining("failed");
  }

  @Test
  void aHandshakeThatDripsIsGivenUpInTime() throws Exception {
    serve(
        new ServerSocket(0, 10, InetAddress.getLoopbackAddress()),
        socket -> {
          socket.getOutputStream().write(new byte[] {22, 3, 3, 0x10, 0});
          while (over.getCount() > 0) {
            socket.getOutputStream().write(0);
            Thread.sleep(100);
          }
        });

    VSphereFault fault =
        catchThrowableOfType(VSphereFault.class, () -> connect(trust, SHORT, LONG));

    assertThat(fault).hasMessageContaining("no answer within 1000 ms");
  }

  @Test
  void aServerThatHangsUpOrSaysNothingIsUnreachable() throws Exception {
    serve(new ServerSocket(0, 10, InetAddress.getLoopbackAddress()), Socket::close);
    VSphereFault hungUp = catchThrowableOfType(VSphereFault.class, this::connect);
    server.close();
    serve(new ServerSocket(0, 10, InetAddress.getLoopbackAddress()), _ -> {});
    VSphereFault silent =
        catchThrowableOfType(VSphereFault.class, () -> connect(trust, SHORT, SHORT));

    assertThat(hungUp.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE);
    assertThat(hungUp).hasMessageContaining("127.0.0.1");
    assertThat(silent.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE);
    assertThat(silent).hasMessageContaining("no answer within 1000 ms");
  }

  @Test
  void aNameThatDoesNotResolveIsSaid() throws Exception {
    serve("TLSv1.3", _ -> {});

    VSphereFault fault =
        catchThrowableOfType(
            VSphereFault.class,
            () -> new TrustedSockets(trust, SHORT, SHORT).wire("no.invalid", 443, List.of(tls)));

    assertThat(fault)
        .hasMessageContaining("Cannot reach no.invalid:443: the name does not resolve");
  }
}
