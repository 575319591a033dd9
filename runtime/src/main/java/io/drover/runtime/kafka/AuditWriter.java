// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.AuditChain;
import io.drover.runtime.Outgoing;
import io.drover.runtime.Partitions;
import io.drover.runtime.config.SettingsException;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Topics;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.jspecify.annotations.Nullable;

/**
 * Appends to the audit's chain. One transactional id for all consoles: who begins to write fences
 * the others and reads the end of the chain, so that no two lines ever follow the same one. A
 * console that was fenced does the same when its next line comes. Thread-safe.
 */
public final class AuditWriter implements AutoCloseable {
  private static final int TRIES = 5;

  /**
   * Consoles that write at the same moment fence each other; one that waits longer comes through.
   */
  private static final int FENCED = 40;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final KafkaSettings settings;
  private final KafkaClients clients;
  private @Nullable KafkaProducer<String, byte[]> producer;
  private Head head = Head.NONE;

  /** A line of which nobody knows whether it is written, and where it was found. */
  private @Nullable AuditEntry doubtful;

  private @Nullable AuditEntry standing;

  /** The last line of the chain. */
  private record Head(long number, String digest) {
    static final Head NONE = new Head(0, AuditEntry.BEGINNING);
  }

  public AuditWriter(KafkaSettings settings) {
    this.settings = settings;
    this.clients = new KafkaClients(settings);
  }

  /**
   * Writes a line; its number and what it follows are set here. Returns once Kafka holds it.
   *
   * @return the line as it stands in the chain
   * @throws KafkaSetupException if Kafka does not take it: then nothing may be done that the line
   *     speaks of
   */
  public synchronized AuditEntry write(AuditEntry draft) {
    RuntimeException last = new KafkaException("not tried");
    int fenced = 0;
    for (int failed = 0; failed < TRIES && fenced < FENCED; ) {
      try {
        KafkaProducer<String, byte[]> p = producer();
        AuditEntry entry = draft.chained(head.number() + 1, head.digest());
        byte[] value = Json.write(entry);
        p.beginTransaction();
        var unused =
            p.send(
                KafkaPartitionLog.record(
                    new Outgoing(
                        Topics.AUDIT,
                        Partitions.of(entry.actor().name(), settings.partitions()),
                        entry.actor().name(),
                        Map.of("content-type", "application/json"),
                        value)));
        p.commitTransaction();
        head = new Head(entry.number(), AuditChain.digest(value));
        return entry;
      } catch (KafkaException | IllegalStateException | SettingsException e) {
        // Fenced by another console, or nobody knows whether it is written: begin anew and look.
        last = e;
        AuditEntry written = settled(draft);
        if (written != null) {
          return written;
        }
        if (fenced(e)) {
          fenced++;
          long most = Math.min(fenced, 10) * 50L;
          LockSupport.parkNanos(
              Duration.ofMillis(ThreadLocalRandom.current().nextLong(most)).toNanos());
        } else {
          failed++;
        }
      }
    }
    throw new KafkaSetupException(
        "The audit cannot be written, so nothing was done. " + clients.diagnosis().sentence(last),
        last);
  }

  private static boolean fenced(Throwable fault) {
    for (Throwable each = fault; each != null; each = each.getCause()) {
      if (each instanceof ProducerFencedException
          || each instanceof InvalidProducerEpochException) {
        return true;
      }
    }
    return false;
  }

  /**
   * After a failure: the line if it stands in the chain all the same; other consoles may have
   * written behind it.
   */
  private @Nullable AuditEntry settled(AuditEntry draft) {
    close();
    doubtful = draft.chained(0, "");
    standing = null;
    try {
      var unused = producer();
    } catch (KafkaException | IllegalStateException | SettingsException e) {
      return null;
    } finally {
      doubtful = null;
    }
    return standing;
  }

  private KafkaProducer<String, byte[]> producer() {
    KafkaProducer<String, byte[]> p = producer;
    if (p == null) {
      p = clients.transactional(settings.prefix() + "-audit");
      try {
        p.initTransactions();
        head = end();
      } catch (RuntimeException e) {
        p.close(Duration.ZERO);
        throw e;
      }
      producer = p;
    }
    return p;
  }

  /** The end of the chain: the highest number among the last lines of the partitions. */
  private Head end() {
    Head highest = Head.NONE;
    try (KafkaConsumer<String, byte[]> reader = clients.reader()) {
      for (PartitionInfo info : reader.partitionsFor(Topics.AUDIT)) {
        Line last = last(reader, new TopicPartition(Topics.AUDIT, info.partition()));
        if (last != null && last.entry().number() > highest.number()) {
          highest = new Head(last.entry().number(), last.digest());
        }
      }
    }
    return highest;
  }

  /** A line as it stands in the topic. */
  private record Line(AuditEntry entry, String digest) {}

  /**
   * The line that a record is; null for what no console wrote. It is passed over: whoever checks
   * the audit hears of it, and nobody stops the consoles with it.
   */
  private static @Nullable Line line(ConsumerRecord<String, byte[]> record) {
    byte[] value = record.value();
    if (value == null) {
      return null;
    }
    try {
      return new Line(Json.read(value, AuditEntry.class), AuditChain.digest(value));
    } catch (RuntimeException e) {
      return null;
    }
  }

  private static @Nullable Line later(@Nullable Line one, @Nullable Line other) {
    return one == null || (other != null && other.entry().number() > one.entry().number())
        ? other
        : one;
  }

  /**
   * The last line of a partition, by its number: behind it may stand what somebody copied there.
   * Markers of transactions stand between the records.
   */
  private @Nullable Line last(KafkaConsumer<String, byte[]> reader, TopicPartition partition) {
    reader.assign(List.of(partition));
    long begin = reader.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
    long end = reader.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
    for (long back = 16; ; back *= 8) {
      long from = Math.max(begin, end - back);
      reader.seek(partition, from);
      Line found = null;
      long until = System.nanoTime() + PATIENCE.toNanos();
      while (reader.position(partition) < end) {
        for (var record : reader.poll(Duration.ofMillis(200))) {
          Line line = line(record);
          found = later(found, line);
          if (line != null && line.entry().chained(0, "").equals(doubtful)) {
            standing = line.entry();
          }
        }
        if (System.nanoTime() > until) {
          throw new org.apache.kafka.common.errors.TimeoutException("the audit cannot be read");
        }
      }
      if (found != null || from == begin) {
        return found;
      }
    }
  }

  @Override
  public synchronized void close() {
    KafkaProducer<String, byte[]> p = producer;
    producer = null;
    if (p != null) {
      p.close(Duration.ofSeconds(1));
    }
  }
}
