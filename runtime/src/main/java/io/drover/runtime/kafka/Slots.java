// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.Eyes;
import io.drover.runtime.PartitionLog.Receipt;
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
final class Slots implements ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(Slots.class);

  private final Brain brain;
  private final KafkaConsumer<String, byte[]> consumer;
  private final IntFunction<Slot> maker;
  private final Eyes<?> eyes;
  private final Vitals vitals;

  /** After so long the group has heard of us, and we of it. */
  private final Duration patience;

  private final TakeOvers takeOvers;
  private final Map<Integer, Slot> slots = new TreeMap<>();
  private final Set<Integer> owned = ConcurrentHashMap.newKeySet();
  private final Set<Integer> ready = ConcurrentHashMap.newKeySet();
  private volatile boolean joined;

  /**
   * @param maker makes the slot of a partition
   * @param session after so long without a word the group takes what it gave
   */
  Slots(
      Brain brain,
      KafkaConsumer<String, byte[]> consumer,
      IntFunction<Slot> maker,
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

  /** The slot of a partition that takes inputs; null where none does. */
  @Nullable Slot running(int partition) {
    Slot slot = slots.get(partition);
    return slot != null && slot.running ? slot : null;
  }

  /** The slots that take inputs. */
  List<Slot> running() {
    return slots.values().stream().filter(slot -> slot.running).toList();
  }

  TopicPartition topic(Slot slot) {
    return topic(slot.partition);
  }

  private TopicPartition topic(int partition) {
    return new TopicPartition(brain.inbox(), partition);
  }

  /** Lets those whose take-over has ended take inputs. */
  void admit() {
    for (TakeOvers.Ended done = takeOvers.next(); done != null; done = takeOvers.next()) {
      Slot slot = done.slot();
      if (slots.get(slot.partition) != slot || slot.let) {
        // It was taken from us in the meantime; its loop let go of nothing that is not ours.
        continue;
      }
      if (done.receipt() instanceof Receipt.Committed) {
        admit(slot);
      } else {
        drop(slot);
      }
    }
  }

  private void admit(Slot slot) {
    slot.running = true;
    slot.touch();
    consumer.seek(topic(slot), slot.loop.next());
    consumer.resume(List.of(topic(slot)));
    ready.add(slot.partition);
    eyes.open(slot.partition);
    Duration took = slot.age();
    vitals.tookOver(brain, slot.partition, took);
    LOG.info(
        "Took a partition over brain={} partition={} offset={} token={} ms={}",
        brain.entity(),
        slot.partition,
        slot.loop.next(),
        slot.loop.token(),
        took.toMillis());
  }

  private void takeOver(Slot slot) {
    slot.running = false;
    ready.remove(slot.partition);
    takeOvers.begin(slot);
  }

  /** What is known of it is not what is written: it is taken over anew. */
  void reload(Slot slot, String why) {
    LOG.warn(
        "Nobody knows how a commit came out: reading the partition anew brain={} partition={}"
            + " reason={}",
        brain.entity(),
        slot.partition,
        why);
    consumer.pause(List.of(topic(slot)));
    takeOver(slot);
  }

  /** Another owner claimed it: stop at once, and wait for what the group says. */
  void drop(Slot slot) {
    LOG.warn(
        "Another owner claimed a partition: dropping it brain={} partition={}",
        brain.entity(),
        slot.partition);
    if (consumer.assignment().contains(topic(slot))) {
      consumer.pause(List.of(topic(slot)));
    }
    letGo(slot);
    slot.dropped = true;
    slot.touch();
  }

  /**
   * A dropped partition that the group, heard from well after, still says is ours, was fenced by
   * somebody who is not its owner (a take-over that came too late): claim it again.
   */
  void reclaim() {
    for (Slot slot : List.copyOf(slots.values())) {
      if (slot.dropped && slot.quietFor(patience) && consumer.assignment().contains(topic(slot))) {
        LOG.warn(
            "Still the owner by the group's word: claiming again brain={} partition={}",
            brain.entity(),
            slot.partition);
        assign(slot.partition);
      }
    }
  }

  private void assign(int partition) {
    Slot slot = maker.apply(partition);
    slots.put(partition, slot);
    owned.add(partition);
    consumer.seek(topic(slot), 0);
    consumer.pause(List.of(topic(slot)));
    takeOver(slot);
  }

  private void letGo(Slot slot) {
    slot.let = true;
    slot.running = false;
    ready.remove(slot.partition);
    eyes.close(slot.partition);
    slot.loop.release();
  }

  /** No take-over is tried again from now on; from any thread. */
  void stop() {
    takeOvers.stop();
  }

  /** Lets go of all. */
  void clear() {
    slots.values().forEach(this::letGo);
    slots.clear();
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
      Slot slot = slots.remove(p.partition());
      owned.remove(p.partition());
      if (slot != null) {
        LOG.info("A partition was {} brain={} partition={}", how, brain.entity(), p.partition());
        letGo(slot);
      }
    }
  }
}
