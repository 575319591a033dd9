// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Hand;
import io.drover.engine.Outcome;
import io.drover.lab.sim.Toy;
import io.drover.runtime.Vitals;
import io.drover.runtime.kafka.KafkaCheck;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaSetupException;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Brain;
import io.drover.schemas.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The body on a real broker: what goes in comes out, also across owners. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BodySuite {
  private static final Hand<Toy.Effect, Toy.Observed> AT_ONCE =
      order -> new Outcome.Done<>(new Toy.Observed.SeenDone("at once"));

  KafkaSettings settings;

  /** Starts the broker; host:port. */
  abstract String broker() throws Exception;

  @BeforeAll
  void start() throws Exception {
    settings = KafkaSettings.local(broker()).withPartitions(4).withSession(Duration.ofSeconds(3));
    new KafkaTopics(settings).ensure();
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

  @Test
  void twoInstancesShareTheWorkAndNothingIsLostOrDoneTwice() throws Exception {
    try (var town = new Town(settings)) {
      // Given one instance at work
      Map<String, Set<String>> doneBy = new ConcurrentHashMap<>();
      var one = town.body("left", new Toy(), order -> note(doneBy, "left", order.key()));
      for (int i = 0; i < 40; i++) {
        town.tell("vc/share-" + i, Toy.begin("early"));
      }
      // When a second one joins in the middle of it
      var two = town.body("right", new Toy(), order -> note(doneBy, "right", order.key()));
      eventually(
          "both own partitions",
          () -> !one.brain().partitions().isEmpty() && !two.brain().partitions().isEmpty());
      for (int i = 0; i < 40; i++) {
        town.tell("vc/share-" + i, Toy.begin("late"));
      }
      // Then every job is begun once and done once
      for (int i = 0; i < 40; i++) {
        String key = "vc/share-" + i;
        eventually(key, () -> town.story(key).contains("done late"));
        assertThat(town.story(key))
            .containsExactlyInAnyOrder("begin early", "done early", "begin late", "done late");
      }
      assertThat(doneBy.values().stream().flatMap(Set::stream).distinct().toList())
          .containsExactlyInAnyOrder("left", "right");
      var all = new TreeSet<>(one.brain().partitions());
      all.addAll(two.brain().partitions());
      assertThat(all).containsExactly(0, 1, 2, 3);
      assertThat(one.brain().partitions()).doesNotContainAnyElementsOf(two.brain().partitions());
    }
  }

  private static Outcome<Toy.Observed> note(
      Map<String, Set<String>> doneBy, String who, String key) {
    doneBy.computeIfAbsent(key, _ -> ConcurrentHashMap.newKeySet()).add(who);
    return new Outcome.Done<>(new Toy.Observed.SeenDone(who));
  }

  @Test
  void anOwnerThatWakesUpTooLateIsFenced() throws Exception {
    try (var town = new Town(settings)) {
      // Given an owner whose thread stands still in the middle of a decision
      var standing = new CountDownLatch(1);
      var wake = new CountDownLatch(1);
      var zombieActed = new AtomicInteger();
      var impatient =
          new KafkaSettings(
              settings.bootstrap(),
              null,
              settings.partitions(),
              1,
              null,
              settings.session(),
              Map.of("max.poll.interval.ms", "3000"));
      var zombieTown = new Town(impatient);
      var zombie =
          zombieTown.body(
              "zombie",
              new Toy() {
                @Override
                public io.drover.engine.Decision<io.drover.schemas.MigrationFact> decide(
                    State state,
                    io.drover.engine.Input<io.drover.schemas.MigrationMessage, Observed> input,
                    java.time.Instant at) {
                  standing.countDown();
                  try {
                    wake.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  return super.decide(state, input, at);
                }
              },
              order -> {
                zombieActed.incrementAndGet();
                return new Outcome.Done<>(new Toy.Observed.SeenDone("zombie"));
              });
      eventually("zombie owns all", () -> zombie.brain().partitions().size() == 4);
      town.tell("vc/zombie", Toy.begin("bite"));
      standing.await();
      // When the group gives its partition to another, and then it wakes up
      town.body("rightful", new Toy(), AT_ONCE);
      eventually("taken over", () -> town.story("vc/zombie").contains("done bite"));
      wake.countDown();
      town.tell("vc/zombie", Toy.begin("again"));
      eventually("goes on", () -> town.story("vc/zombie").contains("done again"));
      // Then the zombie wrote nothing for what it had decided, and did nothing
      assertThat(town.story("vc/zombie"))
          .containsExactly("begin bite", "done bite", "begin again", "done again");
      assertThat(zombieActed.get()).isLessThanOrEqualTo(1);
      zombieTown.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"poison-decide", "poison-evolve", "poison-large"})
  void aPoisonedKeyWaitsAndIsRetriedByCommand(String poison) throws Exception {
    try (var town = new Town(settings)) {
      // Given a brain that cannot decide one key, or not fold or not write what it decided
      String sick = "vc/sick-" + poison;
      String well = "vc/well-" + poison;
      var toy = new Toy();
      town.body("one", toy, AT_ONCE);
      town.tell(sick, Toy.begin(poison));
      town.tell(sick, Toy.begin("after"));
      town.tell(well, Toy.begin("jog"));
      eventually("others go on", () -> town.story(well).contains("done jog"));
      eventually(
          "quarantined",
          () -> town.quarantine.stream().filter(q -> sick.equals(q.key())).count() == 2);
      assertThat(town.story(sick)).isEmpty();
      // When it is cured and retried
      toy.cured = true;
      town.writer.retryQuarantined(Brain.MIGRATION, sick, Town.ADA);
      // Then all that waited is decided, in order
      eventually("retried", () -> town.story(sick).contains("done after"));
      assertThat(town.story(sick)).startsWith("begin " + poison, "begin after");
    }
  }

  @Test
  void aTakeOverThatThrowsIsTriedAgain() throws Exception {
    try (var town = new Town(settings)) {
      // Given a process in which the first take-overs of every partition break off
      var broken = new AtomicInteger();
      Vitals brittle =
          new Vitals() {
            @Override
            public void quarantined(Brain brain, int partition, int keys) {
              if (broken.incrementAndGet() <= 4) {
                throw new IllegalStateException("broken");
              }
            }
          };
      // When it is told of a job
      var body = town.body("brittle", new Toy(), AT_ONCE, List.of(), brittle);
      town.tell("vc/brittle", Toy.begin("weld"));
      // Then it has all partitions in the end, and does it
      eventually("done", () -> town.story("vc/brittle").contains("done weld"));
      eventually("ready", () -> body.brain().ready());
      assertThat(broken.get()).isGreaterThan(4);
    }
  }

  @ParameterizedTest
  @CsvSource({"max.message.bytes, 1048576, 8388608", "retention.ms, 604800000, -1"})
  void topicsThatTakeOrKeepTooLittleAreRefused(String name, String little, String needed)
      throws Exception {
    var topic = new ConfigResource(ConfigResource.Type.TOPIC, Brain.PLAN.facts());
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.bootstrap()))) {
      var small = new ConfigEntry(name, little);
      change(admin, topic, new AlterConfigOp(small, AlterConfigOp.OpType.SET));
      Assertions.assertThatThrownBy(() -> new KafkaTopics(settings).ensure())
          .isInstanceOf(KafkaSetupException.class)
          .hasMessageContaining(
              "drover.plan.facts has %s=%s, but Drover needs %s".formatted(name, little, needed));
      var large = new ConfigEntry(name, needed);
      change(admin, topic, new AlterConfigOp(large, AlterConfigOp.OpType.SET));
    }
  }

  private static void change(Admin admin, ConfigResource topic, AlterConfigOp to) throws Exception {
    admin.incrementalAlterConfigs(Map.of(topic, List.of(to))).all().get();
  }

  @Test
  void topicsWithAnotherPartitionCountAreRefused() {
    Assertions.assertThatThrownBy(() -> new KafkaTopics(settings.withPartitions(5)).ensure())
        .isInstanceOf(KafkaSetupException.class)
        .hasMessageContaining("has 4 partitions, but kafka.partitions is 5");
  }

  @Test
  void aCheckSaysWhatAStartWouldSay() {
    Assertions.assertThat(new KafkaCheck(settings).look()).allMatch(KafkaCheck.Finding::well);
    Assertions.assertThat(new KafkaCheck(settings.withPartitions(5)).look())
        .filteredOn(finding -> !finding.well())
        .extracting(KafkaCheck.Finding::what)
        .singleElement()
        .asString()
        .contains("has 4 partitions, but kafka.partitions is 5");
  }
}
