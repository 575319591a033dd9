// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the bytes of a disk from the address that a lease names. The address alone opens the disk,
 * so a process without a session can do it, while another keeps the lease alive.
 */
public final class DiskDownload {
  private DiskDownload() {}

  /**
   * Opens one disk for reading from its first byte.
   *
   * @param trust what the server must prove itself by
   * @param cookie of the session, where vCenter itself serves the bytes; else empty
   * @throws VSphereFault UNREACHABLE, CERTIFICATE, or PROTOCOL when the server does not serve it
   */
  public static ExportLease.Content open(URI url, Trust trust, String cookie, Timeouts timeouts) {
    TrustedSockets sockets = new TrustedSockets(trust, timeouts.connect(), timeouts.transfer());
    HttpConnection connection = connect(url, sockets, timeouts);
    try {
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("Host", url.getRawAuthority());
      headers.put("User-Agent", "drover");
      headers.put("Connection", "close");
      if (!cookie.isEmpty()) {
        headers.put("Cookie", cookie);
      }
      String target =
          url.getRawQuery() == null ? url.getRawPath() : url.getRawPath() + "?" + url.getRawQuery();
      connection.send("GET", target, headers, new byte[0]);
      HttpConnection.Answer answer = connection.receive(timeouts.transfer());
      if (answer.status() != 200) {
        throw new VSphereFault(
            VSphereFault.Kind.PROTOCOL,
            url.getHost() + " refused a disk with HTTP " + answer.status(),
            remedy(answer));
      }
      return new ExportLease.Content(
          new Served(answer.body(), connection, url.getHost(), timeouts), answer.length());
    } catch (IOException e) {
      connection.close();
      throw broke(url, e, timeouts);
    } catch (Throwable e) {
      connection.close();
      throw e;
    }
  }

  private static HttpConnection connect(URI url, TrustedSockets sockets, Timeouts timeouts) {
    boolean secure = "https".equals(url.getScheme());
    int port = url.getPort() < 0 ? (secure ? 443 : 80) : url.getPort();
    if (secure) {
      return new HttpConnection(sockets.wire(url.getHost(), port, BulkTls.choices()));
    }
    Socket socket = sockets.open(url.getHost(), port, false);
    try {
      return new HttpConnection(new SocketWire(socket));
    } catch (IOException e) {
      TrustedSockets.close(socket);
      throw broke(url, e, timeouts);
    }
  }

  private static VSphereFault broke(URI url, IOException e, Timeouts timeouts) {
    if (Thread.currentThread().isInterrupted()) {
      return new VSphereFault(
          VSphereFault.Kind.CANCELLED, "Interrupted while " + url.getHost() + " was asked", "", e);
    }
    return new VSphereFault(
        VSphereFault.Kind.UNREACHABLE,
        "The connection to "
            + url.getHost()
            + " for a disk broke: "
            + (e instanceof SocketTimeoutException
                ? silent(url.getHost(), timeouts)
                : e.getMessage()),
        "",
        e);
  }

  private static String remedy(HttpConnection.Answer answer) {
    return switch (answer.status()) {
      case 404 -> "The lease may have ended";
      case 401, 403 -> "Its session may have ended, or the user lacks VApp.Export";
      case 301, 302, 303, 307, 308 ->
          "It points to "
              + host(answer.header("Location"))
              + ", which is not followed: nobody knows whether that is the host. Let the host be"
              + " reached without a gateway that redirects";
      case 503 -> "The host is busy; it is asked again";
      default -> "";
    };
  }

  /** The host alone: whoever knows the rest of the address can read the disk. */
  private static String host(String address) {
    try {
      String host = new URI(address).getHost();
      return host == null ? "another address" : host;
    } catch (URISyntaxException e) {
      return "what is no address";
    }
  }

  private static String silent(String host, Timeouts timeouts) {
    long millis = timeouts.transfer().toMillis();
    return host
        + " sent nothing for "
        + (millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms");
  }

  /** Closes the connection with itself, and says who it was that sent nothing any more. */
  private record Served(
      ReadableByteChannel body, HttpConnection connection, String host, Timeouts timeouts)
      implements ReadableByteChannel {
    @Override
    public int read(ByteBuffer into) throws IOException {
      try {
        return body.read(into);
      } catch (SocketTimeoutException e) {
        var stalled = new SocketTimeoutException(silent(host, timeouts));
        stalled.initCause(e);
        throw stalled;
      }
    }

    @Override
    public boolean isOpen() {
      return body.isOpen();
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
