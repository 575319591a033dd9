// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.lab.sim.Toy;
import io.drover.runtime.Partitions;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that owns partitions stands still (SIGSTOP: a paused VM, a long collection, a frozen
 * node), loses them to another, and wakes up (SIGCONT) in the middle of a decision and of an
 * effect. Broker, owner and follower are three processes.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGSTOP")
class PausedOwnerIT {
  @TempDir Path directory;

  /** A key of a partition. */
  private static String key(String name, int partition) {
    for (int i = 0; ; i++) {
      if (Partitions.of("vc/" + name + i, 2) == partition) {
        return "vc/" + name + i;
      }
    }
  }

  @Test
  void anOwnerThatWakesUpIsFencedAndNothingHappensTwice() throws Exception {
    var broker = BrokerProcess.start(directory.resolve("kafka"), 0);
    Path gate = directory.resolve("gate");
    var settings =
        KafkaSettings.local("localhost:" + broker.port())
            .withPartitions(2)
            .withSession(Duration.ofSeconds(3));
    new KafkaTopics(settings).ensure();
    String hand = key("hand", 0);
    String decided = key("decided", 1);
    String told = key("told", 0);
    try (var world = new YardWorld();
        var town = new Town(settings);
        var sleeper = BrainProcess.start("sleeper", settings, world, gate)) {
      // Given an owner in the middle of an effect and of a decision
      sleeper.awaitLine("OWNER");
      town.tell(hand, Toy.begin("gate-hand"));
      eventually("acting", () -> world.reports.contains("sleeper acting"));
      town.tell(decided, Toy.begin("gate-decide"));
      eventually("deciding", () -> world.reports.contains("sleeper deciding"));
      // When it stands still until another has taken over and done its work
      sleeper.signal("STOP");
      town.tell(told, Toy.begin("nap"));
      town.body(
          "follower",
          new Toy(),
          order -> {
            YardWorld.act(world.url(), "follower", order);
            return new Outcome.Done<>(new Toy.Observed.SeenDone("follower"));
          });
      eventually("hand taken over", () -> town.story(hand).contains("done gate-hand"));
      eventually("decided", () -> town.story(decided).contains("done gate-decide"));
      eventually("told", () -> town.story(told).contains("done nap"));
      // And then wakes up, and acts and commits at once
      Files.createFile(gate);
      sleeper.signal("CONT");
      eventually("it tried to act", () -> !world.refused.isEmpty());
      for (String key : List.of(hand, decided, told)) {
        town.tell(key, Toy.begin("more"));
        eventually("goes on", () -> town.story(key).contains("done more"));
      }
      // Then its effect was refused, its decision was not written, and nothing happened twice
      assertThat(world.refused).containsExactly("sleeper " + hand + " gate-hand#1");
      // What was in flight when the sleeper joined again, it may ensure anew as an owner.
      assertThat(world.acts)
          .filteredOn(act -> !act.endsWith(" more#1"))
          .containsExactlyInAnyOrder(
              "follower " + hand + " gate-hand#1",
              "follower " + decided + " gate-decide#1",
              "follower " + told + " nap#1");
      assertThat(town.story(hand))
          .containsExactly("begin gate-hand", "done gate-hand", "begin more", "done more");
      assertThat(town.story(decided))
          .containsExactly("begin gate-decide", "done gate-decide", "begin more", "done more");
      assertThat(town.story(told))
          .containsExactly("begin nap", "done nap", "begin more", "done more");
      assertThat(sleeper.alive()).isTrue();
    } finally {
      broker.kill();
    }
  }
}
