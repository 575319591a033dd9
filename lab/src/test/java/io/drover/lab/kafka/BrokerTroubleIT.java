// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Outcome;
import io.drover.lab.kafka.Proxy.Commit;
import io.drover.lab.sim.Toy;
import io.drover.runtime.Vitals;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Brain;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commits whose outcome nobody knows, on a real broker. */
class BrokerTroubleIT {
  @TempDir Path directory;

  /** A toy that calls for trouble in the middle of its first decision, before the commit. */
  private static Toy troubled(Runnable trouble) {
    var once = new AtomicBoolean();
    return new Toy() {
      @Override
      public Decision<MigrationFact> decide(
          State state, Input<MigrationMessage, Observed> input, Instant at) {
        if (once.compareAndSet(false, true)) {
          trouble.run();
        }
        return super.decide(state, input, at);
      }
    };
  }

  @Test
  void aCommitWhoseAnswerIsLostHappensOnce() throws Exception {
    try (var proxy = new Proxy();
        var kafka =
            EmbeddedKafka.start(
                directory, 0, Map.of("listener.advertised", "localhost:" + proxy.port()))) {
      proxy.to(kafka.port());
      var settings =
          KafkaSettings.local("localhost:" + proxy.port())
              .withPartitions(2)
              .withSession(Duration.ofSeconds(10));
      new KafkaTopics(settings).ensure();
      try (var town = new Town(settings)) {
        // Given a wire that loses the answer to the commit, and everything else for a while
        var acted = new AtomicInteger();
        var body =
            town.body(
                "one",
                troubled(() -> {
                  proxy.mute(true);
                  Thread.startVirtualThread(() -> {
                    try {
                      Thread.sleep(7000);
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                    proxy.mute(false);
                  });
                }),
                order -> {
                  acted.incrementAndGet();
                  return new Outcome.Done<>(new Toy.Observed.SeenDone("well"));
                });
        eventually("owner", () -> body.brain().partitions().size() == 2);
        // When it is told of a job
        town.tell("vc/1", Toy.begin("mend"));
        // Then it is begun and done once
        eventually("done", () -> town.story("vc/1").contains("done mend"));
        assertThat(town.story("vc/1")).containsExactly("begin mend", "done mend");
        assertThat(acted).hasValue(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Commit.class,
      names = {"ANSWER_LOST", "LOST"})
  void aCommitOfWhichNobodyKnowsHowItCameOutHappensOnce(Commit fate) throws Exception {
    try (var proxy = new Proxy();
        var kafka =
            EmbeddedKafka.start(
                directory, 0, Map.of("listener.advertised", "localhost:" + proxy.port()))) {
      // Given an owner, and a wire that is mended only when it gave the commit up
      proxy.to(kafka.port());
      var settings =
          new KafkaSettings(
              "localhost:" + proxy.port(),
              null,
              2,
              1,
              null,
              Duration.ofSeconds(20),
              Map.of("transaction.timeout.ms", "4000", "max.block.ms", "3000"));
      new KafkaTopics(settings).ensure();
      var unknown = new AtomicInteger();
      var acted = new AtomicInteger();
      var vitals =
          new Vitals() {
            @Override
            public void uncommitted(Brain brain, boolean fenced) {
              unknown.incrementAndGet();
              proxy.mute(false);
            }
          };
      try (var town = new Town(settings)) {
        var body =
            town.body(
                "one",
                new Toy(),
                order -> {
                  acted.incrementAndGet();
                  return new Outcome.Done<>(new Toy.Observed.SeenDone("well"));
                },
                List.of(),
                vitals);
        eventually("owner", () -> body.brain().partitions().size() == 2);
        // When the commit of a decision, or its answer, is lost
        proxy.commit(fate);
        town.tell("vc/1", Toy.begin("mend"));
        // Then the partition is read anew, and the job is begun and done once
        eventually("done", () -> town.story("vc/1").contains("done mend"));
        assertThat(unknown.get()).isPositive();
        assertThat(town.story("vc/1")).containsExactly("begin mend", "done mend");
        assertThat(acted).hasValue(1);
      }
    }
  }

  @Test
  void aBrokerKilledUnderACommitLosesAndDoublesNothing() throws Exception {
    // Given a broker in a process of its own
    var broker = BrokerProcess.start(directory, 0);
    int port = broker.port();
    var settings =
        KafkaSettings.local("localhost:" + port)
            .withPartitions(2)
            .withSession(Duration.ofSeconds(6));
    new KafkaTopics(settings).ensure();
    var second = new BrokerProcess[1];
    var owner = new AtomicReference<BooleanSupplier>();
    try (var town = new Town(settings)) {
      var body =
          town.body(
              "one",
              troubled(() -> {
                // When it is killed while a decision is on its way
                broker.kill();
                Thread.startVirtualThread(() -> {
                  // Then the owner says that it is not ready; and when the broker comes back
                  while (owner.get().getAsBoolean()) {
                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                  }
                  second[0] = BrokerProcess.start(directory, port);
                });
              }),
              order -> new Outcome.Done<>(new Toy.Observed.SeenDone("well")));
      owner.set(() -> body.brain().ready());
      eventually("owner", () -> body.brain().partitions().size() == 2 && body.brain().ready());
      town.tell("vc/1", Toy.begin("mend"));
      // Then the job is begun and done once
      eventually("done", Duration.ofSeconds(120), () -> town.story("vc/1").contains("done mend"));
      assertThat(town.story("vc/1")).containsExactly("begin mend", "done mend");
      eventually("ready again", () -> body.brain().ready());
    } finally {
      broker.kill();
      if (second[0] != null) {
        second[0].kill();
      }
    }
  }
}
