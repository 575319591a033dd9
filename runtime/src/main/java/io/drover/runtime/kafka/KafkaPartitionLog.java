// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.Entry;
import io.drover.runtime.Outgoing;
import io.drover.runtime.PartitionLog;
import io.drover.runtime.config.SettingsException;
import io.drover.schemas.Brain;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One partition of a brain on Kafka: one transactional producer, fenced by its id. */
final class KafkaPartitionLog implements PartitionLog {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaPartitionLog.class);

  private final KafkaClients clients;
  private final Brain brain;
  private final int partition;
  private final String transactionalId;
  private final Supplier<@Nullable ConsumerGroupMetadata> group;
  private @Nullable KafkaProducer<String, byte[]> producer;
  private boolean closed;

  /**
   * @param group who this consumer is in its group, as of the last poll; the offsets of a
   *     transaction are refused if it is not a member any more
   */
  KafkaPartitionLog(
      KafkaClients clients,
      Brain brain,
      int partition,
      String prefix,
      Supplier<@Nullable ConsumerGroupMetadata> group) {
    this.clients = clients;
    this.brain = brain;
    this.partition = partition;
    this.transactionalId = prefix + "-" + brain.entity() + "-" + partition;
    this.group = group;
  }

  @Override
  public Claim claim() {
    try {
      begin().initTransactions();
      return read();
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new LogException("Fenced while claiming " + transactionalId, true, e);
    } catch (KafkaException | SettingsException e) {
      throw new LogException(
          "Cannot claim " + transactionalId + ": " + clients.diagnosis().sentence(e), false, e);
    }
  }

  private synchronized KafkaProducer<String, byte[]> begin() {
    KafkaProducer<String, byte[]> old = producer;
    if (old != null) {
      old.close(Duration.ZERO);
    }
    if (closed) {
      // Let go while it was being taken over: an initialisation now would fence the new owner.
      throw new LogException("Not the owner of " + transactionalId + " any more", true, null);
    }
    var fresh = clients.transactional(transactionalId);
    producer = fresh;
    return fresh;
  }

  private Claim read() {
    var state = new TopicPartition(brain.state(), partition);
    var inbox = new TopicPartition(brain.inbox(), partition);
    var facts = new TopicPartition(brain.facts(), partition);
    var latest = new LinkedHashMap<String, byte[]>();
    try (KafkaConsumer<String, byte[]> reader = clients.reader()) {
      long earliest = reader.beginningOffsets(Set.of(inbox)).getOrDefault(inbox, 0L);
      Map<TopicPartition, Long> ends = ends(inbox, facts);
      scan(
          reader,
          state,
          -1,
          Long.MAX_VALUE,
          record -> {
            if (record.key() != null) {
              if (record.value() == null) {
                latest.remove(record.key());
              } else {
                latest.put(record.key(), record.value());
              }
            }
          });
      List<Saved> saved = new ArrayList<>();
      latest.forEach((key, value) -> saved.add(new Saved(key, value)));
      return new Claim(saved, earliest, ends.getOrDefault(inbox, 0L), ends.getOrDefault(facts, 0L));
    }
  }

  /**
   * The ends behind everything, also behind a transaction of another brain that is still open: what
   * a former owner said may stand behind that.
   */
  private Map<TopicPartition, Long> ends(TopicPartition... of) {
    try (KafkaConsumer<String, byte[]> reader = clients.uncommitted()) {
      return reader.endOffsets(Set.of(of));
    }
  }

  @Override
  public void replay(long from, long to, Consumer<Entry> reader) {
    var inbox = new TopicPartition(brain.inbox(), partition);
    try (KafkaConsumer<String, byte[]> consumer = clients.reader()) {
      scan(consumer, inbox, from, to, record -> reader.accept(entry(record)));
    } catch (KafkaException | SettingsException e) {
      throw new LogException("Cannot read the inbox again", false, e);
    }
  }

  /** Reads from an offset (or the beginning) up to an offset or the end as it is now. */
  private static void scan(
      KafkaConsumer<String, byte[]> consumer,
      TopicPartition from,
      long first,
      long to,
      Consumer<ConsumerRecord<String, byte[]>> reader) {
    consumer.assign(List.of(from));
    long begin = consumer.beginningOffsets(List.of(from)).getOrDefault(from, 0L);
    long end = Math.min(to, consumer.endOffsets(List.of(from)).getOrDefault(from, 0L));
    if (first >= 0 && first < begin) {
      LOG.error(
          "Inputs that waited were removed before they were read again: going on behind them"
              + " topic={} partition={} offset={} earliest={}",
          from.topic(),
          from.partition(),
          first,
          begin);
    }
    consumer.seek(from, Math.max(first, begin));
    while (consumer.position(from) < end) {
      for (var record : consumer.poll(Duration.ofMillis(500))) {
        if (record.offset() < end) {
          reader.accept(record);
        }
      }
    }
  }

  @Override
  public Ending commit(Transaction transaction) {
    KafkaProducer<String, byte[]> p = producer;
    if (p == null || closed) {
      return new Ending.Fenced();
    }
    try {
      p.beginTransaction();
      Future<RecordMetadata> first = null;
      for (Outgoing out : transaction.records()) {
        Future<RecordMetadata> sent = p.send(record(out));
        first = first == null ? sent : first;
      }
      ConsumerGroupMetadata member = group.get();
      if (transaction.next() >= 0 && member != null) {
        var offsets =
            Map.of(
                new TopicPartition(brain.inbox(), partition),
                new OffsetAndMetadata(transaction.next()));
        p.sendOffsetsToTransaction(offsets, member);
      }
      return finish(p, first);
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      return new Ending.Fenced();
    } catch (CommitFailedException | RebalanceInProgressException | FencedInstanceIdException e) {
      return abort(p, e);
    } catch (KafkaException | IllegalStateException e) {
      return fenced(e) ? new Ending.Fenced() : new Ending.Unknown(e.getClass().getSimpleName());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Ending.Unknown("interrupted");
    }
  }

  private Ending finish(KafkaProducer<String, byte[]> p, @Nullable Future<RecordMetadata> first)
      throws InterruptedException {
    long until = System.nanoTime() + clients.commitPatience().toNanos();
    while (true) {
      try {
        p.commitTransaction();
        return new Ending.Committed(first == null ? -1 : first.get().offset());
      } catch (TimeoutException e) {
        // Asking again is safe, and the only way to learn how it came out.
        if (System.nanoTime() > until) {
          return new Ending.Unknown("the commit was not answered");
        }
        LOG.warn("A commit was not answered in time: asking again");
      } catch (java.util.concurrent.ExecutionException e) {
        return new Ending.Unknown("the offset of the first record is not known");
      }
    }
  }

  /** The group does not know us as a member of this generation: nothing may be written now. */
  private static Ending abort(KafkaProducer<String, byte[]> p, KafkaException why) {
    try {
      p.abortTransaction();
      return new Ending.Postponed(why.getClass().getSimpleName());
    } catch (KafkaException | IllegalStateException e) {
      return fenced(e) ? new Ending.Fenced() : new Ending.Unknown(e.getClass().getSimpleName());
    }
  }

  private static boolean fenced(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof ProducerFencedException || t instanceof InvalidProducerEpochException) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int maxBytes() {
    return KafkaClients.MAX_BYTES - 4096;
  }

  @Override
  public synchronized void close() {
    closed = true;
    KafkaProducer<String, byte[]> old = producer;
    if (old != null) {
      old.close(Duration.ZERO);
    }
  }

  static ProducerRecord<String, byte[]> record(Outgoing out) {
    var headers = new RecordHeaders();
    out.headers()
        .forEach((name, value) -> headers.add(name, value.getBytes(StandardCharsets.UTF_8)));
    return new ProducerRecord<>(
        out.topic(), out.partition(), null, out.key(), out.value(), headers);
  }

  static Entry entry(ConsumerRecord<String, byte[]> record) {
    return new Entry(
        record.offset(),
        Instant.ofEpochMilli(record.timestamp()),
        record.key(),
        headers(record),
        record.value());
  }

  static Map<String, String> headers(ConsumerRecord<String, byte[]> record) {
    var headers = new LinkedHashMap<String, String>();
    record
        .headers()
        .forEach(h -> {
          if (h.value() != null) {
            headers.put(h.key(), new String(h.value(), StandardCharsets.UTF_8));
          }
        });
    return headers;
  }
}
