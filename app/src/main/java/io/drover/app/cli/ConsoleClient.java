// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.BiPredicate;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How commands talk to a running console: its address, a token, JSON there and back. */
public final class ConsoleClient {
  private static final String TROUBLE = "drover-trouble";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "Address of the console (default: that of the last 'drover up' or 'demo --keep' here).")
  private @Nullable URI server;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "File with the bearer token (default: DROVER_TOKEN, else that of the last 'drover up'"
              + " here).")
  private @Nullable Path tokenFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "PEM file of the authorities to trust at an https address (default: DROVER_CA, else the"
              + " JDK's).")
  private @Nullable Path ca;

  private @Nullable String token;

  private @Nullable HttpClient client;

  /** What the console said of the age of what it shows, once it was passed on. */
  private String told = "";

  public ConsoleClient() {}

  /** A client of a console that is known already. */
  public ConsoleClient(URI server, String token) {
    this(server, token, null);
  }

  /** The same, trusting the authorities of a PEM file; the JDK's where there is none. */
  public ConsoleClient(URI server, String token, @Nullable Path ca) {
    this.server = server;
    this.token = token;
    this.ca = ca;
  }

  /** Where a console that runs here wrote its address and token; readable by its user only. */
  public static Path localConsole(Path state) {
    return state.resolve("console.json");
  }

  /** Made when it is first needed: every command has a console, and to begin TLS takes long. */
  synchronized HttpClient client() {
    HttpClient made = client;
    if (made == null) {
      var making = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10));
      Path trusted = where().ca();
      if (trusted != null) {
        making.sslContext(Authorities.of(trusted));
      }
      made = making.build();
      client = made;
    }
    return made;
  }

  /** GET. */
  public JsonNode get(String path) {
    return send(asked(path));
  }

  /**
   * What was there, and where a stream goes on behind it.
   *
   * @param position for {@link #stream(String, BiPredicate)}; empty if the console tells none
   * @param older how many more there may be before them
   */
  public record Until(JsonNode document, String position, long older) {}

  /** GET of what a stream goes on with. */
  public Until until(String path) {
    HttpResponse<byte[]> response = answer(asked(path));
    try {
      return new Until(
          Json.mapper().readTree(response.body()),
          response.headers().firstValue("last-event-id").orElse(""),
          response.headers().firstValueAsLong("drover-older").orElse(0));
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private HttpRequest asked(String path) {
    return request(path).GET().timeout(Duration.ofSeconds(60)).build();
  }

  /** A value as it may stand behind the {@code =} of an address. */
  static String value(String said) {
    return URLEncoder.encode(said, StandardCharsets.UTF_8);
  }

  /** GET of something that is no JSON. */
  public String text(String path) {
    return new String(bytes(asked(path)), StandardCharsets.UTF_8);
  }

  /** GET of something that is no text. */
  public byte[] bytes(String path) {
    return bytes(asked(path));
  }

  /** POST of a JSON object. */
  public JsonNode post(String path, Map<String, ?> body) {
    return send(
        request(path)
            .timeout(Duration.ofSeconds(60))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.write(body)))
            .build());
  }

  /** As {@link #stream(String, BiPredicate)}, with the facts that come from now on. */
  public void stream(BiPredicate<String, JsonNode> each) {
    stream("", each);
  }

  /**
   * Reads the event stream until {@code each} says false. A stream that breaks or goes silent is
   * opened again: it begins with every document as it is then, and with the facts behind the last
   * one that came. A console that was started anew does not know that one and sends all that it
   * keeps.
   *
   * @param position behind which facts are wanted, as {@link #until} told it
   * @param each is told kind and document
   * @throws Failure if the console cannot be reached for a minute
   */
  public void stream(String position, BiPredicate<String, JsonNode> each) {
    new StreamReading(this, position).read(each);
  }

  HttpRequest.Builder request(String path) {
    Where where = where();
    try {
      return HttpRequest.newBuilder(where.url().resolve(written(path)))
          .header("authorization", "Bearer " + where.token());
    } catch (IllegalArgumentException e) {
      // Its message may show the token.
      throw new Failure(
          Exit.USAGE,
          "The console cannot be asked: expected an address such as https://drover.example.com:8480"
              + " and a token of one line, but the address is "
              + where.url());
    }
  }

  /**
   * The path with what no address may hold, such as a blank in a name, written as it must be. What
   * stands behind a {@code ?} was written by {@link #value} and is left so.
   */
  static String written(String path) {
    var written = new StringBuilder();
    boolean query = false;
    for (byte each : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (each & 0xff);
      query |= c == '?';
      if (c > 0x20 && c < 0x7f && ("\"<>\\^`{|}[]".indexOf(c) < 0) && (c != '%' || query)) {
        written.append(c);
      } else {
        written.append('%').append(HexFormat.of().withUpperCase().toHexDigits(each));
      }
    }
    return written.toString();
  }

  /** Address, token, and whom to trust there if it is not one of the JDK's authorities. */
  private record Where(URI url, String token, @Nullable Path ca) {}

  private Where where() {
    URI url = server;
    String token = this.token == null ? System.getenv("DROVER_TOKEN") : this.token;
    Path trusted = ca;
    String named = System.getenv("DROVER_CA");
    if (trusted == null && named != null && !named.isBlank()) {
      trusted = Path.of(named);
    }
    try {
      if (tokenFile != null) {
        token = Files.readString(tokenFile).strip();
      }
      Path local = localConsole(Path.of(System.getProperty("user.home"), ".drover"));
      if ((url == null || token == null) && Files.exists(local)) {
        JsonNode said = Json.mapper().readTree(Files.readAllBytes(local));
        URI here = URI.create(said.path("url").asText());
        // Nobody else is told the token of the console that runs here.
        if (url == null || url.equals(here)) {
          url = here;
          token = token == null ? said.path("token").asText() : token;
          trusted = trusted == null && said.has("ca") ? Path.of(said.path("ca").asText()) : trusted;
        }
      }
    } catch (IOException e) {
      throw new Failure(Exit.CONFIGURATION, "The token cannot be read: " + e.getMessage());
    }
    if (url != null && token == null) {
      throw new Failure(
          Exit.CONFIGURATION,
          "No token is known for " + url + ": give it by --token-file, or in DROVER_TOKEN.");
    }
    if (url == null || token == null) {
      throw new Failure(
          Exit.CONFIGURATION,
          "No console is known here: start one with 'drover up', or name it by --server and"
              + " --token-file.");
    }
    return new Where(url, token, trusted);
  }

  private JsonNode send(HttpRequest request) {
    try {
      return Json.mapper().readTree(bytes(request));
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private byte[] bytes(HttpRequest request) {
    return answer(request).body();
  }

  private HttpResponse<byte[]> answer(HttpRequest request) {
    try {
      HttpResponse<byte[]> response =
          client().send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() >= 300) {
        throw failure(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
      }
      response.headers().firstValue(TROUBLE).ifPresent(this::tell);
      return response;
    } catch (IOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Exit.UNREACHABLE, "Interrupted.");
    }
  }

  /** Tells once what the console says of the age of what it shows. */
  private synchronized void tell(String trouble) {
    if (!trouble.equals(told)) {
      told = trouble;
      System.err.println("drover: " + trouble);
    }
  }

  Failure unreachable(IOException e) {
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    URI url = where().url();
    String remedy =
        switch (e) {
          case SSLHandshakeException refused ->
              "): name the authority that signed its certificate by --ca or DROVER_CA, and it by a"
                  + " name that its certificate has";
          case SSLException noTls -> "): does its address begin with http:// instead?";
          case ConnectException nobody -> "): is 'drover up' running?";
          default ->
              url.getScheme().equals("http")
                  ? "): is 'drover up' running, and if it has a certificate, does its address begin"
                      + " with https://?"
                  : "): is 'drover up' running?";
        };
    return new Failure(
        Exit.UNREACHABLE, "The console at " + url + " cannot be reached (" + why + remedy);
  }

  static Failure failure(int status, String body) {
    String message = body;
    try {
      message = Json.mapper().readTree(body).path("message").asText(body);
    } catch (IOException e) {
      // Not ours: the body itself is the message.
    }
    return new Failure(
        switch (status) {
          case 400, 413 -> Exit.USAGE;
          case 401, 403, 421 -> Exit.CONFIGURATION;
          case 404, 409, 429 -> Exit.REFUSED;
          case 500 -> Exit.BUG;
          default -> Exit.UNREACHABLE;
        },
        Output.clean(message));
  }
}
