// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.config.SettingsException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How to reach Kafka, and how the topics are laid out. Missing components get the defaults named
 * here.
 *
 * @param bootstrap host:port of one or more brokers, with commas
 * @param security plaintext if missing
 * @param partitions partition count of every topic, fixed for life (default 8)
 * @param replication replicas of every topic (default 1; 3 in production)
 * @param prefix prefix of group and transactional ids, when two installations share a cluster's
 *     ACLs (default {@code drover})
 * @param session how long a silent instance stays the owner (default 6s)
 * @param clients settings of the Kafka clients that are passed through as they are, for what this
 *     record does not know
 */
public record KafkaSettings(
    String bootstrap,
    KafkaSecurity security,
    int partitions,
    int replication,
    String prefix,
    Duration session,
    Map<String, String> clients) {
  /** Keys of Kafka's clients that cannot be passed through, and the key of ours to use instead. */
  private static final Map<String, String> OURS =
      Map.ofEntries(
          Map.entry("bootstrap.servers", "kafka.bootstrap"),
          Map.entry("acks", ""),
          Map.entry("enable.idempotence", ""),
          Map.entry("transactional.id", "kafka.prefix"),
          Map.entry("transaction.two.phase.commit.enable", ""),
          Map.entry("max.in.flight.requests.per.connection", ""),
          Map.entry("max.request.size", ""),
          Map.entry("key.serializer", ""),
          Map.entry("value.serializer", ""),
          Map.entry("key.deserializer", ""),
          Map.entry("value.deserializer", ""),
          Map.entry("isolation.level", ""),
          Map.entry("enable.auto.commit", ""),
          Map.entry("auto.offset.reset", ""),
          Map.entry("allow.auto.create.topics", ""),
          Map.entry("group.id", "kafka.prefix"),
          Map.entry("group.instance.id", ""),
          Map.entry("group.protocol", ""),
          Map.entry("partition.assignment.strategy", ""),
          Map.entry("session.timeout.ms", "kafka.session"),
          Map.entry("heartbeat.interval.ms", "kafka.session"));

  @SuppressWarnings("ConstantValue")
  public KafkaSettings(
      @Nullable String bootstrap,
      @Nullable KafkaSecurity security,
      int partitions,
      int replication,
      @Nullable String prefix,
      @Nullable Duration session,
      @Nullable Map<String, String> clients) {
    if (bootstrap == null || bootstrap.isBlank()) {
      throw new SettingsException(
          "kafka.bootstrap is missing: name at least one broker, for example kafka:9092");
    }
    if (partitions < 0 || replication < 0) {
      throw new SettingsException("kafka.partitions and kafka.replication are at least 1");
    }
    this.bootstrap = bootstrap;
    this.security = security == null ? KafkaSecurity.NONE : security;
    this.partitions = partitions == 0 ? 8 : partitions;
    this.replication = replication == 0 ? 1 : replication;
    this.prefix = prefix == null ? "drover" : prefix;
    this.session = session == null ? Duration.ofSeconds(6) : session;
    this.clients = clients == null ? Map.of() : Map.copyOf(clients);
    this.clients.keySet().forEach(KafkaSettings::ours);
    if (this.session.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new SettingsException("kafka.session is at least 1s");
    }
  }

  /** What the loop's safety rests on is not for others to set. */
  private static void ours(String key) {
    String instead = OURS.get(key);
    if (instead != null) {
      throw new SettingsException(
          "kafka.clients: '"
              + key
              + "' cannot be set, because no input may be lost or done twice: "
              + (instead.isEmpty() ? "take it out" : "take it out and set " + instead));
    }
  }

  /** Without the values of what is passed through: they may hold secrets. */
  @Override
  public String toString() {
    return "KafkaSettings[bootstrap=%s, security=%s, partitions=%d, replication=%d, prefix=%s, session=%s, clients=%s]"
        .formatted(
            bootstrap,
            security,
            partitions,
            replication,
            prefix,
            session,
            new TreeSet<>(clients.keySet()));
  }

  /** Plaintext, default layout: for tests and the lab. */
  public static KafkaSettings local(String bootstrap) {
    return new KafkaSettings(bootstrap, null, 0, 0, null, null, null);
  }

  public KafkaSettings withPartitions(int count) {
    return new KafkaSettings(bootstrap, security, count, replication, prefix, session, clients);
  }

  public KafkaSettings withSession(Duration timeout) {
    return new KafkaSettings(
        bootstrap, security, partitions, replication, prefix, timeout, clients);
  }
}
