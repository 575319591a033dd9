// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.drover.lab.cluster.api.LabAuthority;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.schemas.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * An OAuth 2 server on loopback with the two ends that Kafka needs: a token endpoint for the client
 * credentials grant (RFC 6749, section 4.4) and the keys that its tokens (RS256 JWT, RFC 7519) are
 * checked by (RFC 7517).
 */
public final class LabTokens implements AutoCloseable {
  /** Who the tokens are for. */
  public static final String AUDIENCE = "kafka";

  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();
  private static final Duration LIFE = Duration.ofMinutes(5);

  private final HttpsServer server;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final KeyPair keys;
  private final Map<String, String> clients;
  private final AtomicInteger given = new AtomicInteger();

  /**
   * Listens on a free port of loopback.
   *
   * @param authority who signs its certificate
   * @param clients secret by client id
   */
  public LabTokens(LabAuthority authority, Map<String, String> clients) throws IOException {
    this.clients = Map.copyOf(clients);
    this.keys = rsa();
    Instant now = Instant.now();
    var certificate =
        authority.server("localhost", now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(1)));
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(certificate)));
    server.createContext("/token", this::token);
    server.createContext("/keys", exchange -> answer(exchange, 200, keySet()));
    server.setExecutor(workers);
    server.start();
  }

  /** Where tokens are given. */
  public String tokenEndpoint() {
    return issuer() + "/token";
  }

  /** Where a broker finds the keys. */
  public String keysEndpoint() {
    return issuer() + "/keys";
  }

  /** Who the tokens say that they are from. */
  public String issuer() {
    return "https://localhost:" + server.getAddress().getPort();
  }

  /** How many tokens were given. */
  public int given() {
    return given.get();
  }

  private void token(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> form =
        Arrays.stream(body.split("&"))
            .map(pair -> pair.split("=", 2))
            .filter(pair -> pair.length == 2)
            .collect(Collectors.toMap(pair -> decoded(pair[0]), pair -> decoded(pair[1])));
    String client = client(exchange.getRequestHeaders().getFirst("Authorization"));
    if (client.isEmpty()) {
      answer(exchange, 401, Map.of("error", "invalid_client"));
    } else if (!"client_credentials".equals(form.get("grant_type"))) {
      answer(exchange, 400, Map.of("error", "unsupported_grant_type"));
    } else {
      given.incrementAndGet();
      answer(
          exchange,
          200,
          Map.of(
              "access_token", signed(client, form.getOrDefault("scope", "")),
              "token_type", "Bearer",
              "expires_in", LIFE.toSeconds()));
    }
  }

  /** The client that the header proves to be; empty if none. */
  private String client(@org.jspecify.annotations.Nullable String header) {
    if (header == null || !header.startsWith("Basic ")) {
      return "";
    }
    String[] pair =
        new String(Base64.getDecoder().decode(header.substring(6)), StandardCharsets.UTF_8)
            .split(":", 2);
    return pair.length == 2 && pair[1].equals(clients.get(pair[0])) ? pair[0] : "";
  }

  private String signed(String client, String scope) throws IOException {
    Instant now = Instant.now();
    String head = part(Map.of("alg", "RS256", "typ", "JWT", "kid", "lab"));
    String claims =
        part(
            Map.of(
                "iss",
                issuer(),
                "aud",
                AUDIENCE,
                "sub",
                client,
                "scope",
                scope,
                "iat",
                now.getEpochSecond(),
                "exp",
                now.plus(LIFE).getEpochSecond()));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update((head + "." + claims).getBytes(StandardCharsets.US_ASCII));
      return head + "." + claims + "." + URL.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static String part(Map<String, Object> claims) {
    return URL.encodeToString(Json.write(claims));
  }

  private Map<String, Object> keySet() {
    var open = (RSAPublicKey) keys.getPublic();
    return Map.of(
        "keys",
        List.of(
            Map.of(
                "kty", "RSA",
                "use", "sig",
                "alg", "RS256",
                "kid", "lab",
                "n", unsigned(open.getModulus()),
                "e", unsigned(open.getPublicExponent()))));
  }

  private static String unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return URL.encodeToString(
        bytes[0] == 0 && bytes.length > 1 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  private static void answer(HttpExchange exchange, int status, Map<String, Object> document)
      throws IOException {
    try (exchange) {
      byte[] body = Json.write(document);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static KeyPair rsa() throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static SSLContext context(LabCertificates own) throws IOException {
    try {
      var chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(
                      own.certificatePem().getBytes(StandardCharsets.US_ASCII)))
              .toArray(Certificate[]::new);
      String key = own.keyPem().replaceAll("-----[^-]+-----", "").replaceAll("\\s", "");
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, new char[0]);
      store.setKeyEntry(
          "lab",
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key))),
          new char[0],
          chain);
      var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    workers.close();
  }
}
