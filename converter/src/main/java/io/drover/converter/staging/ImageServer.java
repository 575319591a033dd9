// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Serves whole images to CDI's importer: GET and HEAD, one range, basic or bearer password, TLS. It
 * knows nothing but the folder, so another instance answers the next request as well.
 *
 * <pre>
 * /v1/disks/ID.qcow2   an image
 * /healthz             200 while the folder can be read
 * </pre>
 */
final class ImageServer implements AutoCloseable {
  private static final Pattern PATH = Pattern.compile("/v1/disks/([a-z0-9-]{1,64})\\.qcow2");
  private static final int PIECE = 256 << 10;

  private final Staging staging;
  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("staging-", 0).factory());
  private final URI address;

  private ImageServer(Staging staging, HttpServer server, URI address) {
    this.staging = staging;
    this.server = server;
    this.address = address;
  }

  static ImageServer start(StagingSettings settings, Staging staging) throws IOException {
    InetSocketAddress at = new InetSocketAddress(settings.host(), settings.port());
    StagingSettings.Tls tls = settings.tls();
    HttpServer server;
    if (tls == null) {
      server = HttpServer.create(at, 0);
    } else {
      HttpsServer secure = HttpsServer.create(at, 0);
      secure.setHttpsConfigurator(new HttpsConfigurator(ServerTls.of(tls)));
      server = secure;
    }
    URI address =
        URI.create(
            (tls == null ? "http://" : "https://")
                + settings.host()
                + ":"
                + server.getAddress().getPort());
    ImageServer made = new ImageServer(staging, server, address);
    server.setExecutor(made.threads);
    server.createContext("/v1/disks/", made::answer);
    server.createContext("/healthz", made::health);
    server.start();
    return made;
  }

  URI address() {
    return address;
  }

  private void health(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(staging.room().used() >= 0 ? 200 : 503, -1);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    // Not closed on an exception: an answer that breaks off must not end as if it were whole.
    serve(exchange);
    exchange.close();
  }

  private void serve(HttpExchange exchange) throws IOException {
    Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
    if (!path.matches()) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    String id = path.group(1);
    if (!allowed(id, exchange.getRequestHeaders().getFirst("Authorization"))) {
      exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"staged disks\"");
      exchange.sendResponseHeaders(401, -1);
      return;
    }
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (!head && !exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      exchange.sendResponseHeaders(405, -1);
      return;
    }
    try (FileChannel file = FileChannel.open(staging.image(id), StandardOpenOption.READ)) {
      send(exchange, id, file, head);
    } catch (NoSuchFileException e) {
      exchange.sendResponseHeaders(404, -1);
    }
  }

  private static void send(HttpExchange exchange, String id, FileChannel file, boolean head)
      throws IOException {
    long size = file.size();
    ByteRange range =
        ByteRange.of(exchange.getRequestHeaders().getFirst("Range"), size).orElse(null);
    var headers = exchange.getResponseHeaders();
    headers.set("Accept-Ranges", "bytes");
    headers.set("Content-Type", "application/octet-stream");
    // An image never changes under its id.
    headers.set("ETag", "\"" + id + "-" + size + "\"");
    if (range != null && range.length() == 0) {
      headers.set("Content-Range", "bytes */" + size);
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    long first = range == null ? 0 : range.first();
    long length = range == null ? size : range.length();
    if (range != null) {
      headers.set("Content-Range", "bytes " + first + "-" + (first + length - 1) + "/" + size);
    }
    if (head) {
      headers.set("Content-Length", Long.toString(length));
      exchange.sendResponseHeaders(range == null ? 200 : 206, -1);
      return;
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, length == 0 ? -1 : length);
    OutputStream out = exchange.getResponseBody();
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    long at = first;
    long end = first + length;
    while (at < end) {
      piece.clear().limit((int) Math.min(PIECE, end - at));
      int got = file.read(piece, at);
      if (got < 0) {
        throw new IOException("Image " + id + " ended early");
      }
      out.write(piece.array(), 0, got);
      at += got;
    }
    out.flush();
  }

  private boolean allowed(String id, @Nullable String header) {
    if (header == null) {
      return false;
    }
    String wanted;
    if (header.startsWith("Bearer ")) {
      wanted = "Bearer " + staging.password(id);
    } else {
      String pair = Staging.USER + ":" + staging.password(id);
      wanted = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }
    return MessageDigest.isEqual(
        wanted.getBytes(StandardCharsets.UTF_8), header.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
