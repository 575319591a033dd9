// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import io.drover.engine.Outcome;
import io.drover.lab.sim.Toy;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures how long it takes from an input's send to its effect's start, which is after the commit
 * of its intent, with many journeys in flight: {@code lab/bench/intent}. The broker is a process of
 * its own; sender and brain are this one, so one clock measures.
 */
public final class IntentBench {
  private IntentBench() {}

  /** Arguments: journeys in flight, inputs a second, seconds. Prints a line of Markdown. */
  public static void main(String[] args) throws Exception {
    int journeys = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
    int rate = args.length > 1 ? Integer.parseInt(args[1]) : 200;
    int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 30;
    Path directory = Files.createTempDirectory("intent-bench");
    var broker = BrokerProcess.start(directory, 0);
    var settings = KafkaSettings.local("localhost:" + broker.port());
    new KafkaTopics(settings).ensure();
    var flying = new AtomicInteger();
    Map<String, Long> sent = new ConcurrentHashMap<>();
    var nanos = new ConcurrentLinkedQueue<Long>();
    var end = new CountDownLatch(1);
    try (var town = new Town(settings)) {
      var body =
          town.body(
              "bench",
              new Toy(),
              order -> {
                String job = order.id().value();
                if (job.startsWith("flight#")) {
                  flying.incrementAndGet();
                  end.await();
                  return new Outcome.Done<>(new Toy.Observed.SeenDone("landed"));
                }
                Long at = sent.remove(order.key() + job);
                if (at != null) {
                  nanos.add(System.nanoTime() - at);
                }
                return new Outcome.Done<>(new Toy.Observed.SeenDone("well"));
              });
      Town.eventually("owner", () -> body.brain().partitions().size() == settings.partitions());
      for (int i = 0; i < journeys; i++) {
        town.tell("vc/" + i, Toy.begin("flight"));
      }
      Town.eventually("in flight", () -> flying.get() == journeys);
      // Warm: not counted.
      drive(town, journeys, rate, 10, "warm", sent);
      nanos.clear();
      drive(town, journeys, rate, seconds, "step", sent);
      Town.eventually("all begun", sent::isEmpty);
      end.countDown();
    } finally {
      broker.kill();
    }
    long[] all = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(all);
    System.out.printf(
        "| %d in flight, %d inputs/s, %d s | %.1f | %.1f | %.1f | %d |%n",
        journeys,
        rate,
        seconds,
        all[all.length / 2] / 1e6,
        all[(int) (all.length * 0.99)] / 1e6,
        all[all.length - 1] / 1e6,
        all.length);
    System.exit(0);
  }

  /** Inputs at a steady rate, each to another journey; a late answer does not slow the next. */
  private static void drive(
      Town town, int journeys, int rate, int seconds, String job, Map<String, Long> sent)
      throws Exception {
    long began = System.nanoTime();
    for (int i = 0; i < rate * seconds; i++) {
      LockSupport.parkNanos(began + i * 1_000_000_000L / rate - System.nanoTime());
      String key = "vc/" + i % journeys;
      String name = job + i;
      Thread.startVirtualThread(() -> {
        sent.put(key + name + "#1", System.nanoTime());
        try {
          town.tell(key, Toy.begin(name));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
    }
    Town.eventually("driven", sent::isEmpty);
  }
}
