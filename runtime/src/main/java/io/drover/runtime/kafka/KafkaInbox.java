// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.Codec;
import io.drover.runtime.Inbox;
import io.drover.runtime.Outgoing;
import io.drover.runtime.Partitions;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.Message;
import io.drover.schemas.Topics;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The inboxes on Kafka, one idempotent producer for the process. */
public final class KafkaInbox implements Inbox, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaInbox.class);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final KafkaProducer<String, byte[]> producer;
  private final int partitions;
  private final KafkaDiagnosis diagnosis;
  private volatile boolean closed;

  public KafkaInbox(KafkaSettings settings) {
    this.producer = new KafkaClients(settings).idempotent();
    this.partitions = settings.partitions();
    this.diagnosis = new KafkaDiagnosis(settings);
  }

  @Override
  public void append(Brain to, String key, Map<String, String> headers, byte @Nullable [] value)
      throws InterruptedException {
    Duration pause = Duration.ofMillis(100);
    while (true) {
      try {
        send(to.inbox(), key, headers, value).get();
        return;
      } catch (ExecutionException | KafkaException e) {
        Throwable cause =
            e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        tooLarge(cause);
        if (closed) {
          throw new InterruptedException("closed");
        }
        LOG.warn(
            "The inbox does not take a record, trying again topic={} key={} reason={}",
            to.inbox(),
            key,
            cause.getClass().getSimpleName());
        Thread.sleep(pause);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
                ? LONGEST_PAUSE
                : pause.multipliedBy(2);
      } catch (IllegalStateException e) {
        // The producer was closed under us: this process is on its way out.
        throw new InterruptedException("closed");
      }
    }
  }

  /**
   * Appends once and waits for the answer.
   *
   * @return where it is, {@code topic-partition-offset}
   * @throws KafkaSetupException if the broker does not take it within {@code patience}; it may
   *     still have taken it
   */
  String appendOnce(
      String topic,
      String key,
      Map<String, String> headers,
      byte @Nullable [] value,
      Duration patience)
      throws InterruptedException {
    try {
      RecordMetadata at =
          send(topic, key, headers, value).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return at.topic() + "-" + at.partition() + "-" + at.offset();
    } catch (ExecutionException | KafkaException e) {
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      tooLarge(cause);
      throw new KafkaSetupException(
          "Kafka did not take the record for %s. %s".formatted(topic, diagnosis.sentence(cause)),
          cause);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new KafkaSetupException(
          "Kafka did not answer within %s: see that the brokers are up; the record for %s may have been"
                  .formatted(patience, topic)
              + " taken all the same",
          e);
    }
  }

  /** Publishes how far a disk is, without waiting; it may be lost. Key: the VM. */
  public void progress(DiskProgress progress) {
    try {
      var unused =
          send(
              Topics.PROGRESS,
              progress.vm().toString(),
              Map.of("content-type", "application/json"),
              Json.write(progress));
    } catch (KafkaException | IllegalStateException e) {
      LOG.debug("Progress was lost reason={}", e.getClass().getSimpleName());
    }
  }

  /** Tells a brain something that may be lost, without waiting. */
  public void mention(Brain to, String key, Message message, Actor by) {
    try {
      var unused = send(to.inbox(), key, Map.of(), Codec.told(message, by));
    } catch (KafkaException | IllegalStateException e) {
      LOG.debug("A mention was lost reason={}", e.getClass().getSimpleName());
    }
  }

  private Future<RecordMetadata> send(
      String topic, String key, Map<String, String> headers, byte @Nullable [] value) {
    return producer.send(
        KafkaPartitionLog.record(
            new Outgoing(topic, Partitions.of(key, partitions), key, headers, value)));
  }

  private static void tooLarge(Throwable cause) {
    if (cause instanceof RecordTooLargeException) {
      throw new IllegalArgumentException(
          "Expected a record of at most "
              + (KafkaClients.MAX_BYTES >> 20)
              + " MiB, but it is larger: "
              + cause.getMessage(),
          cause);
    }
  }

  @Override
  public void close() {
    closed = true;
    producer.close(Duration.ofSeconds(5));
  }
}
