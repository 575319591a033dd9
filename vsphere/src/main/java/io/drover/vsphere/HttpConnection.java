// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP/1.1 connection (RFC 9112) over one wire. Written out here for three reasons: the JDK's
 * HttpURLConnection may send a POST twice, its java.net.http is slow for gigabytes over TLS, and a
 * body that ends early must be an error.
 */
final class HttpConnection implements Closeable {
  private static final int LONGEST_LINE = 64 * 1024;
  private static final int MOST_HEADERS = 200;
  private static final int MOST_INTERIM = 20;
  private static final int AHEAD = 32 * 1024;

  /**
   * The head of an answer, and its body to be read.
   *
   * @param headers by lower-case name; what is said of one more than once stands on lines of its
   *     own
   * @param length the body's bytes, or -1 when the server does not say
   */
  record Answer(int status, Map<String, String> headers, long length, Body body) {
    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
  }

  private final Wire wire;

  /** Taken from the wire before it was asked for, from the position to the limit. */
  private final ByteBuffer ahead = ByteBuffer.allocate(AHEAD).limit(0);

  private boolean reusable = true;
  private boolean answering;
  private long idleSince;

  HttpConnection(Wire wire) {
    this.wire = wire;
  }

  /** Whether the first byte of an answer arrived since the last request was sent. */
  boolean answering() {
    return answering;
  }

  /** Sends one request, which must be answered and read before the next. */
  void send(String method, String target, Map<String, String> headers, byte[] body)
      throws IOException {
    answering = false;
    StringBuilder head =
        new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (body.length > 0 || method.equals("POST")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    head.append("\r\n");
    ByteArrayOutputStream whole = new ByteArrayOutputStream(head.length() + body.length);
    whole.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    whole.writeBytes(body);
    wire.write(whole.toByteArray());
  }

  /**
   * Reads the head of the answer.
   *
   * @param patience how long to wait for each piece of it
   */
  Answer receive(Duration patience) throws IOException {
    wire.patience(patience);
    int status;
    Map<String, String> headers;
    int answers = 0;
    do {
      if (++answers > MOST_INTERIM) {
        throw new IOException("more than " + MOST_INTERIM + " interim answers");
      }
      status = status(line());
      headers = headers();
    } while (status >= 100 && status < 200);
    if (headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT).contains("close")) {
      reusable = false;
    }
    if (status == 204 || status == 304) {
      return new Answer(status, headers, 0, new Body(0, false));
    }
    String coding = headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
    if (!coding.isEmpty() && !coding.equals("chunked")) {
      throw new IOException("an answer in the transfer coding '" + coding + "', not asked for");
    }
    if (!coding.isEmpty()) {
      return new Answer(status, headers, -1, new Body(0, true));
    }
    String length = headers.get("content-length");
    if (length == null) {
      reusable = false;
      return new Answer(status, headers, -1, new Body(-1, false));
    }
    try {
      long bytes = Long.parseLong(length.trim());
      if (!Character.isDigit(length.trim().charAt(0))) {
        throw new NumberFormatException(length);
      }
      return new Answer(status, headers, bytes, new Body(bytes, false));
    } catch (NumberFormatException e) {
      throw new IOException("malformed Content-Length '" + length + "'", e);
    }
  }

