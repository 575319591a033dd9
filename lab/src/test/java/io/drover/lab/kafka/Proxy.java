// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A wire between clients and a broker that can lose the broker's answers. */
final class Proxy implements AutoCloseable {
  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile int target;
  private volatile boolean mute;

  Proxy() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  int port() {
    return server.getLocalPort();
  }

  void to(int port) {
    target = port;
    Thread.ofVirtual().start(this::accept);
  }

  /** From now on requests arrive, but answers do not; or again they do, on new connections. */
  void mute(boolean now) {
    mute = now;
    if (!now) {
      // What was lost is lost: a real broken wire does not deliver late either.
      sockets.forEach(Proxy::quietly);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Socket broker = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(client);
        sockets.add(broker);
        Thread.ofVirtual().start(() -> pipe(client, broker, false));
        Thread.ofVirtual().start(() -> pipe(broker, client, true));
      } catch (IOException e) {
        // Closed, or the broker is down: the client tries again.
      }
    }
  }

  private void pipe(Socket from, Socket to, boolean answers) {
    byte[] buffer = new byte[65536];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (!(answers && mute)) {
          to.getOutputStream().write(buffer, 0, read);
        }
      }
    } catch (IOException e) {
      // One end went away.
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void quietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed then.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    sockets.forEach(Proxy::quietly);
  }
}
