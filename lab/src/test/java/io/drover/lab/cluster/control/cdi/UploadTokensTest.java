// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.cluster.control.kube.Key;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Upload tokens: good for one claim, for five minutes, and only as they were signed. */
class UploadTokensTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final Clock clock = Clock.systemUTC();

  @Test
  void aTokenNamesItsClaim() {
    // Given
    UploadTokens tokens = new UploadTokens(Duration.ofMinutes(5), clock);

    // When
    String token = tokens.issue(new Key("shop", "disk"));

    // Then
    assertThat(tokens.check(token)).contains(new Key("shop", "disk"));
    assertThat(tokens.check(token.substring(0, token.length() - 2))).isEmpty();
    assertThat(tokens.check("nonsense")).isEmpty();
    assertThat(new UploadTokens(Duration.ofMinutes(5), clock).check(token)).isEmpty();
  }

  @Test
  void aTokenEndsAfterItsLife() {
    // Given
    Clock moving =
        new Clock() {
          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now.get();
          }
        };
    UploadTokens tokens = new UploadTokens(Duration.ofMinutes(5), moving);
    String token = tokens.issue(new Key("shop", "disk"));

    // When
    now.set(START.plus(Duration.ofMinutes(5)).plusSeconds(1));

    // Then
    assertThat(tokens.check(token)).isEmpty();
  }
}
