// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.executor.MigrationDecider;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationState;
import io.drover.lab.world.Orders;
import io.drover.runtime.ProgressSink;
import io.drover.runtime.Vitals;
import io.drover.runtime.kafka.KafkaBrain;
import io.drover.runtime.kafka.KafkaInbox;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Brain;
import io.drover.schemas.CopyId;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Receipt;
import io.drover.schemas.Slot;
import io.drover.schemas.VmKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures how long it takes from an input to its effect's start, which is after the commit of its
 * intent, with many journeys in flight in the brain that ships: {@code lab/bench/intent}. Each
 * journey waits in a step of its itinerary; its hand is let go in turn, so that the outcome is the
 * input and the next step is the effect. The broker is a process of its own; brain and hands are
 * this one, so one clock measures.
 */
public final class IntentBench {
  /** Steps whose hand is let go: from the gate to the health ladder. */
  private static final int STEPS = 8;

  private final Map<String, MigrationSpec> journeys = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> waiting = new ConcurrentHashMap<>();
  private final Map<String, Long> sent = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
  private final Town town;

  private IntentBench(Town town) {
    this.town = town;
  }

  /** Arguments: journeys in flight, inputs a second. Prints a line of Markdown. */
  public static void main(String[] args) throws Exception {
    int journeys = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
    int rate = args.length > 1 ? Integer.parseInt(args[1]) : 200;
    Path directory = Files.createTempDirectory("intent-bench");
    var broker = BrokerProcess.start(directory, 0);
    var settings = KafkaSettings.local("localhost:" + broker.port());
    new KafkaTopics(settings).ensure();
    try (var town = new Town(settings)) {
      new IntentBench(town).run(settings, journeys, rate);
    } finally {
      broker.kill();
    }
    System.exit(0);
  }

  private void run(KafkaSettings settings, int count, int rate) throws Exception {
    var spec =
        new ServiceSpec<>(
            Brain.MIGRATION,
            new ServiceSpec.Types<>(
                MigrationState.class, MigrationMessage.class, Evidence.class, MigrationFact.class),
            new MigrationDecider(),
            this::ensure,
            List.of());
    try (var inbox = new KafkaInbox(settings);
        var brain =
            new KafkaBrain<>(spec, settings, "bench", inbox, ProgressSink.none(), Vitals.NONE)) {
      brain.start();
      Town.eventually("owner", () -> brain.partitions().size() == settings.partitions());
      for (int i = 0; i < count; i++) {
        var vm = Orders.vm(new VmKey("vc", "vm-" + i), "vm-" + i, 2, 1 << 30);
        MigrationSpec journey = Orders.spec(vm, "m-" + i, "herd", "fast", true);
        journeys.put(vm.vm().toString(), journey);
        town.tell(vm.vm().toString(), new MigrationMessage.StartMigration(journey));
      }
      while (waiting.size() < count) {
        grantSlots();
        Thread.sleep(1000);
      }
      // The gate and the shutdown warm the brain: not counted.
      drive(rate, 2);
      nanos.clear();
      long began = System.nanoTime();
      drive(rate, STEPS - 2);
      report(count, rate, (System.nanoTime() - began) / 1e9);
    }
  }

  /** As dispatch does for those that ask; what was not asked for changes nothing. */
  private void grantSlots() throws InterruptedException {
    for (var journey : journeys.entrySet()) {
      if (!waiting.containsKey(journey.getKey())) {
        for (Slot slot : List.of(Slot.COPY, Slot.CUTOVER)) {
          town.tell(
              journey.getKey(), new MigrationMessage.SlotGranted(journey.getValue().id(), slot));
        }
      }
    }
  }

