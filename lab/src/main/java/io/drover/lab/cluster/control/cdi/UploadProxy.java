// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.World;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays cdi-uploadproxy and the upload server behind it ({@code POST /v1beta1/upload} and {@code
 * /v1beta1/upload-async}). Answers as CDI does: 400 without a bearer token, 401 for a bad or old
 * one, 503 while the claim's server is not ready, busy or gone, 409 when it is done, 200 after
 * success.
 */
public final class UploadProxy implements HttpHandler {

  private static final Logger LOG = LoggerFactory.getLogger(UploadProxy.class);
  private static final long POLL_MILLIS = 20;
  private static final long STALL_MILLIS = 60_000;
  private static final int LINGER = 16 << 20;

  private final World world;
  private final Uploads uploads;
  private final UploadTokens tokens;
  private final ClusterFaults faults;
  private final ImageLanding landing;
  private final Duration patience;

  UploadProxy(
      World world,
      Uploads uploads,
      UploadTokens tokens,
      ClusterFaults faults,
      ImageLanding landing,
      Duration patience) {
    this.world = world;
    this.uploads = uploads;
    this.tokens = tokens;
    this.faults = faults;
    this.landing = landing;
    this.patience = patience;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      boolean sync = path.matches("/v1(alpha1|beta1)/upload");
      boolean async = path.matches("/v1(alpha1|beta1)/upload-async");
      if (!sync && !async) {
        refuse(exchange, 404, "404 page not found");
        return;
      }
      String method = exchange.getRequestMethod();
      if (!method.equals("POST") && !method.equals("HEAD")) {
        refuse(exchange, 404, "");
        return;
      }
      String header = exchange.getRequestHeaders().getFirst("Authorization");
      if (header == null || !header.startsWith("Bearer ")) {
        refuse(exchange, 400, "");
        return;
      }
      Optional<Key> claim = tokens.check(header.substring("Bearer ".length()).trim());
      if (claim.isEmpty()) {
        refuse(exchange, 401, "");
        return;
      }
      serve(exchange, claim.get(), method.equals("HEAD"), async);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(HttpExchange exchange, Key claim, boolean head, boolean async)
      throws IOException, InterruptedException {
    if (faults.strike(Fault.What.UPLOAD_UNREADY, claim.namespace(), claim.name()).isPresent()) {
      refuse(exchange, 503, "upload server of " + claim.name() + " is not ready");
      return;
    }
    Optional<Uploads.Session> session = Optional.empty();
    long deadline = System.nanoTime() + patience.toNanos();
    while (session.isEmpty()) {
      Optional<Doc> known = world.get(Kind.CLAIM, claim);
      if (known.isEmpty() || System.nanoTime() > deadline) {
        refuse(
            exchange,
            503,
            known.isEmpty()
                ? "rejecting Upload Request for PVC " + claim.name() + " that doesn't exist"
                : "timed out waiting for the condition");
        return;
      }
      session = uploads.get(claim);
      if (session.isEmpty()) {
        if (known.get().annotation(DataVolumeController.POD_PHASE).equals("Succeeded")) {
          refuse(
              exchange,
              503,
              "rejecting Upload Request for PVC "
                  + claim.name()
                  + " that already finished uploading");
          return;
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
    if (head) {
      answer(exchange, 200, "");
      return;
    }
    Optional<Uploads.State> refused = session.get().take();
    if (refused.isPresent()) {
      refuse(exchange, refused.get() == Uploads.State.DONE ? 409 : 503, "");
      return;
    }
    receive(exchange, claim, session.get(), async);
  }

  private void receive(HttpExchange exchange, Key claim, Uploads.Session session, boolean async)
      throws IOException, InterruptedException {
    Optional<Fault> reset = faults.strike(Fault.What.UPLOAD_RESET, claim.namespace(), claim.name());
    Optional<Fault> stall =
        faults.strike(Fault.What.UPLOAD_STALLS, claim.namespace(), claim.name());
    ImageLanding.Meter meter =
        bytes -> {
          if (stall.isPresent() && bytes >= stall.get().afterBytes()) {
            Thread.sleep(STALL_MILLIS);
            throw new ConnectionReset();
          }
          if (reset.isPresent() && bytes >= reset.get().afterBytes()) {
            throw new ConnectionReset();
          }
        };
    Path staged = null;
    try (BufferedInputStream body = new BufferedInputStream(exchange.getRequestBody())) {
      try {
        String magic = magic(body);
        BufferedInputStream image = ImageKind.unwrapped(body);
        long scratch = 0;
        if (ImageKind.of(image).staged()) {
          staged = landing.stage("upload-" + session.volume().handle());
          scratch = landing.landStaged(image, staged, meter);
        } else {
          var _ = landing.landRaw(image, session.volume(), claim, meter);
        }
        uploads.took(claim, new UploadTaken(exchange.getRequestURI().getPath(), magic, scratch));
      } catch (ConnectionReset e) {
        discard(staged);
        session.become(Uploads.State.READY, "");
        LOG.info("upload to {} reset by a fault rule", claim);
        return; // closing the exchange now breaks the connection under the client
      } catch (IOException e) {
        discard(staged);
        session.become(Uploads.State.READY, "");
        refuse(exchange, 500, "Saving stream failed: " + e.getMessage());
        return;
      }
    }
    if (staged == null) {
      session.become(Uploads.State.DONE, "");
      answer(exchange, 200, "");
      return;
    }
    session.become(Uploads.State.CONVERTING, "");
    if (async) {
      answer(exchange, 200, "");
    }
    try {
      landing.convert(staged, session.volume(), claim, bytes -> {});
      session.become(Uploads.State.DONE, "");
      if (!async) {
        answer(exchange, 200, "");
      }
    } catch (IOException e) {
      LOG.info("upload to {} not converted: {}", claim, e.toString());
      session.become(Uploads.State.CRASHED, String.valueOf(e.getMessage()));
      if (!async) {
        answer(exchange, 500, "Saving stream failed: " + e.getMessage());
      }
    } finally {
      discard(staged);
    }
  }

  private static String magic(BufferedInputStream body) throws IOException {
    body.mark(4);
    String magic = HexFormat.of().formatHex(body.readNBytes(4));
    body.reset();
    return magic;
  }

  /**
   * Answers no. A client that is still sending reads an answer only when we take some more of its
   * bytes; a connection that is closed over bytes nobody took is reset, and the answer lost.
   */
  private static void refuse(HttpExchange exchange, int code, String text) throws IOException {
    InputStream body = exchange.getRequestBody();
    byte[] buffer = new byte[1 << 16];
    for (int taken = 0; taken < LINGER; ) {
      int read = body.read(buffer);
      if (read < 0) {
        break;
      }
      taken += read;
    }
    answer(exchange, code, text);
  }

  private static void discard(@Nullable Path staged) throws IOException {
    if (staged != null) {
      Files.deleteIfExists(staged);
    }
  }

  private static void answer(HttpExchange exchange, int code, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    boolean none = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(code, none ? -1 : body.length);
    if (!none) {
      exchange.getResponseBody().write(body);
    }
  }

  /** A fault rule asks for a broken connection. */
  private static final class ConnectionReset extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
