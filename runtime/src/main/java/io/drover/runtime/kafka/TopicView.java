// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.config.SettingsException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads topics from their beginning and follows them, for read models and views. Only committed
 * records; order holds per partition; a lost connection is waited out.
 */
public final class TopicView implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicView.class);
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaClients clients;
  private final List<String> topics;
  private final Reader reader;
  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private final CountDownLatch settled = new CountDownLatch(1);
  private final Complaint complaint = new Complaint(LOG);
  private final Thread thread;
  private volatile long heard = System.nanoTime();
  private volatile boolean closed;
  private volatile @Nullable KafkaSetupException refused;
  private volatile @Nullable KafkaConsumer<String, byte[]> consumer;

  /**
   * A record as read.
   *
   * @param value null is a tombstone
   */
  public record Seen(
      String topic,
      int partition,
      long offset,
      Instant at,
      @Nullable String key,
      Map<String, String> headers,
      byte @Nullable [] value) {}

  /** Hears every record, on one thread. What it throws is logged; the record is not read again. */
  @FunctionalInterface
  public interface Reader {
    void read(Seen record);

    /** Called once, when all that was there at the start has been read. */
    default void caughtUp() {}
  }

  private TopicView(KafkaSettings settings, Collection<String> topics, Reader reader) {
    this.clients = new KafkaClients(settings);
    this.topics = List.copyOf(topics);
    this.reader = reader;
    this.thread =
        Thread.ofPlatform().name("view-" + String.join(",", topics)).daemon().unstarted(this::run);
  }

  /** Begins to read. */
  public static TopicView follow(KafkaSettings settings, Collection<String> topics, Reader reader) {
    var view = new TopicView(settings, topics, reader);
    view.thread.start();
    return view;
  }

  /**
   * Waits until all that was there at the start has been read; says whether it has.
   *
   * @throws KafkaSetupException if Kafka does not let us in or does not let us read: waiting would
   *     not help
   */
  public boolean awaitCaughtUp(Duration patience) throws InterruptedException {
    boolean came = settled.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    KafkaSetupException no = refused;
    if (no != null && !caughtUp()) {
      throw new KafkaSetupException(String.valueOf(no.getMessage()), no);
    }
    return came;
  }

  /** Whether all that was there at the start has been read. */
  public boolean caughtUp() {
    return caughtUp.getCount() == 0;
  }

  /**
   * For how long no broker has answered, counted from the start where none ever did. Brokers that
   * are well answer twice a second, also when there is nothing new.
   */
  public Duration silence() {
    return Duration.ofNanos(System.nanoTime() - heard);
  }

  private void run() {
    var positions = new HashMap<TopicPartition, Long>();
    Map<TopicPartition, Long> ends = null;
    while (!closed) {
      try (KafkaConsumer<String, byte[]> c = clients.reader()) {
        consumer = c;
        List<TopicPartition> partitions = partitions(c);
        if (partitions.isEmpty()) {
          Thread.sleep(200);
          continue;
        }
        c.assign(partitions);
        Map<TopicPartition, Long> begin = c.beginningOffsets(partitions);
        if (ends == null) {
          ends = c.endOffsets(partitions);
        }
        for (TopicPartition p : partitions) {
          c.seek(p, Math.max(positions.getOrDefault(p, 0L), begin.getOrDefault(p, 0L)));
        }
        follow(c, partitions, positions, ends);
      } catch (WakeupException e) {
        // Closing.
      } catch (OffsetOutOfRangeException e) {
        // Retention went past us: begin where the topic begins now.
        e.offsetOutOfRangePartitions().keySet().forEach(positions::remove);
      } catch (AuthenticationException | AuthorizationException | SettingsException e) {
        refused = new KafkaSetupException(clients.diagnosis().sentence(e), e);
        settled.countDown();
        trouble(e);
      } catch (RuntimeException e) {
        trouble(e);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private List<TopicPartition> partitions(KafkaConsumer<String, byte[]> c) {
    var all = new ArrayList<TopicPartition>();
    for (String topic : topics) {
      var found = c.partitionsFor(topic);
      if (found == null || found.isEmpty()) {
        return List.of();
      }
      found.forEach(info -> all.add(new TopicPartition(topic, info.partition())));
    }
    return all;
  }

  private void follow(
      KafkaConsumer<String, byte[]> c,
      List<TopicPartition> partitions,
      Map<TopicPartition, Long> positions,
      Map<TopicPartition, Long> ends) {
    Metric answers = answers(c);
    double before = 0;
    while (!closed) {
      if (!caughtUp()
          && partitions.stream().allMatch(p -> c.position(p) >= ends.getOrDefault(p, 0L))) {
        caughtUp.countDown();
        settled.countDown();
        guarded(reader::caughtUp);
      }
      for (var record : c.poll(POLL)) {
        guarded(() ->
            reader.read(
                new Seen(
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    Instant.ofEpochMilli(record.timestamp()),
                    record.key(),
                    KafkaPartitionLog.headers(record),
                    record.value())));
        positions.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
      }
      if (answers.metricValue() instanceof Double now && now > before) {
        before = now;
        heard = System.nanoTime();
      }
    }
  }

  /** How many answers to its fetches a consumer had: a poll that brings nothing hides them. */
  private static Metric answers(KafkaConsumer<?, ?> c) {
    return c.metrics().values().stream()
        .filter(metric ->
            metric.metricName().name().equals("fetch-total")
                && metric.metricName().group().equals("consumer-fetch-manager-metrics"))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("Kafka's consumer does not count fetches"));
  }

  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      LOG.error("A view's reader failed topic={}", topics, e);
    }
  }

  private void trouble(RuntimeException e) {
    complaint.say(
        "A view cannot read, trying again topic=%s reason=%s"
            .formatted(topics, clients.diagnosis().sentence(e)));
    pause();
  }

  private void pause() {
    try {
      Thread.sleep(500);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    KafkaConsumer<String, byte[]> c = consumer;
    if (c != null) {
      c.wakeup();
    }
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
