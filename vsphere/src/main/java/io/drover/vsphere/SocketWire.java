// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A connection by a socket: all but the disks that come over TLS. */
final class SocketWire implements Wire {
  private static final int PIECE = 64 << 10;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  SocketWire(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (into.hasArray()) {
      int got = in.read(into.array(), into.arrayOffset() + into.position(), into.remaining());
      into.position(into.position() + Math.max(0, got));
      return got;
    }
    byte[] piece = new byte[Math.min(PIECE, into.remaining())];
    int got = in.read(piece);
    if (got > 0) {
      into.put(piece, 0, got);
    }
    return got;
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  @Override
  public void patience(Duration wait) throws IOException {
    socket.setSoTimeout(TrustedSockets.millis(wait));
  }

  @Override
  public boolean isOpen() {
    return !socket.isClosed();
  }

  @Override
  public void close() {
    TrustedSockets.close(socket);
  }
}
