// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Upload tokens as CDI hands them out: signed, good for one claim and for five minutes, looked at
 * only when an upload starts. JWT with HMAC-SHA-256 (CDI signs with RSA; a client cannot tell).
 */
public final class UploadTokens {

  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

  private final byte[] secret = new byte[32];
  private final Duration life;
  private final Clock clock;

  /** Tokens with a fresh signing key. */
  public UploadTokens(Duration life, Clock clock) {
    this.life = life;
    this.clock = clock;
    new SecureRandom().nextBytes(secret);
  }

  /** A token for uploading into one claim. */
  public String issue(Key claim) {
    long now = clock.instant().getEpochSecond();
    var payload = Doc.object();
    payload.put("iss", "cdi-apiserver");
    payload.put("iat", now).put("nbf", now).put("exp", now + life.toSeconds());
    payload.put("operation", "Upload");
    payload.put("namespace", claim.namespace()).put("name", claim.name());
    String body = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + encode(payload.toString());
    return body + "." + URL.encodeToString(sign(body));
  }

  /** The claim that a token is for; empty when it is forged, malformed or too old. */
  public Optional<Key> check(String token) {
    int dot = token.lastIndexOf('.');
    int first = token.indexOf('.');
    if (first <= 0 || dot <= first) {
      return Optional.empty();
    }
    try {
      String body = token.substring(0, dot);
      byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
      if (!MessageDigest.isEqual(signature, sign(body))) {
        return Optional.empty();
      }
      Doc payload =
          Doc.parse(
              new String(
                  Base64.getUrlDecoder().decode(body.substring(first + 1)),
                  StandardCharsets.UTF_8));
      return payload.at("/exp").asLong() < clock.instant().getEpochSecond()
          ? Optional.empty()
          : Optional.of(new Key(payload.text("/namespace"), payload.text("/name")));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String encode(String text) {
    return URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] sign(String body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(body.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  /** Answers a POST of an UploadTokenRequest in a namespace. */
  public Doc answer(String namespace, Doc sent) {
    Doc request = sent.copy();
    request.obj("metadata").put("namespace", namespace);
    request.obj("metadata").put("creationTimestamp", Doc.now());
    request.status().put("token", issue(new Key(namespace, request.text("/spec/pvcName"))));
    return request;
  }
}
