// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpConnectionTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  /** A connection to a server that sends exactly this, and closes. */
  private static HttpConnection to(String sent) throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          try (server;
              Socket socket = server.accept()) {
            socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    return new HttpConnection(
        new SocketWire(new Socket(server.getInetAddress(), server.getLocalPort())));
  }

  private static String read(HttpConnection connection) throws IOException {
    return new String(connection.receive(SOON).body().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void readsABodyOfKnownLength() throws Exception {
    try (HttpConnection connection = to("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloXX")) {
      assertThat(read(connection)).isEqualTo("hello");
      assertThat(connection.reusable()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "+5", "9223372036854775808", "18446744073709551615", "five", ""})
  void refusesALengthThatIsNone(String length) throws Exception {
    try (HttpConnection connection =
        to("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\nhello")) {
      assertThatThrownBy(() -> connection.receive(SOON))
          .isInstanceOf(IOException.class)
          .hasMessage("malformed Content-Length '" + length + "'");
    }
  }

  @Test
  void refusesToBeToldToGoOnForEver() throws Exception {
    try (HttpConnection connection = to("HTTP/1.1 100 Continue\r\n\r\n".repeat(1000))) {
      assertThatThrownBy(() -> connection.receive(SOON)).hasMessageContaining("interim");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "gzip, chunked"})
  void refusesACodingThatWasNotAskedFor(String coding) throws Exception {
    try (HttpConnection connection =
        to("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + coding + "\r\n\r\nhello")) {
      assertThatThrownBy(() -> connection.receive(SOON)).hasMessageContaining(coding);
    }
  }

  @Test
  void readsChunksAndTrailers() throws Exception {
    try (HttpConnection connection =
        to(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n")) {
      assertThat(read(connection)).isEqualTo("hello");
      assertThat(connection.reusable()).isTrue();
    }
  }

  @Test
  void failsWhenABodyEndsEarly() throws Exception {
    try (HttpConnection connection = to("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello")) {
      assertThatThrownBy(() -> read(connection))
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("1 bytes early");
      assertThat(connection.reusable()).isFalse();
    }
  }

  @Test
  void failsWhenAChunkEndsEarly() throws Exception {
    try (HttpConnection connection =
        to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")) {
      assertThatThrownBy(() -> read(connection)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void failsWhenTheLastChunkIsMissing() throws Exception {
    try (HttpConnection connection =
        to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")) {
      assertThatThrownBy(() -> read(connection)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void refusesWhatIsNotHttp() throws Exception {
    try (HttpConnection connection = to("SSH-2.0-OpenSSH_9.6\r\n")) {
      assertThatThrownBy(() -> connection.receive(SOON)).hasMessage("not an HTTP answer");
    }
  }

  @Test
  void refusesAnEndlessHeader() throws Exception {
    try (HttpConnection connection = to("HTTP/1.1 200 OK\r\nA: " + "b".repeat(100_000))) {
      assertThatThrownBy(() -> connection.receive(SOON)).hasMessageContaining("longer than");
    }
  }

  @Test
  void doesNotReuseAConnectionThatTheServerCloses() throws Exception {
    try (HttpConnection connection =
        to("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")) {
      connection.send("GET", "/", Map.of("Host", "x"), new byte[0]);
      assertThat(read(connection)).isEmpty();
      assertThat(connection.reusable()).isFalse();
    }
  }
}
