// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * A connection over TLS whose bytes go from the kernel to the engine, and from the engine to the
 * reader's own memory, with no copy between: sockets make four, which is a tenth of what the
 * reading and unpacking of a disk costs.
 */
final class TlsWire implements Wire {
  private static final int RECEIVED = 512 << 10;
  private static final Pattern BORING_REASON = Pattern.compile("OPENSSL_internal:([A-Z0-9_]+)");
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SocketChannel socket;
  private final Selector selector;
  private final SelectionKey key;
  private final SSLEngine engine;

  /** Encrypted, from the position to the limit. */
  private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVED).limit(0);

  /** Decrypted and not yet taken, from the position to the limit; has room for any record. */
  private final ByteBuffer rest;

  private final ByteBuffer sealed;
  private volatile boolean closed;
  private Duration patience;

  /**
   * @param socket connected; closed with this, and where this cannot be made
   * @param engine of a client
   * @param patience how long to wait, each time
   */
  TlsWire(SocketChannel socket, SSLEngine engine, Duration patience) throws IOException {
    this.socket = socket;
    this.engine = engine;
    this.patience = patience;
    int record = 2 * engine.getSession().getPacketBufferSize();
    rest = ByteBuffer.allocateDirect(record).limit(0);
    sealed = ByteBuffer.allocateDirect(record);
    selector = Selector.open();
    try {
      socket.configureBlocking(false);
      key = socket.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      selector.close();
      throw e;
    }
  }

  /**
   * Until both sides agree and the server's certificate is believed; all of it within the patience.
   *
   * @throws SSLException where they do not
   */
  void handshake() throws IOException {
    long began = System.nanoTime();
    engine.beginHandshake();
    while (engine.getHandshakeStatus() != SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING) {
      switch (aside()) {
        case OK -> {}
        case BUFFER_UNDERFLOW -> {
          if (!receive(began)) {
            throw new SSLHandshakeException("the server closed the connection");
          }
        }
        case CLOSED -> throw new SSLHandshakeException("the server ended it");
        case BUFFER_OVERFLOW -> throw tooLarge();
      }
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (closed) {
      throw closed("Closed", null);
    }
    int start = into.position();
    try {
      while (true) {
        var _ = Wire.move(rest, into, Integer.MAX_VALUE);
        int got = into.position() - start;
        boolean straight = into.remaining() >= rest.capacity();
        if (got > 0 && !straight) {
          return got;
        }
        switch (straight ? step(into) : aside()) {
          case OK -> {}
          case BUFFER_UNDERFLOW -> {
            if (got > 0) {
              return got;
            }
            if (!receive(System.nanoTime())) {
              return -1;
            }
          }
          case CLOSED -> {
            if (closed) {
              throw closed("Closed", null);
            }
            return got > 0 ? got : -1;
          }
          case BUFFER_OVERFLOW -> throw tooLarge();
        }
      }
    } catch (IOException e) {
      // Nothing was read, so nothing is there.
      into.position(start);
      throw e;
    }
  }

  /** A step whose bytes, if there are any, are kept. Only where none are. */
  private SSLEngineResult.Status aside() throws IOException {
    rest.clear();
    try {
      return step(rest);
    } finally {
      rest.flip();
    }
  }

  /** What the engine wants done next: a record opened, or what it has to say or to work out. */
  private SSLEngineResult.Status step(ByteBuffer into) throws IOException {
    SSLEngineResult.HandshakeStatus wanted = engine.getHandshakeStatus();
    return switch (wanted) {
      case NEED_TASK -> {
        for (Runnable task = engine.getDelegatedTask();
            task != null;
            task = engine.getDelegatedTask()) {
          task.run();
        }
        yield SSLEngineResult.Status.OK;
      }
      case NEED_WRAP -> seal(NOTHING).getStatus();
      default -> {
        SSLEngineResult result;
        try {
          result = engine.unwrap(received, into);
        } catch (SSLException e) {
          throw readable(e);
        }
        if (result.getStatus() == SSLEngineResult.Status.OK
            && result.bytesConsumed() == 0
            && result.bytesProduced() == 0
            && result.getHandshakeStatus() == wanted) {
          // Conscrypt's answer to a record whose head says that it is too long; asked again, it
          // says the same.
          throw tooLarge();
        }
        yield result.getStatus();
      }
    };
  }

  /** BoringSSL says why among addresses and places in its source. */
  private static SSLException readable(SSLException e) {
    Set<String> reasons = new LinkedHashSet<>();
    for (Throwable each = e; each != null; each = each.getCause()) {
      Matcher found = BORING_REASON.matcher(String.valueOf(each.getMessage()));
      while (found.find()) {
        reasons.add(found.group(1).toLowerCase(Locale.ROOT).replace('_', ' '));
      }
    }
    return reasons.isEmpty() ? e : new SSLException(String.join(", ", reasons), e);
  }

  private static SSLException tooLarge() {
    return new SSLException("a TLS record larger than the protocol allows");
  }

  /** False at the end of the connection. */
  private boolean receive(long began) throws IOException {
    received.compact();
    try {
      int got = socket.read(received);
      for (; got == 0; got = socket.read(received)) {
        await(SelectionKey.OP_READ, began);
      }
      return got > 0;
    } catch (ClosedChannelException e) {
      throw closed("Closed", e);
    } finally {
      received.flip();
    }
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    ByteBuffer plain = ByteBuffer.wrap(bytes);
    while (plain.hasRemaining()) {
      if (seal(plain).bytesConsumed() == 0) {
        throw new SSLException("the server wants to agree anew before it takes a request");
      }
    }
  }

  private SSLEngineResult seal(ByteBuffer plain) throws IOException {
    SSLEngineResult result = engine.wrap(plain, sealed.clear());
    sealed.flip();
    try {
      for (long began = System.nanoTime(); sealed.hasRemaining(); ) {
        if (socket.write(sealed) == 0) {
          await(SelectionKey.OP_WRITE, began);
        }
      }
    } catch (ClosedChannelException e) {
      throw closed("Closed", e);
    }
    return result;
  }

  private void await(int what, long began) throws IOException {
    long left = patience.toMillis() - (System.nanoTime() - began) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("nothing for " + patience.toMillis() + " ms");
    }
    try {
      key.interestOps(what);
      selector.select(left);
      selector.selectedKeys().clear();
    } catch (ClosedSelectorException | CancelledKeyException e) {
      throw closed("Closed", e);
    }
    if (Thread.currentThread().isInterrupted()) {
      close();
      throw closed("Closed by interrupt", null);
    }
  }

  private static SocketException closed(String how, @Nullable Exception e) {
    var said = new SocketException(how);
    said.initCause(e);
    return said;
  }

  @Override
  public void patience(Duration wait) {
    patience = wait;
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    // The selector ends a wait under way, and lets go of the socket.
    try (selector;
        socket) {
      sayGoodbye();
    }
  }

  /**
   * Tells the server that this is the end, or by an alert why it is refused, if it takes that at
   * once. The engine lets go of its memory then.
   */
  private void sayGoodbye() {
    try {
      engine.closeOutbound();
      // Not the other buffer: another thread may be sending.
      ByteBuffer last = ByteBuffer.allocate(sealed.capacity());
      try {
        if (socket.isOpen() && engine.wrap(NOTHING, last).bytesProduced() > 0) {
          int _ = socket.write(last.flip());
        }
      } finally {
        engine.closeInbound();
      }
    } catch (IOException unheard) {
      // Gone already, or the server had more to say: nothing of it is wanted any more.
    }
  }
}
