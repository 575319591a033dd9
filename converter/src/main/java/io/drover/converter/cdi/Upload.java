// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.engine.Authorities;
import io.drover.schemas.Problem;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One POST to {@code /v1beta1/upload-async} of cdi-uploadproxy, its body sent in chunks as it
 * comes. A body that is not finished is never ended well: the server would take it for the whole
 * disk.
 */
final class Upload implements AutoCloseable {
  private static final int CHUNK = 256 << 10;
  private static final int CONNECT_MILLIS = 15_000;

  /** How the JDK says that the other side is gone. */
  private static final Pattern CUT =
      Pattern.compile("Error writing request body|Broken pipe|Connection reset");

  private final CdiSettings.Upload settings;
  private final String volume;
  private final String token;
  private volatile @Nullable HttpURLConnection connection;
  private @Nullable OutputStream body;

  /** When the write that is on its way began, by {@link System#nanoTime}; 0 if none is. */
  private volatile long writing;

  private volatile boolean stalled;
  private volatile boolean over;

  Upload(CdiSettings.Upload settings, String volume, String token) {
    this.settings = settings;
    this.volume = volume;
    this.token = token;
  }

  /** Asks whether the server is ready, then begins the body. */
  OutputStream open() throws IOException {
    HttpURLConnection probe = connect("HEAD");
    try {
      int answer = probe.getResponseCode();
      if (answer != 200) {
        throw refused(answer, words(probe));
      }
    } finally {
      probe.disconnect();
    }
    HttpURLConnection upload = connect("POST");
    connection = upload;
    upload.setDoOutput(true);
    upload.setChunkedStreamingMode(CHUNK);
    upload.setRequestProperty("Content-Type", "application/octet-stream");
    OutputStream out = new Timed(upload.getOutputStream());
    body = out;
    Thread.ofVirtual().name("upload-watch").start(() -> watch(upload));
    return out;
  }

  /** Breaks a connection that takes nothing: a write knows no timeout. */
  private void watch(HttpURLConnection upload) {
    long idle = settings.idle().toNanos();
    try {
      while (!over) {
        long since = writing;
        if (since != 0 && System.nanoTime() - since > idle) {
          stalled = true;
          upload.disconnect();
          return;
        }
        Thread.sleep(Math.min(1000, settings.idle().toMillis() / 4 + 1));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says when a write began. */
  private final class Timed extends FilterOutputStream {
    Timed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      writing = System.nanoTime();
      try {
        out.write(bytes, offset, length);
      } finally {
        writing = 0;
      }
    }
  }

  /** Sees that the server is there and trusted, whatever it says to somebody without a token. */
  void reach() {
    try {
      HttpURLConnection probe = connect("HEAD");
      try {
        var _ = probe.getResponseCode();
      } finally {
        probe.disconnect();
      }
    } catch (IOException e) {
      throw explain(e);
    }
  }

  private HttpURLConnection connect(String method) throws IOException {
    URI proxy = settings.proxy();
    String path = proxy.getPath() == null || proxy.getPath().equals("/") ? "" : proxy.getPath();
    URI target = proxy.resolve(path + "/v1beta1/upload-async");
    var made = (HttpURLConnection) target.toURL().openConnection();
    String ca = settings.ca();
    if (made instanceof HttpsURLConnection secure) {
      secure.setSSLSocketFactory(
          new AbruptSockets(
              ca == null
                  ? secure.getSSLSocketFactory()
                  : Authorities.trusting(ca).getSocketFactory()));
    }
    made.setRequestMethod(method);
    made.setConnectTimeout(CONNECT_MILLIS);
    made.setReadTimeout(Math.toIntExact(settings.idle().toMillis()));
    made.setInstanceFollowRedirects(false);
    made.setUseCaches(false);
    made.setRequestProperty("Authorization", "Bearer " + token);
    return made;
  }

  /** Ends the body well and reads the answer; anything but 200 is a {@link CopyFault}. */
  void finish() {
    HttpURLConnection upload = connection;
    OutputStream out = body;
    if (upload == null || out == null) {
      throw new IllegalStateException("The upload was never opened");
    }
    try {
      out.close();
      int answer = upload.getResponseCode();
      if (answer != 200) {
        throw refused(answer, words(upload));
      }
    } catch (IOException e) {
      throw explain(e);
    }
  }

  /** What is wrong when the body could not be sent. */
  CopyFault explain(IOException broken) {
    if (broken instanceof Refusal refusal) {
      return refusal.fault;
    }
    if (broken instanceof SSLException && body == null) {
      return new CopyFault(
          new Problem(
              Problem.Kind.REFUSED,
              "upload-proxy-untrusted",
              "The upload proxy " + settings.proxy() + " is not trusted: " + broken.getMessage(),
              "Give the authority that signed its certificate in the setting of the upload CA."),
          broken);
    }
    boolean begun = body != null;
    String said =
        broken instanceof UnknownHostException
            ? "the name does not resolve"
            : String.valueOf(broken.getMessage());
    // Its answer, if it gave one, went with the connection: the JDK reads none before the body
    // ends.
    boolean cut = begun && !stalled && CUT.matcher(said).find();
    return new CopyFault(
        new Problem(
            begun ? Problem.Kind.TRANSIENT : Problem.Kind.UNAVAILABLE,
            begun ? "upload-broke" : "upload-proxy-unreachable",
            "The upload into %s through %s %s: %s."
                .formatted(
                    volume,
                    settings.proxy(),
                    begun ? "broke" : "could not begin",
                    stalled
                        ? "nothing was taken for " + settings.idle().toSeconds() + " s"
                        : cut ? "the server closed the connection while the disk was sent" : said),
            (cut
                    ? "See that the volume has space for the whole disk (the log of the pod"
                        + " cdi-upload of the claim says so), and check the route to"
                        + " cdi-uploadproxy"
                    : "Check the route to cdi-uploadproxy")
                + "; the disk is sent again from zero."),
        broken);
  }

  private Refusal refused(int answer, String said) {
    String answered =
        "The upload proxy %s answered %d for %s%s."
            .formatted(settings.proxy(), answer, volume, said.isEmpty() ? "" : ": " + said);
    if (FullVolume.isSaidIn(said)) {
      return new Refusal(FullVolume.fault(answered));
    }
    Problem.Kind kind =
        switch (answer) {
          case 502, 503, 504, 429 -> Problem.Kind.UNAVAILABLE;
          case 404, 403 -> Problem.Kind.REFUSED;
          default -> Problem.Kind.TRANSIENT;
        };
    return new Refusal(
        new CopyFault(
            kind,
            "upload-answered-" + answer,
            answered,
            "See the pods cdi-uploadproxy and cdi-upload of the claim; it is sent again from"
                + " zero."));
  }

  private static String words(HttpURLConnection from) {
    try (InputStream words = from.getErrorStream()) {
      if (words == null) {
        return "";
      }
      return new String(words.readNBytes(500), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** Breaks the connection. After {@link #finish} it only gives it back. */
  @Override
  public void close() {
    over = true;
    HttpURLConnection open = connection;
    if (open != null) {
      open.disconnect();
    }
  }

  /** Carries an answer out of code that may only throw {@link IOException}. */
  private static final class Refusal extends IOException {
    private static final long serialVersionUID = 1;

    private final transient CopyFault fault;

    Refusal(CopyFault fault) {
      super(fault.getMessage());
      this.fault = fault;
    }
  }
}
