// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.Executors;

/** A disk on a small server on loopback, as an ESXi host serves one of a lease. */
final class ServedDisk extends PlainTicket {
  private final byte[] vmdk;
  private final long breaksAfter;
  private final Runnable beforeBreak;
  private final HttpServer server;

  ServedDisk(byte[] vmdk, long breaksAfter, Runnable beforeBreak) {
    this.vmdk = vmdk;
    this.breaksAfter = breaksAfter;
    this.beforeBreak = beforeBreak;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/nfc/disk.vmdk", this::serve);
    server.start();
  }

  private void serve(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, vmdk.length);
    int whole = (int) Math.min(breaksAfter, vmdk.length);
    exchange.getResponseBody().write(vmdk, 0, whole);
    exchange.getResponseBody().flush();
    if (whole < vmdk.length) {
      beforeBreak.run();
      throw new IOException("broken by the test");
    }
    exchange.close();
  }

  @Override
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/nfc/disk.vmdk";
  }

  @Override
  public String verify(long bytes, Map<String, String> hashes) {
    return "sha1:" + hashes.get("sha1");
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