  private int status(String line) throws IOException {
    if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      throw new IOException("not an HTTP answer");
    }
    if (line.startsWith("HTTP/1.0")) {
      reusable = false;
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  private Map<String, String> headers() throws IOException {
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new IOException("malformed HTTP header");
      }
      if (headers.size() >= MOST_HEADERS) {
        throw new IOException("more than " + MOST_HEADERS + " HTTP headers");
      }
      headers.merge(
          line.substring(0, colon).trim().toLowerCase(Locale.ROOT),
          line.substring(colon + 1).trim(),
          (first, next) -> first.equals(next) ? first : first + "\n" + next);
    }
    return headers;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (!ahead.hasRemaining() && !lookAhead()) {
        throw new EOFException("the server closed the connection");
      }
      int c = ahead.get() & 0xff;
      answering = true;
      if (c == '\n') {
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r'
            ? line.substring(0, end - 1)
            : line.toString();
      }
      if (line.length() >= LONGEST_LINE) {
        throw new IOException("HTTP header line longer than " + LONGEST_LINE);
      }
      line.append((char) c);
    }
  }

  /** False at the end of the connection. Only where nothing is ahead. */
  private boolean lookAhead() throws IOException {
    ahead.clear();
    try {
      return wire.read(ahead) >= 0;
    } finally {
      ahead.flip();
    }
  }

  /** Whether the last answer was read to its end and the server keeps the connection. */
  boolean reusable() {
    return reusable && wire.isOpen();
  }

  void idle() {
    idleSince = System.nanoTime();
  }

  /** Whether it was used a moment ago. */
  boolean fresh() {
    return reusable() && System.nanoTime() - idleSince < 1_000_000_000L;
  }

  /** Whether an idle connection is young and the server has not closed it. */
  boolean alive(Duration oldest) {
    if (!reusable() || System.nanoTime() - idleSince > oldest.toNanos()) {
      return false;
    }
    try {
      wire.patience(Duration.ofMillis(1));
      if (!ahead.hasRemaining()) {
        var _ = lookAhead();
      }
      // It spoke without being asked, or closed.
      return false;
    } catch (SocketTimeoutException silent) {
      return true;
    } catch (IOException gone) {
      return false;
    }
  }

  @Override
  public void close() {
    reusable = false;
    try {
      wire.close();
    } catch (IOException alreadyGone) {
      // Nothing is lost: the connection is not used again.
    }
  }

  /** The bytes of one answer; ends exactly where the answer does, or fails. */
  final class Body extends InputStream implements ReadableByteChannel {
    private final boolean chunked;
    private long left;
    private boolean first = true;
    private boolean ended;

    /** A body of {@code left} bytes; until the connection closes if -1; in chunks if asked. */
    Body(long left, boolean chunked) {
      this.left = left;
      this.chunked = chunked;
      this.ended = left == 0 && !chunked;
      if (!ended) {
        reusableUntilRead(false);
      }
    }

    private void reusableUntilRead(boolean read) {
      if (!read) {
        keepable = reusable;
        reusable = false;
      } else {
        reusable = keepable;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return read(ByteBuffer.wrap(into, offset, length));
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      if (ended) {
        return -1;
      }
      if (!into.hasRemaining()) {
        return 0;
      }
      if (chunked && left == 0 && !nextChunk()) {
        end();
        return -1;
      }
      int got = take(into);
      if (got < 0) {
        if (left < 0) {
          ended = true;
          return -1;
        }
        throw new EOFException(
            "the connection ended " + (chunked ? "inside a chunked body" : left + " bytes early"));
      }
      if (left > 0) {
        left -= got;
        if (left == 0 && !chunked) {
          end();
        }
      }
      return got;
    }

    /** Large pieces straight from the wire. */
    private int take(ByteBuffer into) throws IOException {
      int wanted = left < 0 ? into.remaining() : (int) Math.min(into.remaining(), left);
      if (!ahead.hasRemaining()) {
        if (wanted >= AHEAD) {
          int limit = into.limit();
          into.limit(into.position() + wanted);
          try {
            return wire.read(into);
          } finally {
            into.limit(limit);
          }
        }
        if (!lookAhead()) {
          return -1;
        }
      }
      return Wire.move(ahead, into, wanted);
    }

    @Override
    public boolean isOpen() {
      return wire.isOpen();
    }

    private void end() {
      ended = true;
      reusableUntilRead(true);
    }

    private boolean nextChunk() throws IOException {
      if (!first && !line().isEmpty()) {
        throw new IOException("malformed chunk end");
      }
      first = false;
      String size = line();
      int semicolon = size.indexOf(';');
      try {
        left = Long.parseLong((semicolon < 0 ? size : size.substring(0, semicolon)).trim(), 16);
      } catch (NumberFormatException e) {
        throw new IOException("malformed chunk size", e);
      }
      if (left < 0) {
        throw new IOException("malformed chunk size");
      }
      if (left == 0) {
        headers();
        return false;
      }
      return true;
    }

    @Override
    public void close() {
      if (!ended) {
        HttpConnection.this.close();
      }
    }
  }

  private boolean keepable = true;
}
