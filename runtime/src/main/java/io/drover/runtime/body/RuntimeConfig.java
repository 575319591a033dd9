// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import io.drover.runtime.kafka.KafkaSettings;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a process of Drover needs to run brains.
 *
 * @param instance name of this process in facts, logs and metrics, new at every start; made up from
 *     the host name if missing
 * @param health where health and metrics are served
 */
public record RuntimeConfig(KafkaSettings kafka, String instance, Health health) {
  /**
   * Address of {@code /livez}, {@code /readyz} and {@code /metrics}.
   *
   * @param host loopback if missing
   * @param port 0 picks a free one; negative serves nothing
   */
  public record Health(String host, int port) {
    @SuppressWarnings("ConstantValue")
    public Health(@Nullable String host, int port) {
      this.host = host == null ? "127.0.0.1" : host;
      this.port = port;
    }
  }

  @SuppressWarnings("ConstantValue")
  public RuntimeConfig(KafkaSettings kafka, @Nullable String instance, @Nullable Health health) {
    this.kafka = kafka;
    this.instance = instance == null ? madeUp() : instance;
    this.health = health == null ? new Health(null, 0) : health;
  }

  /** The host's name, if it says it, and something that no other start has. */
  private static String madeUp() {
    String host = System.getenv("HOSTNAME");
    return (host == null || host.isBlank() ? "drover" : host)
        + "-"
        + UUID.randomUUID().toString().substring(0, 8);
  }
}
