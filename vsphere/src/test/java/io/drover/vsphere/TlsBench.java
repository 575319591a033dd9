// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.sun.management.OperatingSystemMXBean;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Not a test: reads the same bytes over TLS by {@link DiskDownload}, by the JDK's sockets and by
 * java.net.http, in turn, and prints rate and CPU of each. Started by {@code vsphere/bench/run}.
 */
final class TlsBench {
  private static final int PIECE = 256 << 10;

  private TlsBench() {}

  /**
   * @param arguments URL, SHA-256 thumbprint of its certificate, rounds
   */
  public static void main(String[] arguments) throws Exception {
    URI url = URI.create(arguments[0]);
    Trust trust = Trust.thumbprint(arguments[1]);
    int rounds = Integer.parseInt(arguments[2]);
    for (int round = 0; round <= rounds; round++) {
      // The first round warms the machine up.
      measured(
          round,
          BulkTls.chosen() + "-wire",
          () -> pieces(DiskDownload.open(url, trust, "", Timeouts.DEFAULT).in()));
      measured(round, "jdk-sockets", () -> pieces(byTheJdksSockets(url, trust)));
      measured(round, "java.net.http", () -> pieces(byHttpClient(url)));
    }
  }

  private static InputStream byTheJdksSockets(URI url, Trust trust) throws Exception {
    Timeouts timeouts = Timeouts.DEFAULT;
    Socket socket =
        new TrustedSockets(trust, timeouts.connect(), timeouts.transfer())
            .open(url.getHost(), url.getPort(), true);
    HttpConnection connection = new HttpConnection(new SocketWire(socket));
    connection.send("GET", url.getPath(), Map.of("Host", url.getRawAuthority()), new byte[0]);
    // Closed with the stream: the server serves one connection at a time.
    return new FilterInputStream(connection.receive(timeouts.transfer()).body()) {
      @Override
      public void close() {
        connection.close();
      }
    };
  }

  private static InputStream byHttpClient(URI url) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Believer()}, new SecureRandom());
    HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(context).build();
    return client
        .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofInputStream())
        .body();
  }

  /** Opens what is read. */
  private interface Opened {
    Pieces open() throws Exception;
  }

  /** What is read, piece by piece. */
  private interface Pieces extends Closeable {
    int next() throws IOException;
  }

  private static Pieces pieces(InputStream in) {
    byte[] piece = new byte[PIECE];
    return new Pieces() {
      @Override
      public int next() throws IOException {
        return in.read(piece);
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }

  private static Pieces pieces(ReadableByteChannel in) {
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
    return new Pieces() {
      @Override
      public int next() throws IOException {
        return in.read(piece.clear());
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }

  private static void measured(int round, String what, Opened opened) throws Exception {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long began = System.nanoTime();
    long bytes = 0;
    try (Pieces in = opened.open()) {
      for (int got = in.next(); got >= 0; got = in.next()) {
        bytes += got;
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    double busy = (system.getProcessCpuTime() - cpu) / 1e9;
    if (round > 0) {
      System.out.printf(
          Locale.ROOT,
          "%d %s %.0f MB/s %.2f CPU-s/GB%n",
          round,
          what,
          bytes / 1e6 / seconds,
          busy / (bytes / 1e9));
    }
  }

  /** Believes everybody: the peer of the bench is ours, and pinning costs no bytes. */
  private static final class Believer implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] chain, @Nullable String type) {}

    @Override
    public void checkServerTrusted(X509Certificate @Nullable [] chain, @Nullable String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
