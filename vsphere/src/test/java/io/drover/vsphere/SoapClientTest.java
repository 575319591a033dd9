// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.vmware.vim25.ws.Argument;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What is sent again when a connection breaks, and what is not. */
class SoapClientTest {
  private static final Argument[] NONE = new Argument[0];

  /** Answers the first request on each connection, then hangs up without a word. */
  private static final class HangsUp implements AutoCloseable {
    final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    final List<String> seen = new CopyOnWriteArrayList<>();
    private final boolean answers;

    HangsUp(boolean answers) throws IOException {
      this.answers = answers;
      Thread.ofVirtual().start(this::run);
    }

    private void run() {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          InputStream in = socket.getInputStream();
          request(in);
          if (answers) {
            String body =
                "<e xmlns:s='s'><s:Body><XResponse><returnval>1</returnval></XResponse></s:Body></e>";
            socket
                .getOutputStream()
                .write(
                    ("HTTP/1.1 200 OK\r\nSet-Cookie: vmware_soap_session=\"s\"; Path=/\r\n"
                            + "Set-Cookie: gateway=7\r\nContent-Length: "
                            + body.length()
                            + "\r\n\r\n"
                            + body)
                        .getBytes(StandardCharsets.US_ASCII));
            request(in);
          }
        } catch (IOException closed) {
          // The test is over, or the client hung up.
        }
      }
    }

    private void request(InputStream in) throws IOException {
      StringBuilder text = new StringBuilder();
      while (text.indexOf("</soapenv:Envelope>") < 0) {
        int c = in.read();
        if (c < 0) {
          throw new IOException("closed");
        }
        text.append((char) c);
      }
      seen.add(text.toString().replaceAll("(?s).*<soapenv:Body><(\\w+).*", "$1"));
    }

    SoapClient client() {
      return new SoapClient(
          URI.create("http://127.0.0.1:" + server.getLocalPort() + "/sdk"),
          new TrustedSockets(Trust.system(), Duration.ofSeconds(5), Duration.ofSeconds(5)));
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  @Test
  void neverSendsAChangeTwice() throws Exception {
    try (HangsUp server = new HangsUp(true);
        SoapClient client = server.client()) {
      client.call("QueryX", NONE, Duration.ZERO);

      VSphereFault fault =
          catchThrowableOfType(
              VSphereFault.class, () -> client.call("PowerOnVM_Task", NONE, Duration.ZERO));

      assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE);
      assertThat(fault.outcomeUnknown()).isTrue();
      assertThat(server.seen).containsExactly("QueryX", "PowerOnVM_Task");
    }
  }

  @Test
  void readsAgainWhenAnIdleConnectionWasClosed() throws Exception {
    try (HangsUp server = new HangsUp(true);
        SoapClient client = server.client()) {
      client.call("QueryX", NONE, Duration.ZERO);

      VimData answer = client.call("QueryY", NONE, Duration.ZERO);

      assertThat(answer.text("returnval")).isEqualTo("1");
      assertThat(server.seen).containsExactly("QueryX", "QueryY", "QueryY");
    }
  }

  @Test
  void keepsItsSessionWhateverElseAGatewaySets() throws Exception {
    try (HangsUp server = new HangsUp(true);
        SoapClient client = server.client()) {
      client.call("QueryX", NONE, Duration.ZERO);

      assertThat(client.cookie()).isEqualTo("vmware_soap_session=\"s\"");
    }
  }

  @Test
  void givesUpWhenAFreshConnectionBreaks() throws Exception {
    try (HangsUp server = new HangsUp(false);
        SoapClient client = server.client()) {
      VSphereFault fault =
          catchThrowableOfType(
              VSphereFault.class, () -> client.call("QueryX", NONE, Duration.ZERO));

      assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE);
      assertThat(server.seen).containsExactly("QueryX");
    }
  }

  @Test
  void endsWhatWaitsWhenItIsClosed() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      SoapClient client =
          new SoapClient(
              URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/sdk"),
              new TrustedSockets(Trust.system(), Duration.ofSeconds(5), Duration.ofMinutes(5)));
      Thread closer =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket waiting = silent.accept()) {
                  assertThat(waiting.getInputStream().read()).isPositive();
                  client.close();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });

      VSphereFault fault =
          catchThrowableOfType(
              VSphereFault.class, () -> client.call("WaitForUpdatesEx", NONE, Duration.ZERO));

      closer.join();
      assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.CANCELLED);
    }
  }
}
