// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A wire between clients and a broker that can lose the broker's answers, from a moment on or from
 * the next commit on.
 */
final class Proxy implements AutoCloseable {
  /** The request that ends a transaction (Kafka protocol, EndTxn). */
  private static final short END_TXN = 26;

  /** What becomes of the next commit. */
  enum Commit {
    /** It gets through, and so does its answer. */
    PASSES,
    /** The broker gets it, but its answer and all later ones are lost. */
    ANSWER_LOST,
    /** It is lost, and so is all that comes after it. */
    LOST
  }

  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile int target;
  private volatile boolean mute;
  private volatile boolean deaf;
  private volatile Commit next = Commit.PASSES;

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
      deaf = false;
      next = Commit.PASSES;
      // What was lost is lost: a real broken wire does not deliver late either.
      sockets.forEach(Proxy::quietly);
    }
  }

  /** What becomes of the next commit, once; {@link #mute mute(false)} mends the wire. */
  void commit(Commit fate) {
    next = fate;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Socket broker = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(client);
        sockets.add(broker);
        Thread.ofVirtual().start(() -> requests(client, broker));
        Thread.ofVirtual().start(() -> answers(broker, client));
      } catch (IOException e) {
        // Closed, or the broker is down: the client tries again.
      }
    }
  }

  /** Requests are looked at one by one: a size, then the kind. */
  private void requests(Socket from, Socket to) {
    try (from;
        to) {
      var in = new DataInputStream(from.getInputStream());
      OutputStream out = to.getOutputStream();
      while (true) {
        byte[] request = new byte[in.readInt()];
        in.readFully(request);
        Commit fate = ByteBuffer.wrap(request).getShort() == END_TXN ? next : Commit.PASSES;
        deaf |= fate == Commit.LOST;
        mute |= fate != Commit.PASSES;
        if (!deaf) {
          out.write(
              ByteBuffer.allocate(4 + request.length).putInt(request.length).put(request).array());
        }
      }
    } catch (IOException e) {
      // One end went away.
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private void answers(Socket from, Socket to) {
    byte[] buffer = new byte[65536];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (!mute) {
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
