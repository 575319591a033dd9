// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** What a Service is to its clients: one address, behind which instances come and go. */
final class ServiceAddress implements AutoCloseable {
  private final ServerSocket door;
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
  private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
  private final CountDownLatch cut = new CountDownLatch(1);
  private volatile int instance;

  ServiceAddress() throws IOException {
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  /** From now on connections go to the instance that listens there; 0 = there is none. */
  void goesTo(int port) {
    instance = port;
  }

  /** Loses the instance, connections and all, as soon as it has sent so many bytes. */
  void losesItsInstanceAfter(long bytes) {
    left.set(bytes);
  }

  /** Waits until that happened. */
  void awaitLoss() throws InterruptedException {
    cut.await();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        int to = instance;
        if (to == 0) {
          client.close();
          continue;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
        open.add(client);
        open.add(server);
        Thread.ofVirtual().start(() -> pump(client, server, false));
        Thread.ofVirtual().start(() -> pump(server, client, true));
      } catch (IOException e) {
        // The door was closed, or the instance is gone: the next client sees.
        continue;
      }
    }
  }

  private void pump(Socket from, Socket to, boolean counted) {
    byte[] piece = new byte[16 << 10];
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int got = in.read(piece); got >= 0; got = in.read(piece)) {
        if (counted && left.addAndGet(-got) < 0) {
          instance = 0;
          left.set(Long.MAX_VALUE);
          cut.countDown();
          closeAll();
          return;
        }
        out.write(piece, 0, got);
      }
    } catch (IOException e) {
      // One side is gone, so the other goes.
      return;
    }
  }

  private void closeAll() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    closeAll();
  }
}
