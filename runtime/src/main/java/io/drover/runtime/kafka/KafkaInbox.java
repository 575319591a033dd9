// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.Codec;
import io.drover.runtime.Inbox;
import io.drover.runtime.Outgoing;
import io.drover.runtime.Partitions;
import io.drover.runtime.config.SettingsException;
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
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The inboxes on Kafka, one idempotent producer at a time for the process. */
public final class KafkaInbox implements Inbox, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaInbox.class);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private volatile KafkaProducer<String, byte[]> producer;
  private final int partitions;
  private final KafkaDiagnosis diagnosis;
  private volatile boolean closed;

  public KafkaInbox(KafkaSettings settings) {
    this.clients = new KafkaClients(settings);
    this.producer = clients.idempotent();
    this.partitions = settings.partitions();
    this.diagnosis = clients.diagnosis();
  }

  @Override
  public void append(Brain to, String key, Map<String, String> headers, byte @Nullable [] value)
      throws InterruptedException {
    var complaint = new Complaint(LOG);
    Duration pause = Duration.ofMillis(100);
    while (true) {
      KafkaProducer<String, byte[]> through = producer;
      try {
        send(through, to.inbox(), key, headers, value).get();
        return;
      } catch (ExecutionException | KafkaException e) {
        Throwable cause =
            e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        tooLarge(cause);
        if (closed) {
          throw new InterruptedException("closed");
        }
        complaint.say(
            "The inbox does not take a record, trying again topic=%s key=%s reason=%s"
                .formatted(to.inbox(), key, cause.getClass().getSimpleName()));
        renew(through, cause);
        Thread.sleep(pause);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
                ? LONGEST_PAUSE
                : pause.multipliedBy(2);
      } catch (IllegalStateException e) {
        // The producer was closed under us: another one took its place, or the process ends.
        if (closed) {
          throw new InterruptedException("closed");
        }
        Thread.sleep(pause);
      }
    }
  }

  /**
   * Puts another producer in the place of one that failed. A producer that was refused when it
   * first asked for its id never asks again, and each record waits in it until its time is over.
   */
  private synchronized void renew(KafkaProducer<String, byte[]> failed, Throwable cause) {
    boolean itself =
        cause instanceof AuthenticationException
            || cause instanceof TimeoutException
            || cause.getClass() == KafkaException.class;
    if (closed || !itself || producer != failed) {
      return;
    }
    try {
      producer = clients.idempotent();
    } catch (KafkaException | SettingsException e) {
      LOG.warn("No new producer for the inbox reason={}", e.getClass().getSimpleName());
      return;
    }
    failed.close(Duration.ZERO);
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
    KafkaProducer<String, byte[]> through = producer;
    try {
      RecordMetadata at =
          send(through, topic, key, headers, value).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return at.topic() + "-" + at.partition() + "-" + at.offset();
    } catch (ExecutionException | KafkaException e) {
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      tooLarge(cause);
      renew(through, cause);
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
              producer,
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
      var unused = send(producer, to.inbox(), key, Map.of(), Codec.told(message, by));
    } catch (KafkaException | IllegalStateException e) {
      LOG.debug("A mention was lost reason={}", e.getClass().getSimpleName());
    }
  }

  private Future<RecordMetadata> send(
      KafkaProducer<String, byte[]> through,
      String topic,
      String key,
      Map<String, String> headers,
      byte @Nullable [] value) {
    return through.send(
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
  public synchronized void close() {
    closed = true;
    producer.close(Duration.ofSeconds(5));
  }
}