  /** Lets hands go at a steady rate, each of another journey; a late one does not slow the next. */
  private void drive(int rate, int steps) throws Exception {
    long began = System.nanoTime();
    List<String> keys = List.copyOf(journeys.keySet());
    int all = keys.size() * steps;
    var gone = new CountDownLatch(all);
    for (int i = 0; i < all; i++) {
      LockSupport.parkNanos(began + i * 1_000_000_000L / rate - System.nanoTime());
      String key = keys.get(i % keys.size());
      Thread.startVirtualThread(() -> {
        try {
          CountDownLatch hand = waiting.remove(key);
          while (hand == null) {
            Thread.sleep(5);
            hand = waiting.remove(key);
          }
          hand.countDown();
          gone.countDown();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
    }
    gone.await();
    Town.eventually("every next step", () -> waiting.size() == keys.size());
  }

  private Outcome<Evidence> ensure(Order<MigrationEffect> order) throws Exception {
    String key = order.key();
    Long at = sent.remove(key);
    if (at != null) {
      nanos.add(System.nanoTime() - at);
    }
    if (!(order.effect() instanceof MigrationEffect.EnsurePreflightPassed)) {
      var hand = new CountDownLatch(1);
      waiting.put(key, hand);
      hand.await();
    }
    if (order.effect() instanceof MigrationEffect.EnsureSourceFenced) {
      Thread.startVirtualThread(() -> copied(key));
    } else if (!(order.effect() instanceof MigrationEffect.EnsurePreflightPassed)) {
      sent.put(key, System.nanoTime());
    }
    return new Outcome.Done<>(evidence(order.effect()));
  }

  /**
   * The answer of the converter, said until it is heard: the copy has to be under way. Not
   * measured.
   */
  private void copied(String key) {
    MigrationSpec spec = journeys.get(key);
    var receipts =
        spec.source().disks().stream()
            .map(disk ->
                new Receipt(
                    disk.deviceKey(),
                    "herd/" + spec.source().name() + "-" + disk.deviceKey(),
                    Receipt.Level.TRANSFER,
                    disk.capacityBytes(),
                    1000,
                    900,
                    null,
                    null,
                    "sha1",
                    Instant.EPOCH,
                    Instant.EPOCH,
                    null))
            .toList();
    try {
      do {
        town.tell(
            key, new MigrationMessage.CopyCompleted(new CopyId(spec.id() + "-seal-1"), receipts));
        Thread.sleep(500);
      } while (!waiting.containsKey(key));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Evidence evidence(MigrationEffect effect) {
    Instant now = Instant.now();
    return switch (effect) {
      case MigrationEffect.EnsurePreflightPassed e -> new Evidence.PreflightPassed(List.of("all"));
      case MigrationEffect.EnsureSourceRecorded e ->
          new Evidence.SourceRecorded(
              Power.ON, Map.of(4000, true), "resgroup-1", "host-1", "v1", now);
      case MigrationEffect.EnsureSourceQuiesced e ->
          new Evidence.SourceQuiesced(Power.ON, false, now);
      case MigrationEffect.EnsureSourceFenced e ->
          new Evidence.SourceFenced("v2", Map.of(4000, true), false, now);
      case MigrationEffect.EnsureTargetSnapshotted e ->
          new Evidence.TargetSnapshotted(Map.of(), new Evidence.SourceState("v2", Map.of()));
      case MigrationEffect.EnsureTargetDefined e -> new Evidence.TargetDefined("uid");
      case MigrationEffect.EnsureSourceLocked e ->
          new Evidence.SourceLocked("resgroup-1", "host-1", "v3");
      case MigrationEffect.EnsureTargetStarted e ->
          new Evidence.TargetStarted(e.uid(), now, "vmi-1");
      case MigrationEffect.EnsureTargetHealthy e ->
          new Evidence.TargetHealthy(List.of("running"), now);
      case MigrationEffect.EnsureSoakWatched e ->
          new Evidence.LossMeasured(LossBound.targetWrites(4096), "vmi-1", null);
      case MigrationEffect.EnsureGuestConverted _,
          MigrationEffect.EnsureCommitted _,
          MigrationEffect.EnsureTargetStopped _,
          MigrationEffect.EnsureSourceUnlocked _,
          MigrationEffect.EnsureTargetDeleted _,
          MigrationEffect.EnsureConversionUndone _,
          MigrationEffect.EnsureSnapshotsDeleted _,
          MigrationEffect.EnsureSourceUnfenced _,
          MigrationEffect.EnsureSourcePowered _,
          MigrationEffect.EnsureSourceReleased _,
          MigrationEffect.EnsureSwept _ ->
          throw new IllegalStateException("No journey of the bench goes back: " + effect);
    };
  }

  private void report(int count, int rate, double seconds) {
    long[] all = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(all);
    System.out.printf(
        "| %d in flight, %d inputs/s, %.0f s | %.1f | %.1f | %.1f | %d |%n",
        count,
        rate,
        seconds,
        all[all.length / 2] / 1e6,
        all[(int) (all.length * 0.99)] / 1e6,
        all[all.length - 1] / 1e6,
        all.length);
  }
}
