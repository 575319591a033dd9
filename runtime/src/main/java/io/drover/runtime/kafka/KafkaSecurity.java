// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.config.Secret;
import io.drover.runtime.config.SettingsException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the connections to Kafka are protected, in the words of a Strimzi listener and user. All
 * files are PEM.
 *
 * @param mode plaintext, tls, mtls, scram or oauth
 * @param ca file with the certificates to trust; the JDK's own if missing
 * @param certificate file with the client's certificate chain (mtls)
 * @param key file with the client's PKCS #8 key (mtls)
 * @param username SCRAM user
 * @param password reference to the SCRAM password
 * @param oauth token endpoint and client (oauth)
 */
public record KafkaSecurity(
    Mode mode,
    @Nullable Path ca,
    @Nullable Path certificate,
    @Nullable Path key,
    @Nullable String username,
    @Nullable Secret password,
    @Nullable OAuth oauth) {
  /** No protection: loopback only. */
  public static final KafkaSecurity NONE =
      new KafkaSecurity(Mode.PLAINTEXT, null, null, null, null, null, null);

  /** System property with the token endpoints that Kafka's client may call. */
  private static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

  /** What protects and who is who. */
  public enum Mode {
    /** Nothing. */
    PLAINTEXT,
    /** Server certificate. */
    TLS,
    /** Certificates of both. */
    MTLS,
    /** SASL SCRAM-SHA-512 over TLS. */
    SCRAM,
    /** SASL SCRAM-SHA-512 without TLS: for a lab only. */
    SCRAM_PLAINTEXT,
    /** SASL OAUTHBEARER over TLS, client credentials grant. */
    OAUTH
  }

  /**
   * Client credentials grant of OAuth 2 (RFC 6749, section 4.4).
   *
   * @param tokenEndpoint URL that tokens are asked from
   * @param ca PEM file with the authorities to trust there; the JDK's own if missing
   */
  public record OAuth(
      String tokenEndpoint,
      String clientId,
      Secret clientSecret,
      @Nullable String scope,
      @Nullable Path ca) {
    @SuppressWarnings("ConstantValue")
    public OAuth {
      need(tokenEndpoint, "oauth.tokenEndpoint", Mode.OAUTH);
      need(clientId, "oauth.clientId", Mode.OAUTH);
      need(clientSecret, "oauth.clientSecret", Mode.OAUTH);
    }
  }

  @SuppressWarnings("ConstantValue")
  public KafkaSecurity {
    mode = mode == null ? Mode.PLAINTEXT : mode;
    switch (mode) {
      case PLAINTEXT, TLS -> {}
      case MTLS -> {
        need(certificate, "certificate", mode);
        need(key, "key", mode);
      }
      case SCRAM, SCRAM_PLAINTEXT -> {
        need(username, "username", mode);
        need(password, "password", mode);
      }
      case OAUTH -> {
        need(oauth, "oauth", mode);
      }
    }
  }

  private static <T> T need(@Nullable T value, String name, Mode mode) {
    if (value == null) {
      throw new SettingsException(
          "kafka.security.%s is missing: mode %s needs it"
              .formatted(name, mode.name().toLowerCase(java.util.Locale.ROOT)));
    }
    return value;
  }

  /** The client properties of this. Reads files and secrets. */
  Map<String, String> properties() {
    var p = new LinkedHashMap<String, String>();
    p.put(
        "security.protocol",
        switch (mode) {
          case PLAINTEXT -> "PLAINTEXT";
          case TLS, MTLS -> "SSL";
          case SCRAM, OAUTH -> "SASL_SSL";
          case SCRAM_PLAINTEXT -> "SASL_PLAINTEXT";
        });
    Path trusted = ca;
    if (trusted != null && mode != Mode.PLAINTEXT && mode != Mode.SCRAM_PLAINTEXT) {
      p.put("ssl.truststore.type", "PEM");
      p.put("ssl.truststore.certificates", PemFiles.authorities("kafka.security.ca", trusted));
    }
    switch (mode) {
      case PLAINTEXT, TLS -> {}
      case MTLS -> {
        p.put("ssl.keystore.type", "PEM");
        p.put(
            "ssl.keystore.certificate.chain",
            PemFiles.chain("kafka.security.certificate", need(certificate, "certificate", mode)));
        p.put("ssl.keystore.key", PemFiles.key("kafka.security.key", need(key, "key", mode)));
      }
      case SCRAM, SCRAM_PLAINTEXT -> {
        p.put("sasl.mechanism", "SCRAM-SHA-512");
        p.put(
            "sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=%s password=%s;"
                .formatted(
                    quoted(need(username, "username", mode)),
                    quoted(need(password, "password", mode).read())));
      }
      case OAUTH -> {
        OAuth client = need(oauth, "oauth", mode);
        allow(client.tokenEndpoint());
        p.put("sasl.mechanism", "OAUTHBEARER");
        p.put(
            "sasl.login.callback.handler.class",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler");
        p.put("sasl.oauthbearer.token.endpoint.url", client.tokenEndpoint());
        // The endpoint may be slow, but a wrong one is to be named within seconds.
        p.put("sasl.login.connect.timeout.ms", "5000");
        p.put("sasl.login.read.timeout.ms", "5000");
        p.put("sasl.login.retry.backoff.max.ms", "2000");
        p.put("sasl.oauthbearer.client.credentials.client.id", client.clientId());
        p.put("sasl.oauthbearer.client.credentials.client.secret", client.clientSecret().read());
        String scope = client.scope();
        if (scope != null) {
          p.put("sasl.oauthbearer.scope", scope);
        }
        p.put("sasl.jaas.config", login(client.ca()));
      }
    }
    return p;
  }

  /** Whom to trust at the token endpoint can be said to Kafka's client here only. */
  private static String login(@Nullable Path authorities) {
    String module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";
    if (authorities == null) {
      return module + ";";
    }
    String unused = PemFiles.authorities("kafka.security.oauth.ca", authorities);
    return module
        + " ssl.truststore.type=PEM ssl.truststore.location="
        + quoted(authorities.toString())
        + ";";
  }

  private static synchronized void allow(String url) {
    String allowed = System.getProperty(ALLOWED_URLS, "");
    if (!java.util.List.of(allowed.split(",")).contains(url)) {
      System.setProperty(ALLOWED_URLS, allowed.isEmpty() ? url : allowed + "," + url);
    }
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
