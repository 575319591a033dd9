// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.engine.ServiceSpec;
import io.drover.runtime.Alarms;
import io.drover.runtime.Answering;
import io.drover.runtime.Codec;
import io.drover.runtime.Entry;
import io.drover.runtime.Eyes;
import io.drover.runtime.HandMuscle;
import io.drover.runtime.Lanes;
import io.drover.runtime.Limbs;
import io.drover.runtime.PartitionLog.Ending;
import io.drover.runtime.PartitionLoop;
import io.drover.runtime.ProgressSink;
import io.drover.runtime.Vitals;
import io.drover.runtime.WallClock;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance of a brain on Kafka: a consumer on a thread of its own, a loop per owned partition.
 * Partitions are taken over beside the thread, so those that run are not held up.
 */
public final class KafkaBrain<S, M extends Message, O, F extends Fact, E> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaBrain.class);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration LAG_EVERY = Duration.ofSeconds(2);

  /** An idle partition writes so often, so that its transactional id does not expire. */
  private static final Duration HEARTBEAT = Duration.ofMinutes(10);

  private final ServiceSpec<S, M, O, F, E> spec;
  private final KafkaSettings settings;
  private final String instance;
  private final Vitals vitals;
  private final KafkaClients clients;
  private final KafkaConsumer<String, byte[]> consumer;
  private final WallClock clock = new WallClock();
  private final HandMuscle<O, E> muscle;
  private final Limbs<O, E> limbs;
  private final Eyes<M> eyes;
  private final Thread thread;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final Complaint complaint = new Complaint(LOG);
  private final Pulse pulse;
  private final Tenures tenures;
  private volatile @Nullable ConsumerGroupMetadata group;
  private volatile boolean stopping;
  private volatile boolean refused;
  private volatile @Nullable Throwable failure;
  private long lagged;

  /**
   * Joins the brain's group and begins.
   *
   * @param instance name of this process, new at every start
   * @param inbox where outcomes, timers and sights go
   * @param progress where the hands say how far they are
   */
  public KafkaBrain(
      ServiceSpec<S, M, O, F, E> spec,
      KafkaSettings settings,
      String instance,
      KafkaInbox inbox,
      ProgressSink<E> progress,
      Vitals vitals) {
    this.spec = spec;
    this.settings = settings;
    this.instance = instance;
    this.vitals = vitals;
    this.clients = new KafkaClients(settings);
    this.consumer =
        clients.member(
            settings.prefix() + "-" + spec.brain().entity(),
            instance + "-" + spec.brain().entity());
    var answering =
        new Answering<>(
            spec.brain(), new Codec<>(spec.types()), inbox, Answering.onVirtualThreads());
    this.pulse = new Pulse(consumer, settings.session());
    this.muscle = new HandMuscle<>(spec.brain(), spec.hand(), progress, pulse::beats, vitals);
    this.limbs = new Limbs<>(new Lanes<>(muscle, answering), new Alarms(clock, answering));
    this.eyes =
        new Eyes<>(spec.brain(), spec.eyes(), settings.partitions(), answering::seen, vitals);
    this.tenures =
        new Tenures(spec.brain(), consumer, this::tenure, eyes, vitals, settings.session());
    this.thread = Thread.ofPlatform().name("brain-" + spec.brain().entity()).unstarted(this::run);
  }

  private Tenure tenure(int partition) {
    var log =
        new KafkaPartitionLog(clients, spec.brain(), partition, settings.prefix(), () -> group);
    return new Tenure(
        partition,
        new PartitionLoop<>(
            spec,
            new PartitionLoop.Place(partition, settings.partitions(), instance),
            log,
            limbs,
            vitals));
  }

  /** Begins to work; returns at once. */
  public void start() {
    thread.start();
  }

  /** Whether its group hears of it, and all that the group gave to it is taken over. */
  public boolean ready() {
    return tenures.joined() && !refused && failure == null && tenures.complete() && !pulse.lost();
  }

  /** Whether its thread lives. */
  public boolean alive() {
    return failure == null && (thread.isAlive() || !tenures.joined());
  }

  /** The partitions that it has taken over. */
  public Set<Integer> partitions() {
    return tenures.taken();
  }

  /** Hands at work. */
  public int effects() {
    return limbs.lanes().running();
  }

  private void run() {
    try {
      consumer.subscribe(List.of(spec.brain().inbox()), tenures);
      while (!stopping) {
        turn();
      }
    } catch (WakeupException e) {
      // Closing.
    } catch (RuntimeException | Error e) {
      failure = e;
      LOG.error("A brain's thread ended brain={}", spec.brain().entity(), e);
    } finally {
      shutDown();
    }
  }

  private void turn() {
    tenures.admit();
    Map<Integer, List<Entry>> polled = poll();
    if (!polled.isEmpty()) {
      settle(process(polled));
    }
    hear();
    heartbeat();
    tenures.reclaim();
    lag();
  }

  private Map<Integer, List<Entry>> poll() {
    var polled = new TreeMap<Integer, List<Entry>>();
    try {
      var records = consumer.poll(POLL);
      group = consumer.groupMetadata();
      refused = false;
      for (TopicPartition p : records.partitions()) {
        if (tenures.running(p.partition()) != null) {
          polled.put(
              p.partition(), records.records(p).stream().map(KafkaPartitionLog::entry).toList());
        }
      }
    } catch (WakeupException e) {
      if (stopping) {
        throw e;
      }
    } catch (OffsetOutOfRangeException e) {
      for (TopicPartition p : e.offsetOutOfRangePartitions().keySet()) {
        Tenure tenure = tenures.running(p.partition());
        if (tenure != null) {
          tenures.reload(tenure, "the inbox does not reach to where it was read");
        }
      }
    } catch (KafkaException e) {
      refused = true;
      complaint.say(
          "Polling failed, trying again brain=%s reason=%s"
              .formatted(spec.brain().entity(), clients.diagnosis().sentence(e)));
      sleep(500);
    }
    return polled;
  }

  /** One transaction a partition, side by side; their commits are what takes the time. */
  private Map<Integer, Ending> process(Map<Integer, List<Entry>> polled) {
    var endings = new HashMap<Integer, Ending>();
    var calls = new ArrayList<Callable<Void>>();
    var partitions = new ArrayList<>(polled.keySet());
    var results = new Ending[partitions.size()];
    for (int i = 0; i < partitions.size(); i++) {
      int at = i;
      Tenure tenure = tenures.running(partitions.get(at));
      List<Entry> entries = polled.get(partitions.get(at));
      if (tenure == null || entries == null) {
        continue;
      }
      calls.add(() -> {
        results[at] = tenure.loop.process(entries);
        return null;
      });
    }
    try {
      if (calls.size() == 1) {
        calls.getFirst().call();
      } else {
        for (var done : workers.invokeAll(calls)) {
          done.get();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("The loop itself failed", e.getCause());
    } catch (Exception e) {
      throw new IllegalStateException("The loop itself failed", e);
    }
    for (int i = 0; i < results.length; i++) {
      if (results[i] != null) {
        endings.put(partitions.get(i), results[i]);
      }
    }
    return endings;
  }

  private void settle(Map<Integer, Ending> endings) {
    endings.forEach((partition, ending) -> {
      Tenure tenure = tenures.running(partition);
      if (tenure == null) {
        return;
      }
      tenure.touch();
      switch (ending) {
        case Ending.Committed _ -> {}
        case Ending.Postponed postponed -> {
          LOG.info(
              "A transaction waits for the group brain={} partition={} reason={}",
              spec.brain().entity(),
              partition,
              postponed.why());
          consumer.seek(tenures.topic(tenure), tenure.loop.next());
        }
        case Ending.Fenced _ -> tenures.drop(tenure);
        case Ending.Unknown unknown -> tenures.reload(tenure, unknown.why());
      }
    });
  }

  /** Ends of transactions take offsets, too: only the consumer knows that no input is left. */
  private void hear() {
    for (Tenure tenure : tenures.running()) {
      if (tenure.loop.hearing()) {
        try {
          tenure.loop.heard(consumer.position(tenures.topic(tenure), Duration.ZERO));
        } catch (WakeupException e) {
          if (stopping) {
            throw e;
          }
        } catch (KafkaException e) {
          // Not known while its leader moves: the next turn asks again, polling says what is wrong.
        }
      }
    }
  }

  private void heartbeat() {
    for (Tenure tenure : tenures.running()) {
      if (tenure.quietFor(HEARTBEAT)) {
        settle(Map.of(tenure.partition, tenure.loop.process(List.of())));
      }
    }
  }

  private void lag() {
    if (System.nanoTime() - lagged < LAG_EVERY.toNanos()) {
      return;
    }
    lagged = System.nanoTime();
    for (Tenure tenure : tenures.running()) {
      consumer
          .currentLag(tenures.topic(tenure))
          .ifPresent(records -> vitals.lag(spec.brain(), tenure.partition, records));
    }
  }

  private void shutDown() {
    tenures.clear();
    try {
      if (!limbs.lanes().awaitIdle(20_000)) {
        LOG.warn("Hands do not stop, interrupting them brain={}", spec.brain().entity());
        muscle.interrupt();
        var unused = limbs.lanes().awaitIdle(5_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    clock.close();
    workers.shutdown();
    try {
      consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(5)));
    } catch (KafkaException e) {
      LOG.warn("Leaving the group failed reason={}", e.getClass().getSimpleName());
    }
  }

  /** Stops taking inputs, tells the hands to stop, waits for them, leaves the group. */
  @Override
  public void close() {
    stopping = true;
    tenures.stop();
    if (thread.getState() == Thread.State.NEW) {
      shutDown();
      return;
    }
    consumer.wakeup();
    try {
      if (!thread.join(Duration.ofSeconds(40))) {
        LOG.error("A brain does not end brain={}", spec.brain().entity());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void sleep(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
