// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.lab.sim.Toy;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two brokers and a controller, each a process; all topics, also Kafka's own, have two replicas.
 */
class TwoBrokersIT {
  private static final int JOBS = 30;

  @TempDir Path directory;

  private static final Map<String, String> REPLICATED =
      Map.of(
          "offsets.topic.replication.factor", "2",
          "transaction.state.log.replication.factor", "2",
          "broker.session.timeout.ms", "4000");

  private Map<String, String> node(int id, String cluster, int controller) throws Exception {
    var settings = new TreeMap<>(REPLICATED);
    settings.put("node.id", Integer.toString(id));
    settings.put("format.cluster", cluster);
    settings.put("controller.quorum.voters", "1@localhost:" + controller);
    if (id == 1) {
      settings.put("process.roles", "controller");
      settings.put("listeners", "CONTROLLER://localhost:" + controller);
      settings.put("advertised.listeners", "");
      settings.put("inter.broker.listener.name", "");
    } else {
      settings.put("process.roles", "broker");
    }
    return settings;
  }

  private BrokerProcess broker(int id, String cluster, int controller) {
    try {
      int port = EmbeddedKafka.freePort();
      var settings = node(id, cluster, controller);
      String listeners =
          "CLIENTS://localhost:%d,INTERNAL://localhost:%d"
              .formatted(port, EmbeddedKafka.freePort());
      settings.put("listeners", listeners);
      settings.put("advertised.listeners", listeners);
      return BrokerProcess.start(directory.resolve("broker-" + id), port, settings);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theBrokerThatCoordinatesIsKilledAndEverythingGoesOn() throws Exception {
    String cluster = Uuid.randomUuid().toString();
    int quorum = EmbeddedKafka.freePort();
    var processes = new ArrayList<BrokerProcess>();
    try {
      processes.add(
          BrokerProcess.start(directory.resolve("controller"), quorum, node(1, cluster, quorum)));
      var second = CompletableFuture.supplyAsync(() -> broker(2, cluster, quorum));
      processes.add(broker(3, cluster, quorum));
      processes.add(second.join());
      Map<Integer, BrokerProcess> brokers = Map.of(3, processes.get(1), 2, processes.get(2));
      var settings =
          new KafkaSettings(
              "localhost:%d,localhost:%d".formatted(brokers.get(2).port(), brokers.get(3).port()),
              null,
              2,
              2,
              null,
              Duration.ofSeconds(10),
              null);
      new KafkaTopics(settings).ensure();
      goesOn(settings, brokers);
    } finally {
      processes.forEach(BrokerProcess::kill);
    }
  }

  private static void goesOn(KafkaSettings settings, Map<Integer, BrokerProcess> brokers)
      throws Exception {
    Map<String, AtomicInteger> acts = new ConcurrentHashMap<>();
    try (var town = new Town(settings)) {
      // Given a brain with work in flight
      var body =
          town.body(
              "one",
              new Toy(),
              order -> {
                acts.computeIfAbsent(order.key(), _ -> new AtomicInteger()).incrementAndGet();
                Thread.sleep(50);
                return new Outcome.Done<>(new Toy.Observed.SeenDone("well"));
              });
      eventually("owner", () -> body.brain().partitions().size() == 2);
      for (int i = 0; i < JOBS; i++) {
        town.tell("vc/" + i, Toy.begin("first"));
      }
      // When the broker that coordinates its transactions is killed
      brokers.get(leader(settings, "__transaction_state")).kill();
      for (int i = 0; i < JOBS; i++) {
        told(town, "vc/" + i);
      }
      // Then every job is begun once, acted on once and done once
      for (int i = 0; i < JOBS; i++) {
        String key = "vc/" + i;
        eventually(key, () -> town.story(key).contains("done second"));
        eventually(key, () -> town.story(key).contains("done first"));
        assertThat(town.story(key))
            .containsExactlyInAnyOrder("begin first", "done first", "begin second", "done second");
        assertThat(acts.get(key)).hasValue(2);
      }
    }
  }

  /** A command of a person, who asks again when the answer did not come. */
  private static void told(Town town, String key) throws InterruptedException {
    while (true) {
      try {
        town.tell(key, Toy.begin("second"));
        return;
      } catch (io.drover.runtime.kafka.KafkaSetupException e) {
        // It may have been taken all the same; the toy begins a job once.
        Thread.sleep(100);
      }
    }
  }

  private static int leader(KafkaSettings settings, String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.bootstrap()))) {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .getFirst()
          .leader()
          .id();
    }
  }
}
