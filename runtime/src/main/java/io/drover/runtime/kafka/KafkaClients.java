// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Builds Kafka clients with the settings that the loop's safety and latency rest on. */
final class KafkaClients {
  /** Largest record: a wave with some thousand migrations fits. Topics are made to take it. */
  static final int MAX_BYTES = 8 * 1024 * 1024;

  /** How long a producer or a commit is waited for before it is asked again. */
  static final Duration BLOCK = Duration.ofSeconds(5);

  /** After so long without a word the coordinator ends a transaction by itself. */
  private static final Duration TRANSACTION = Duration.ofSeconds(15);

  private final KafkaSettings settings;

  KafkaClients(KafkaSettings settings) {
    this.settings = settings;
  }

  /** What is wrong when one of the clients fails. */
  KafkaDiagnosis diagnosis() {
    return new KafkaDiagnosis(settings);
  }

  Admin admin() {
    Map<String, Object> p = common();
    p.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
    p.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "20000");
    return Admin.create(passed(p));
  }

  /** The producer of one owned partition. */
  KafkaProducer<String, byte[]> transactional(String transactionalId) {
    Map<String, Object> p = producer();
    p.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    p.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(TRANSACTION.toMillis()));
    // A new transaction right behind the last one is told to come back: at once, not in 100 ms.
    p.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, "2");
    return new KafkaProducer<>(passed(p), new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * How long a commit of unknown outcome is asked again before the partition is read anew: twice
   * what the coordinator waits, so that the transaction is over by then, one way or the other.
   */
  Duration commitPatience() {
    String passed = settings.clients().get(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG);
    return (passed == null ? TRANSACTION : Duration.ofMillis(Long.parseLong(passed)))
        .multipliedBy(2);
  }

  /** A producer for inboxes: no record twice, none lost, in order. */
  KafkaProducer<String, byte[]> idempotent() {
    return new KafkaProducer<>(
        passed(producer()), new StringSerializer(), new ByteArraySerializer());
  }

  /** The consumer of a brain's inbox, member of its group. */
  KafkaConsumer<String, byte[]> member(String group, String clientId) {
    Map<String, Object> p = consumer();
    long session = settings.session().toMillis();
    p.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    p.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    p.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
    p.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    p.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Long.toString(session));
    p.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, Long.toString(session / 4));
    p.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "500");
    return new KafkaConsumer<>(passed(p), new StringDeserializer(), new ByteArrayDeserializer());
  }

  /** A consumer of no group, for reading a partition from a given place. */
  KafkaConsumer<String, byte[]> reader() {
    Map<String, Object> p = consumer();
    p.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000");
    return new KafkaConsumer<>(passed(p), new StringDeserializer(), new ByteArrayDeserializer());
  }

  /** A consumer of no group that sees the ends of partitions behind open transactions. */
  KafkaConsumer<String, byte[]> uncommitted() {
    Map<String, Object> p = consumer();
    p.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    return new KafkaConsumer<>(passed(p), new StringDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> consumer() {
    Map<String, Object> p = common();
    p.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    p.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    p.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    p.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
    p.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "15000");
    p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Integer.toString(MAX_BYTES));
    return p;
  }

  private Map<String, Object> producer() {
    Map<String, Object> p = common();
    p.put(ProducerConfig.ACKS_CONFIG, "all");
    p.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    p.put(ProducerConfig.LINGER_MS_CONFIG, "0");
    p.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
    p.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Long.toString(BLOCK.toMillis()));
    p.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "5000");
    p.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "20000");
    p.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(MAX_BYTES));
    p.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Integer.toString(2 * MAX_BYTES));
    return p;
  }

  /** What the user passes through goes over all of ours. */
  private Map<String, Object> passed(Map<String, Object> p) {
    p.putAll(settings.clients());
    return p;
  }

  private Map<String, Object> common() {
    var p = new HashMap<String, Object>();
    p.put("bootstrap.servers", settings.bootstrap());
    p.put("reconnect.backoff.ms", "50");
    p.put("reconnect.backoff.max.ms", "1000");
    p.put("retry.backoff.max.ms", "1000");
    p.put("enable.metrics.push", "false");
    p.putAll(settings.security().properties());
    return p;
  }
}
