// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.Eyes;
import io.drover.runtime.PartitionLog.Ending;
import io.drover.runtime.Vitals;
import io.drover.schemas.Brain;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of a brain that the group gave to this instance: what becomes of each, from
 * assignment over take-over to letting go. Used by the brain's thread; {@link #complete} and {@link
 * #taken} by any.
 */
final class Tenures implements ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(Tenures.class);

  private final Brain brain;
  private final KafkaConsumer<String, byte[]> consumer;
  private final IntFunction<Tenure> maker;
  private final Eyes<?> eyes;
  private final Vitals vitals;

  /** After so long the group has heard of us, and we of it. */
  private final Duration patience;

  private final TakeOvers takeOvers;
  private final Map<Integer, Tenure> tenures = new TreeMap<>();
  private final Set<Integer> owned = ConcurrentHashMap.newKeySet();
  private final Set<Integer> ready = ConcurrentHashMap.newKeySet();
  private volatile boolean joined;

  /**
   * @param maker makes the tenure of a partition
   * @param session after so long without a word the group takes what it gave
   */
  Tenures(
      Brain brain,
      KafkaConsumer<String, byte[]> consumer,
      IntFunction<Tenure> maker,
      Eyes<?> eyes,
      Vitals vitals,
      Duration session) {
    this.brain = brain;
    this.consumer = consumer;
    this.maker = maker;
    this.eyes = eyes;
    this.vitals = vitals;
    this.patience = session.multipliedBy(3).dividedBy(2);
    this.takeOvers = new TakeOvers(brain, consumer::wakeup);
  }

  /** Whether the group has given anything yet, be it nothing. */
  boolean joined() {
    return joined;
  }

  /** Whether all that the group gave is taken over. */
  boolean complete() {
    return ready.containsAll(owned);
  }

  /** The partitions that are taken over. */
  Set<Integer> taken() {
    return new TreeSet<>(ready);
  }

  /** The tenure of a partition that takes inputs; null where none does. */
  @Nullable Tenure running(int partition) {
    Tenure tenure = tenures.get(partition);
    return tenure != null && tenure.running ? tenure : null;
  }

  /** The tenures that take inputs. */
  List<Tenure> running() {
    return tenures.values().stream().filter(tenure -> tenure.running).toList();
  }

  TopicPartition topic(Tenure tenure) {
    return topic(tenure.partition);
  }

  private TopicPartition topic(int partition) {
    return new TopicPartition(brain.inbox(), partition);
  }

  /** Lets those whose take-over has ended take inputs. */
  void admit() {
    for (TakeOvers.Ended done = takeOvers.next(); done != null; done = takeOvers.next()) {
      Tenure tenure = done.tenure();
      if (tenures.get(tenure.partition) != tenure || tenure.let) {
        // It was taken from us in the meantime; its loop let go of nothing that is not ours.
        continue;
      }
      if (done.ending() instanceof Ending.Committed) {
        admit(tenure);
      } else {
        drop(tenure);
      }
    }
  }

  private void admit(Tenure tenure) {
    tenure.running = true;
    tenure.touch();
    consumer.seek(topic(tenure), tenure.loop.next());
    consumer.resume(List.of(topic(tenure)));
    ready.add(tenure.partition);
    eyes.open(tenure.partition);
    Duration took = tenure.age();
    vitals.tookOver(brain, tenure.partition, took);
    LOG.info(
        "Took a partition over brain={} partition={} offset={} token={} ms={}",
        brain.entity(),
        tenure.partition,
        tenure.loop.next(),
        tenure.loop.token(),
        took.toMillis());
  }

  private void takeOver(Tenure tenure) {
    tenure.running = false;
    ready.remove(tenure.partition);
    takeOvers.begin(tenure);
  }

  /** What is known of it is not what is written: it is taken over anew. */
  void reload(Tenure tenure, String why) {
    LOG.warn(
        "Nobody knows how a commit came out: reading the partition anew brain={} partition={}"
            + " reason={}",
        brain.entity(),
        tenure.partition,
        why);
    consumer.pause(List.of(topic(tenure)));
    takeOver(tenure);
  }

  /** Another owner claimed it: stop at once, and wait for what the group says. */
  void drop(Tenure tenure) {
    LOG.warn(
        "Another owner claimed a partition: dropping it brain={} partition={}",
        brain.entity(),
        tenure.partition);
    if (consumer.assignment().contains(topic(tenure))) {
      consumer.pause(List.of(topic(tenure)));
    }
    letGo(tenure);
    tenure.dropped = true;
    tenure.touch();
  }

  /**
   * A dropped partition that the group, heard from well after, still says is ours, was fenced by
   * somebody who is not its owner (a take-over that came too late): claim it again.
   */
  void reclaim() {
    for (Tenure tenure : List.copyOf(tenures.values())) {
      if (tenure.dropped
          && tenure.quietFor(patience)
          && consumer.assignment().contains(topic(tenure))) {
        LOG.warn(
            "Still the owner by the group's word: claiming again brain={} partition={}",
            brain.entity(),
            tenure.partition);
        assign(tenure.partition);
      }
    }
  }

  private void assign(int partition) {
    Tenure tenure = maker.apply(partition);
    tenures.put(partition, tenure);
    owned.add(partition);
    consumer.seek(topic(tenure), 0);
    consumer.pause(List.of(topic(tenure)));
    takeOver(tenure);
  }

  private void letGo(Tenure tenure) {
    tenure.let = true;
    tenure.running = false;
    ready.remove(tenure.partition);
    eyes.close(tenure.partition);
    tenure.loop.release();
  }

  /** No take-over is tried again from now on; from any thread. */
  void stop() {
    takeOvers.stop();
  }

  /** Lets go of all. */
  void clear() {
    tenures.values().forEach(this::letGo);
    tenures.clear();
    owned.clear();
  }

  /** Called within poll. */
  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    joined = true;
    partitions.forEach(p -> assign(p.partition()));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    forget(partitions, "revoked");
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    forget(partitions, "lost");
  }

  private void forget(Collection<TopicPartition> partitions, String how) {
    for (TopicPartition p : partitions) {
      Tenure tenure = tenures.remove(p.partition());
      owned.remove(p.partition());
      if (tenure != null) {
        LOG.info("A partition was {} brain={} partition={}", how, brain.entity(), p.partition());
        letGo(tenure);
      }
    }
  }
}
