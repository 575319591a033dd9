// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers of disks that do not serve them. */
class DiskDownloadTest {
  private static final Timeouts SHORT =
      new Timeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(1));

  private final CountDownLatch over = new CountDownLatch(1);
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void end() throws IOException {
    over.countDown();
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "302 Found, 'points to elsewhere.example, which is not followed'",
    "307 Temporary Redirect, which is not followed",
    "404 Not Found, The lease may have ended",
    "403 Forbidden, the user lacks VApp.Export",
    "503 Service Unavailable, The host is busy"
  })
  void anAnswerThatIsNoDiskSaysWhatToDo(String status, String remedy) {
    serve(
        "HTTP/1.1 "
            + status
            + "\r\n"
            + "Location: https://elsewhere.example/nfc/ticket/disk\r\n"
            + "Content-Length: 0\r\n\r\n");

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            VSphereFault.class,
            fault -> assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.PROTOCOL))
        .hasMessageContaining("refused a disk with HTTP " + status.substring(0, 3))
        .hasMessageContaining(remedy)
        .message()
        .as("the way to the disk is a secret")
        .doesNotContain("ticket");
  }

  @Test
  @Timeout(value = 20, threadMode = SEPARATE_THREAD)
  void aDiskThatStallsIsGivenUp() throws IOException {
    serve("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this");

    try (var content = Channels.newInputStream(open().in())) {
      assertThatThrownBy(content::readAllBytes)
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("127.0.0.1 sent nothing for 1 s");
    }
  }

  @Test
  @Timeout(value = 20, threadMode = SEPARATE_THREAD)
  void aHostThatTakesTheRequestAndSaysNothingIsGivenUp() {
    serve("");

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            VSphereFault.class,
            fault -> assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE))
        .hasMessageContaining(
            "The connection to 127.0.0.1 for a disk broke: 127.0.0.1 sent nothing for 1 s");
  }

  private ExportLease.Content open() {
    return DiskDownload.open(
        URI.create("http://127.0.0.1:" + server.getLocalPort() + "/disk"),
        Trust.thumbprint("00:".repeat(31) + "00"),
        "",
        SHORT);
  }

  /** Answers every request with this, and then says nothing more until the test is over. */
  private void serve(String answer) {
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try (Socket socket = server.accept();
                var lines =
                    new BufferedReader(
                        new InputStreamReader(
                            socket.getInputStream(), StandardCharsets.US_ASCII))) {
              String line = lines.readLine();
              while (line != null && !line.isEmpty()) {
                line = lines.readLine();
              }
              socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
              over.await();
            } catch (IOException ended) {
              // The test is over, or the client has gone.
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              return;
            }
          }
        });
  }
}
