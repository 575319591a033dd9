// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.KafkaSecurity.Mode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.security.auth.login.LoginException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.IllegalSaslStateException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/**
 * Says in one sentence what keeps us from using Kafka and what to do about it. Kafka's clients wrap
 * the reason five deep, or try for ever and say nothing. No message of theirs is passed on where it
 * could hold a secret.
 */
final class KafkaDiagnosis {
  private static final int CONNECT_MILLIS = 2_000;
  private static final Pattern STATUS = Pattern.compile("response code:? ?([45]\\d\\d)");

  private final KafkaSettings settings;

  KafkaDiagnosis(KafkaSettings settings) {
    this.settings = settings;
  }

  /** The exception for a start that cannot go on. Where nobody answered, tries why. */
  KafkaSetupException exception(Throwable thrown) {
    if (thrown instanceof KafkaSetupException known) {
      return known;
    }
    boolean silent = find(thrown, TimeoutException.class) != null;
    return new KafkaSetupException(silent ? silence() : sentence(thrown), thrown);
  }

  /** What is wrong, by what was thrown alone. */
  String sentence(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      switch (t) {
        case SettingsException wrong -> {
          return String.valueOf(wrong.getMessage());
        }
        case LoginException login -> {
          return token(login);
        }
        case SslAuthenticationException tls -> {
          return tls(tls);
        }
        case UnsupportedSaslMechanismException _ -> {
          return "Kafka's listener at %s does not offer what kafka.security.mode %s needs: use the mode and the port that go together"
              .formatted(settings.bootstrap(), mode());
        }
        case IllegalSaslStateException _ -> {
          return "Kafka's listener at %s does not speak SASL, which kafka.security.mode %s needs: use the mode and the port that go together"
              .formatted(settings.bootstrap(), mode());
        }
        case AuthenticationException _ -> {
          return login();
        }
        case AuthorizationException denied -> {
          return denied(denied);
        }
        case UnsupportedVersionException _ -> {
          return "The brokers at %s are too old: Drover needs Kafka 4.2 or newer"
              .formatted(settings.bootstrap());
        }
        case ConfigException wrong -> {
          return String.valueOf(wrong.getMessage()).contains("bootstrap")
              ? "kafka.bootstrap: no broker of %s can be found: see that it is host:port and that the name resolves from here"
                  .formatted(settings.bootstrap())
              : "Kafka's client does not take its settings: see kafka.clients and kafka.security";
        }
        case TimeoutException _ -> {
          return "Kafka at %s did not answer in time: see that the brokers are up"
              .formatted(settings.bootstrap());
        }
        default -> {}
      }
    }
    return "Kafka at %s cannot be used (%s): see kafka in drover.yaml and the brokers' log"
        .formatted(settings.bootstrap(), thrown.getClass().getSimpleName());
  }

  private String mode() {
    return settings.security().mode().name().toLowerCase(Locale.ROOT);
  }

  private String login() {
    KafkaSecurity security = settings.security();
    return switch (security.mode()) {
      case SCRAM, SCRAM_PLAINTEXT ->
          "Kafka refused to log in '%s': see that kafka.security.username and password are those of a SCRAM-SHA-512 user of this cluster"
              .formatted(security.username());
      case OAUTH ->
          "Kafka refused our token: see that its issuer, audience and scope are what the listener expects, and kafka.security.oauth";
      case PLAINTEXT, TLS, MTLS ->
          "Kafka at %s refused to log us in: its listener wants more than kafka.security.mode %s gives"
              .formatted(settings.bootstrap(), mode());
    };
  }

  private static String denied(AuthorizationException denied) {
    String what =
        switch (denied) {
          case TopicAuthorizationException topics ->
              "topic " + String.join(", ", topics.unauthorizedTopics().stream().sorted().toList());
          case GroupAuthorizationException group -> "READ on group " + group.groupId();
          case TransactionalIdAuthorizationException _ -> "WRITE on the transactional ids";
          default -> "an operation on the cluster";
        };
    return "Kafka does not allow this user %s: grant what docs/kafka.md lists".formatted(what);
  }

  private String tls(SslAuthenticationException thrown) {
    String at = settings.bootstrap();
    if (find(thrown, CertificateExpiredException.class) != null) {
      return "Kafka's certificate at %s has expired: have it renewed, or set this machine's clock right"
          .formatted(at);
    }
    if (find(thrown, CertificateNotYetValidException.class) != null) {
      return "Kafka's certificate at %s is not valid yet: set this machine's clock right"
          .formatted(at);
    }
    var said = new StringBuilder();
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      said.append(t.getMessage()).append('\n');
    }
    String all = said.toString().toLowerCase(Locale.ROOT);
    if (all.contains("subject alternative") || all.contains("no name matching")) {
      return "Kafka's certificate is not for the name in kafka.bootstrap (%s), or not for the names the brokers tell: use names that the certificates hold"
          .formatted(at);
    }
    if (all.contains("pkix") || all.contains("certpath") || all.contains("trust anchor")) {
      return "Kafka's certificate at %s is not signed by %s: put the authority there (in Strimzi: ca.crt of the Secret CLUSTER-cluster-ca-cert)"
          .formatted(
              at,
              settings.security().ca() == null
                  ? "an authority that the JDK knows, and kafka.security.ca is not set"
                  : "an authority in kafka.security.ca (" + settings.security().ca() + ")");
    }
    if (all.contains("unrecognized ssl message") || all.contains("plaintext connection")) {
      return noTls();
    }
    if (settings.security().mode() == Mode.MTLS) {
      return "Kafka at %s refused our certificate: see that kafka.security.certificate is signed by the clients' authority of the cluster and not withdrawn"
          .formatted(at);
    }
    if (all.contains("certificate_required") || all.contains("bad_certificate")) {
      return "Kafka's listener at %s wants a certificate of ours: use kafka.security.mode mtls, or another listener"
          .formatted(at);
    }
    return "The TLS handshake with Kafka at %s failed: see kafka.security.ca, and that kafka.security.mode %s is what the listener speaks"
        .formatted(at, mode());
  }

  private String noTls() {
    return "Kafka's listener at %s does not speak TLS, which kafka.security.mode %s needs: use the mode and the port that go together"
        .formatted(settings.bootstrap(), mode());
  }

  private String token(LoginException login) {
    KafkaSecurity.OAuth oauth = settings.security().oauth();
    if (oauth == null) {
      return login();
    }
    var said = new StringBuilder();
    for (Throwable t = login; t != null; t = t.getCause()) {
      said.append(t.getMessage()).append('\n');
    }
    // The login module's own exception is lost on the way, but its stack is in the message.
    String why;
    var status = STATUS.matcher(said);
    if (said.indexOf("UnknownHostException") >= 0) {
      why = "its name does not resolve: see tokenEndpoint";
    } else if (said.indexOf("ConnectException") >= 0
        || said.indexOf("SocketTimeoutException") >= 0) {
      why = "nothing answers there: see tokenEndpoint and the network";
    } else if (said.indexOf("SSLHandshakeException") >= 0) {
      why = "its certificate is not trusted: put its authority into kafka.security.oauth.ca";
    } else if (status.find()) {
      why = "it answered " + status.group(1) + ": see clientId, clientSecret and scope";
    } else {
      why = "it gave none that can be read: see clientId, clientSecret and scope";
    }
    return "No token from kafka.security.oauth.tokenEndpoint (%s); %s"
        .formatted(oauth.tokenEndpoint(), why);
  }

  /** Nobody answered: which of the reasons it is. Takes a few seconds at most. */
  private String silence() {
    String nobody = "";
    for (String broker : settings.bootstrap().split(",")) {
      int colon = broker.lastIndexOf(':');
      String host = broker.substring(0, Math.max(0, colon)).strip();
      int port;
      try {
        port = Integer.parseInt(broker.substring(colon + 1).strip());
      } catch (NumberFormatException e) {
        return "kafka.bootstrap: expected host:port, but got '%s'".formatted(broker.strip());
      }
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
        return deaf(broker.strip(), host, port);
      } catch (IOException | IllegalArgumentException e) {
        nobody = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      }
    }
    return "Nobody answers at kafka.bootstrap %s (%s): see that Kafka runs there and that the network lets us through"
        .formatted(settings.bootstrap(), nobody);
  }

  /** Somebody takes our connections, but does not answer. */
  private String deaf(String broker, String host, int port) {
    boolean wanted =
        switch (settings.security().mode()) {
          case PLAINTEXT, SCRAM_PLAINTEXT -> false;
          case TLS, MTLS, SCRAM, OAUTH -> true;
        };
    boolean spoken = speaksTls(host, port);
    if (spoken && !wanted) {
      return "Kafka's listener at %s speaks TLS, but kafka.security.mode is %s: set tls, mtls, scram or oauth, as the listener is made"
          .formatted(broker, mode());
    }
    if (wanted && !spoken) {
      return noTls();
    }
    return "%s takes connections but does not answer as Kafka does: see that it is a Kafka listener for kafka.security.mode %s, and that the addresses which the brokers tell (advertised.listeners) can be reached from here"
        .formatted(broker, mode());
  }

  private static boolean speaksTls(String host, int port) {
    try (SSLSocket socket = (SSLSocket) SSLSocketFactory.getDefault().createSocket()) {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setSoTimeout(CONNECT_MILLIS);
      socket.startHandshake();
      return true;
    } catch (SSLException e) {
      // A certificate that we do not trust is one all the same, and only TLS has alerts.
      return find(e, CertificateException.class) != null
          || find(e, CertPathBuilderException.class) != null
          || String.valueOf(e.getMessage()).contains("fatal alert");
    } catch (IOException e) {
      return false;
    }
  }

  private static <T extends Throwable> @Nullable T find(Throwable thrown, Class<T> type) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return type.cast(t);
      }
    }
    return null;
  }
}
