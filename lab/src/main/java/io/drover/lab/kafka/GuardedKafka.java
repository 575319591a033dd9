// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import io.drover.lab.cluster.api.LabAuthority;
import io.drover.lab.cluster.api.LabCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A broker with the listeners that Strimzi's users have, each guarded in its own way, and an
 * authorizer that allows nobody anything but what ACLs grant. Also listeners with what goes wrong:
 * an expired certificate, one for another host.
 */
public final class GuardedKafka implements AutoCloseable {
  /** The name of the certificate, the SCRAM user and the OAuth client that may come in. */
  public static final String USER = "drover";

  private static final String OAUTH = "org.apache.kafka.common.security.oauthbearer.OAuthBearer";
  private static final String URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

  private final Map<Door, Integer> ports;
  private final int inner;
  private final LabTokens tokens;
  private final EmbeddedKafka kafka;

  /** A listener. */
  public enum Door {
    /** TLS; whoever comes is nobody. */
    TLS("SSL"),
    /** TLS with certificates of both. */
    MTLS("SSL"),
    /** SCRAM-SHA-512 over TLS. */
    SCRAM("SASL_SSL"),
    /** OAUTHBEARER over TLS. */
    OAUTH("SASL_SSL"),
    /** TLS with a certificate that has expired. */
    EXPIRED("SSL"),
    /** TLS with a certificate for another host. */
    ELSEWHERE("SSL");

    private final String protocol;

    Door(String protocol) {
      this.protocol = protocol;
    }
  }

  private GuardedKafka(Map<Door, Integer> ports, int inner, LabTokens tokens, EmbeddedKafka kafka) {
    this.ports = ports;
    this.inner = inner;
    this.tokens = tokens;
    this.kafka = kafka;
  }

  /**
   * Starts it.
   *
   * @param authority who signed the certificates of servers and clients
   * @param password of {@link #USER}, for SCRAM
   * @param secret of the OAuth client {@link #USER}
   */
  public static GuardedKafka start(
      Path directory, LabAuthority authority, String password, String secret) throws IOException {
    Files.createDirectories(directory);
    Path trusted = Files.writeString(directory.resolve("ca.pem"), authority.pem());
    var tokens = new LabTokens(authority, Map.of(USER, secret));
    try {
      var ports = new EnumMap<Door, Integer>(Door.class);
      for (Door door : Door.values()) {
        ports.put(door, EmbeddedKafka.freePort());
      }
      int inner = EmbeddedKafka.freePort();
      int controller = EmbeddedKafka.freePort();
      var s = new LinkedHashMap<String, String>();
      s.put("listeners", listeners(ports, inner) + ",CONTROLLER://localhost:" + controller);
      s.put("advertised.listeners", listeners(ports, inner));
      s.put("controller.quorum.voters", "1@localhost:" + controller);
      s.put(
          "listener.security.protocol.map",
          ports.keySet().stream()
              .map(door -> door.name() + ":" + door.protocol + ",")
              .collect(Collectors.joining("", "", "INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT")));
      s.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
      // The broker itself, and the tests' own clients, come without a name.
      s.put("super.users", "User:ANONYMOUS");
      s.put("format.scram", "SCRAM-SHA-512=[name=%s,password=%s]".formatted(USER, password));
      certificates(s, authority);
      s.put("listener.name.mtls.ssl.client.auth", "required");
      s.put("listener.name.mtls.ssl.truststore.type", "PEM");
      s.put("listener.name.mtls.ssl.truststore.certificates", authority.pem());
      s.put("listener.name.scram.sasl.enabled.mechanisms", "SCRAM-SHA-512");
      s.put(
          "listener.name.scram.scram-sha-512.sasl.jaas.config",
          "org.apache.kafka.common.security.scram.ScramLoginModule required;");
      oauth(s, tokens, trusted);
      // The port that EmbeddedKafka is told is unused: all listeners are named above.
      return new GuardedKafka(
          ports, inner, tokens, EmbeddedKafka.start(directory.resolve("log"), inner, s));
    } catch (IOException | RuntimeException e) {
      tokens.close();
      throw e;
    }
  }

  private static String listeners(Map<Door, Integer> ports, int inner) {
    return ports.entrySet().stream()
        .map(door -> door.getKey() + "://localhost:" + door.getValue() + ",")
        .collect(Collectors.joining("", "", "INTERNAL://localhost:" + inner));
  }

  private static void certificates(Map<String, String> s, LabAuthority authority) {
    Instant now = Instant.now();
    Instant yesterday = now.minus(Duration.ofDays(1));
    for (Door door : Door.values()) {
      LabCertificates own =
          switch (door) {
            case TLS, MTLS, SCRAM, OAUTH ->
                authority.server("localhost", yesterday, now.plus(Duration.ofDays(1)));
            case EXPIRED ->
                authority.server("localhost", now.minus(Duration.ofDays(30)), yesterday);
            case ELSEWHERE ->
                authority.server("kafka.example.com", yesterday, now.plus(Duration.ofDays(1)));
          };
      String prefix = "listener.name." + door.name().toLowerCase(Locale.ROOT) + ".ssl.keystore.";
      s.put(prefix + "type", "PEM");
      s.put(prefix + "certificate.chain", own.certificatePem());
      s.put(prefix + "key", own.keyPem());
    }
  }

  private static void oauth(Map<String, String> s, LabTokens tokens, Path trusted) {
    String known = System.getProperty(URLS, "");
    System.setProperty(URLS, (known.isEmpty() ? "" : known + ",") + tokens.keysEndpoint());
    String prefix = "listener.name.oauth.";
    s.put(prefix + "sasl.enabled.mechanisms", "OAUTHBEARER");
    prefix += "oauthbearer.";
    s.put(prefix + "sasl.server.callback.handler.class", OAUTH + "ValidatorCallbackHandler");
    s.put(
        prefix + "sasl.jaas.config",
        OAUTH
            + "LoginModule required unsecuredLoginStringClaim_sub=broker ssl.truststore.type=PEM ssl.truststore.location=\"%s\";"
                .formatted(trusted));
    s.put(prefix + "sasl.oauthbearer.jwks.endpoint.url", tokens.keysEndpoint());
    s.put(prefix + "sasl.oauthbearer.expected.audience", LabTokens.AUDIENCE);
    s.put(prefix + "sasl.oauthbearer.expected.issuer", tokens.issuer());
  }

  /** host:port of a listener. */
  public String bootstrap(Door door) {
    return "localhost:" + ports.get(door);
  }

  /** host:port of the listener that guards nothing and allows everything: for the tests' eyes. */
  public String inside() {
    return "localhost:" + inner;
  }

  /** Where its OAuth clients get their tokens. */
  public LabTokens tokens() {
    return tokens;
  }

  @Override
  public void close() {
    kafka.close();
    tokens.close();
  }
}
