// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Hand;
import io.drover.engine.Outcome;
import io.drover.lab.sim.Toy;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The body on a real broker: what goes in comes out, also across owners. */
class BodyOnKafkaIT {
  private static final Hand<Toy.Effect, Toy.Observed> AT_ONCE =
      order -> new Outcome.Done<>(new Toy.Observed.SeenDone("at once"));

  @TempDir static Path directory;
  private static EmbeddedKafka kafka;
  private static KafkaSettings settings;

  @BeforeAll
  static void start() throws Exception {
    kafka = EmbeddedKafka.start(directory, 0);
    settings =
        KafkaSettings.local(kafka.bootstrap()).withPartitions(4).withSession(Duration.ofSeconds(2));
    new KafkaTopics(settings).ensure();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Test
  void aMessageBecomesFactsEffectsAndAStatus() throws Exception {
    try (var town = new Town(settings)) {
      // Given a brain whose hand fails at first
      var tries = new AtomicInteger();
      town.body(
          "one",
          new Toy(),
          order ->
              tries.incrementAndGet() == 1
                  ? new Outcome.Failed<>(
                      new Problem(Problem.Kind.TRANSIENT, "busy", "It is busy.", "Wait."))
                  : new Outcome.Done<>(new Toy.Observed.SeenDone("well")));
      // When it is told of a job
      town.tell("vc/e2e", Toy.begin("paint"));
      // Then the job is tried, delayed, tried again, and done
      eventually("done", () -> town.story("vc/e2e").contains("done paint"));
      assertThat(town.story("vc/e2e")).hasSize(4);
      assertThat(town.story("vc/e2e").get(0)).isEqualTo("begin paint");
      assertThat(town.story("vc/e2e").get(1)).startsWith("delay ");
      assertThat(town.story("vc/e2e").get(2)).isEqualTo("again paint");
      assertThat(tries).hasValue(2);
      eventually("status", () -> town.statuses.containsKey("toy"));
    }
  }

  @Test
  void aSecondOwnerGoesOnWhereTheFirstEnded() throws Exception {
    try (var town = new Town(settings)) {
      // Given an owner with a hand that never ends by itself
      var begun = new AtomicInteger();
      Hand<Toy.Effect, Toy.Observed> endless =
          order -> {
            begun.incrementAndGet();
            while (true) {
              order.stop().check();
              Thread.sleep(20);
            }
          };
      var first = town.body("first", new Toy(), endless);
      town.tell("vc/next", Toy.begin("dig"));
      eventually("begun", () -> begun.get() == 1);
      // When it closes and another comes
      first.close();
      town.body("second", new Toy(), AT_ONCE);
      // Then the effect is resumed, once, and nothing was said of the first
      eventually("done", () -> town.story("vc/next").contains("done dig"));
      assertThat(town.story("vc/next")).isEqualTo(List.of("begin dig", "done dig"));
    }
  }
}
