// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.serve;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** One HTTPS server on loopback for what the lab controllers serve; handlers may block. */
public final class HttpsFront implements AutoCloseable {

  static {
    // Small answers are waited for: without this each costs the delay of an acknowledgement.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
  }

  private final HttpsServer server;
  private final ExecutorService workers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lab-front-", 0).factory());

  /**
   * Binds to a port of 127.0.0.1 and starts to serve.
   *
   * @param port 0 takes a free one
   * @param chain PEM of the server's certificate chain
   * @param key PEM of its private key
   */
  public HttpsFront(int port, String chain, String key) throws IOException {
    try {
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(Pem.serving(chain, key)));
    } catch (GeneralSecurityException e) {
      throw new IOException("the lab's server certificate cannot be used", e);
    }
    server.setExecutor(workers);
    server.start();
  }

  /** Serves everything below a path. */
  public void mount(String path, HttpHandler handler) {
    var _ = server.createContext(path, handler);
  }

  /** Where it listens. */
  public URI url() {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
